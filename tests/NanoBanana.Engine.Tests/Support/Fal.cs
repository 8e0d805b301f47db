using System.Text;
using System.Text.Json;
using NanoBanana.Engine.Providers;
using NanoBanana.Engine.Requests;
using NanoBanana.Engine.Transport;

namespace NanoBanana.Engine.Tests.Support;

/// <summary>fal's provider alone: requests in, calls out; answers in, meanings out.</summary>
internal static class Fal
{
    public const string Model = "fal-ai/nano-banana-2";

    public static IImageProvider Provider { get; } = new ProviderRegistry().Find("Fal");

    public static ImageRequest Request(string prompt = "a cat") =>
        new() { Prompt = prompt, Provider = "Fal", Model = Model, Output = new OutputOptions { Directory = "/out" } };

    public static ApiCall Submit(ImageRequest request, params string[] references) => Provider.Submit(request, [.. references.Select(address => new PreparedReference(address))]);

    public static JsonElement Body(ImageRequest request, params string[] references)
    {
        using HttpContent content = Submit(request, references).Content!();
        using JsonDocument document = JsonDocument.Parse(content.ReadAsStream());
        return document.RootElement.Clone();
    }

    public static ApiAnswer Answer(string body, int status = 200, params (string Name, string Value)[] headers) => new()
    {
        StatusCode = status,
        Body = Encoding.UTF8.GetBytes(body),
        Headers = headers.ToDictionary(h => h.Name, h => h.Value, StringComparer.OrdinalIgnoreCase),
        ContentType = "application/json",
    };

    public static NBException Error(string body, int status, params (string Name, string Value)[] headers) =>
        Provider.ReadError(Answer(body, status, headers), CallKind.Result);
}
