using System.Text.Json;
using NanoBanana.Engine.Providers;

namespace NanoBanana.Engine.Requests;

/// <summary>
/// The fields of a provider's request body that a parameter sets. -AdditionalProperties may not set them: the price and the
/// journal know only what the parameters say. The table is read from the bodies that the provider itself writes.
/// </summary>
internal sealed class OwnedFields
{
    /// <summary>Each parameter that can change a body, with a value that no body has without it.</summary>
    public static readonly IReadOnlyList<(string Parameter, Func<ImageRequest, ImageRequest> Set)> Parameters =
    [
        ("Prompt", static request => request with { Prompt = "another prompt" }),
        ("Model", static request => request with { Model = "another-model" }),
        ("Image", static request => request with { References = [ReferenceImage.FromAddress("https://example.com/reference.png")] }),
        ("Count", static request => request with { Count = 2 }),
        ("Resolution", static request => request with { Resolution = ImageResolution.FourK }),
        ("AspectRatio", static request => request with { AspectRatio = AspectRatio.All.First(static ratio => !ratio.IsAuto) }),
        ("OutputFormat", static request => request with { OutputFormat = ImageFormat.WebP }),
        ("Seed", static request => request with { Seed = 7 }),
        ("SafetyTolerance", static request => request with { SafetyTolerance = 2 }),
        ("WebSearch", static request => request with { WebSearch = true }),
        ("ImageSearch", static request => request with { ImageSearch = true }),
        ("ThinkingLevel", static request => request with { ThinkingLevel = NanoBanana.ThinkingLevel.High }),
        ("SystemPrompt", static request => request with { SystemPrompt = "a system prompt" }),
        ("LimitGenerations", static request => request with { LimitGenerations = false }),
        ("SyncMode", static request => request with { SyncMode = true }),
        ("Direct", static request => request with { Direct = true }),
        ("Priority", static request => request with { LowPriority = true }),
        ("StartTimeoutSec", static request => request with { StartTimeout = TimeSpan.FromSeconds(90) }),
        ("NoProviderRetry", static request => request with { NoProviderRetry = true }),
        ("CallbackUri", static request => request with { CallbackUri = new Uri("https://example.com/callback") }),
        ("IdempotencyKey", static request => request with { IdempotencyKey = "another-key" }),
        ("Operation", static request => request with { Operation = ImageOperation.Edit }),
    ];

    private readonly ProviderCapabilities provider;
    private readonly Dictionary<string, string> owners = new(StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<string> objects = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Reads the table of a provider.</summary>
    /// <param name="provider">The provider.</param>
    public OwnedFields(IImageProvider provider)
    {
        this.provider = provider.Capabilities;
        var plain = new ImageRequest
        {
            Prompt = "a prompt",
            Model = this.provider.Models[0],
            IdempotencyKey = "a-key",
            Output = new OutputOptions { Directory = "." },
        };
        HashSet<(string Name, string Value)> without = [.. Body(provider, plain)];
        foreach ((string parameter, Func<ImageRequest, ImageRequest> set) in Parameters)
        {
            foreach ((string name, string value) in Body(provider, set(plain)))
            {
                if (!without.Contains((name, value))) owners.TryAdd(name, parameter);
            }
        }

        foreach ((string alias, string parameter) in this.provider.FieldAliases) owners.TryAdd(alias, parameter);
    }

    /// <summary>The parameter that sets a field; null where none does.</summary>
    /// <param name="field">The field as it is on the wire, in any case.</param>
    public string? Owner(string field) => owners.GetValueOrDefault(field);

    /// <summary>Refuses additional properties that a parameter sets, at any depth.</summary>
    /// <exception cref="NBException">InvalidRequest: names the field and the parameter.</exception>
    public void Check(ImageRequest request)
    {
        foreach ((string name, JsonElement value) in request.AdditionalProperties.SelectMany(static property => Fields(property.Key, property.Value)))
        {
            if (Owner(name) is { } parameter)
            {
                string setter = parameter == "Operation" ? "New-NBImage and Edit-NBImage" : "-" + parameter;
                throw Refused($"-AdditionalProperties cannot set '{name}': at {provider.Provider} it is set by {setter}. Remove it, and use {setter}.");
            }

            if (value.ValueKind == JsonValueKind.Object || !objects.Contains(name)) continue;
            throw Refused($"-AdditionalProperties cannot replace '{name}': at {provider.Provider} it holds what the other parameters set. Give only the fields to add, for example @{{ {name} = @{{ field = 'value' }} }}.");
        }
    }

    /// <summary>The first additional property whose effect on the price is not documented; null where there is none.</summary>
    /// <param name="request">The valid request, with its provider set.</param>
    public static string? FirstUnpriced(ImageRequest request)
    {
        if (request.AdditionalProperties.Count == 0) return null;
        ProviderCapabilities? takes = ProviderRegistry.KnownProviders.FirstOrDefault(known => known.Provider == request.Provider);
        return request.AdditionalProperties
            .SelectMany(static property => Leaves(property.Key, property.Value))
            .Select(static leaf => leaf.Name)
            .FirstOrDefault(name => takes?.FreeFields.Contains(name) != true);
    }

    private static NBException Refused(string message) => new(NBErrorId.InvalidRequest, message) { Parameter = "AdditionalProperties" };

    private List<(string Name, string Value)> Body(IImageProvider of, ImageRequest request)
    {
        using HttpContent content = of.Submit(request, [.. request.References.Select(reference => new PreparedReference(reference.Address))]).Content!();
        using JsonDocument body = JsonDocument.Parse(content.ReadAsStream());
        objects.UnionWith(body.RootElement.EnumerateObject().Where(static field => field.Value.ValueKind == JsonValueKind.Object).Select(static field => field.Name));
        return [.. body.RootElement.EnumerateObject().SelectMany(static field => Leaves(field.Name, field.Value)).Select(static leaf => (leaf.Name, leaf.Value.GetRawText()))];
    }

    private static IEnumerable<(string Name, JsonElement Value)> Leaves(string name, JsonElement value) =>
        Fields(name, value).Where(static field => field.Value.ValueKind != JsonValueKind.Object);

    /// <summary>A field and all fields inside it.</summary>
    private static IEnumerable<(string Name, JsonElement Value)> Fields(string name, JsonElement value) => [(name, value), .. Inside(value)];

    private static IEnumerable<(string Name, JsonElement Value)> Inside(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => value.EnumerateObject().SelectMany(static field => Fields(field.Name, field.Value)),
        JsonValueKind.Array => value.EnumerateArray().SelectMany(Inside),
        _ => [],
    };
}
