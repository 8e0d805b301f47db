using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using NanoBanana.Engine.Providers;
using NanoBanana.Engine.Requests;
using NanoBanana.Engine.Transport;

namespace NanoBanana.Engine.Tests.Golden;

/// <summary>
/// What really goes out, kept as files to be held against the providers' own samples. After a change that is meant, run the
/// tests once with NB_GOLDEN_WRITE=1 and look at the difference.
/// </summary>
public sealed class GoldenRequestTests
{
    private static readonly JsonSerializerOptions Readable = new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly ProviderRegistry Registry = new();

    /// <summary>The first request of each seed, word for word.</summary>
    public static TheoryData<string> Samples => ["Fal", "ApiDot", "Apiframe", "ApiMaster", "Prospolabs"];

    [Theory]
    [MemberData(nameof(Samples))]
    public Task A_request_with_everything_looks_as_written_down(string provider) =>
        CompareAsync($"{provider}-generate.txt", Everything(provider, ImageOperation.Generate), []);

    [Theory]
    [MemberData(nameof(Samples))]
    public Task An_edit_with_everything_looks_as_written_down(string provider) => CompareAsync(
        $"{provider}-edit.txt",
        Everything(provider, ImageOperation.Edit),
        ["https://example.com/shoe.jpg", "https://example.com/street.png"]);

    [Theory]
    [MemberData(nameof(Samples))]
    public Task A_request_with_nothing_but_a_prompt_sends_nothing_else(string provider) =>
        CompareAsync($"{provider}-prompt-only.txt", Plain(provider), []);

    [Theory]
    [InlineData("Fal")]
    [InlineData("ApiMaster")]
    public Task A_direct_request_goes_to_the_synchronous_endpoint(string provider) =>
        CompareAsync($"{provider}-direct.txt", Plain(provider) with { Direct = true }, []);

    private static ImageRequest Plain(string provider) => new()
    {
        Prompt = "a lighthouse at dusk",
        Provider = provider,
        Model = Registry.Find(provider).Capabilities.Models[0],
        IdempotencyKey = Registry.Find(provider).Capabilities.Has(Capability.Idempotency) ? "6f1c2d3e-0000-4000-8000-000000000001" : null,
        Output = new OutputOptions { Directory = "." },
    };

    /// <summary>Whatever the provider takes, asked for.</summary>
    private static ImageRequest Everything(string provider, ImageOperation operation)
    {
        ProviderCapabilities takes = Registry.Find(provider).Capabilities;
        Assert.True(AspectRatio.TryParse("16:9", out AspectRatio ratio));
        return Plain(provider) with
        {
            Operation = operation,
            Resolution = takes.Resolutions[0],
            AspectRatio = ratio,
            OutputFormat = ImageFormat.Jpeg,
            Count = takes.SplitsCount ? 1 : 2,
            Seed = takes.Has(Capability.Seed) ? 42 : null,
            SafetyTolerance = takes.Has(Capability.SafetyTolerance) ? 4 : null,
            WebSearch = takes.Has(Capability.WebSearch),
            ImageSearch = takes.Has(Capability.ImageSearch),
            ThinkingLevel = takes.Has(Capability.ThinkingLevel) ? ThinkingLevel.High : null,
            SystemPrompt = takes.Has(Capability.SystemPrompt) ? "Paint like a sign writer." : null,
            LimitGenerations = takes.Has(Capability.LimitGenerations) ? false : null,
            SyncMode = takes.Has(Capability.SyncMode),
            LowPriority = takes.Has(Capability.Priority),
            StartTimeout = takes.Has(Capability.StartTimeout) ? TimeSpan.FromSeconds(90) : null,
            NoProviderRetry = takes.Has(Capability.NoProviderRetry),
            CallbackUri = takes.Has(Capability.Callback) ? new Uri("https://example.com/hook?job=7") : null,
            AdditionalProperties = new Dictionary<string, JsonElement>(StringComparer.Ordinal) { ["added_last_week"] = JsonSerializer.SerializeToElement(true) },
        };
    }

    private static async Task CompareAsync(string name, ImageRequest request, IReadOnlyList<PreparedReference> references)
    {
        IImageProvider provider = Registry.Find(request.Provider);
        provider.Validate(request);
        string actual = await DescribeAsync(provider, provider.Submit(request, references));
        string path = Path.Combine(Folder(), name);
        if (Environment.GetEnvironmentVariable("NB_GOLDEN_WRITE") == "1") await File.WriteAllTextAsync(path, actual);
        Assert.Equal(await File.ReadAllTextAsync(path), actual);
    }

    private static async Task<string> DescribeAsync(IImageProvider provider, ApiCall call)
    {
        using var request = new HttpRequestMessage(call.Method, call.Uri);
        foreach ((string header, string value) in call.Headers) request.Headers.TryAddWithoutValidation(header, value);
        provider.Authorize(request.Headers, "***");
        using HttpContent content = call.Content!();
        var text = new StringBuilder();
        text.Append(call.Method).Append(' ').Append(call.Uri.AbsoluteUri).Append('\n');
        foreach (var header in request.Headers) text.Append(header.Key).Append(": ").AppendJoin(", ", header.Value).Append('\n');
        text.Append("Content-Type: ").Append(content.Headers.ContentType).Append("\n\n");
        using JsonDocument body = JsonDocument.Parse(await content.ReadAsStringAsync());
        return text.Append(JsonSerializer.Serialize(body, Readable).ReplaceLineEndings("\n")).Append('\n').ToString();
    }

    private static string Folder([CallerFilePath] string path = "")
    {
        // Deterministic builds write /_/ for the root; the files lie beside the built tests too.
        string beside = Path.Combine(AppContext.BaseDirectory, "Golden");
        string source = Path.GetDirectoryName(path)!;
        return Environment.GetEnvironmentVariable("NB_GOLDEN_WRITE") == "1" && !Directory.Exists(source)
            ? Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "../../../Golden"))
            : Directory.Exists(source) ? source : beside;
    }
}
