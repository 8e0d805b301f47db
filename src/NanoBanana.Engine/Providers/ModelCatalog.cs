using System.Text.Json;
using NanoBanana.Engine.Pricing;

namespace NanoBanana.Engine.Providers;

/// <summary>models.json: what each provider and model takes. Data, so that a better source changes one place.</summary>
internal static class ModelCatalog
{
    /// <summary>Reads every provider's row.</summary>
    public static IReadOnlyList<ProviderCapabilities> Read()
    {
        using Stream stream = typeof(ModelCatalog).Assembly.GetManifestResourceStream("models.json")
            ?? throw new InvalidOperationException("models.json is not embedded in the engine.");
        using JsonDocument document = JsonDocument.Parse(stream);
        return [.. document.RootElement.GetProperty("providers").EnumerateArray().Select(ReadProvider)];
    }

    private static ProviderCapabilities ReadProvider(JsonElement row) => new()
    {
        Provider = Text(row, "provider"),
        DisplayName = Text(row, "displayName"),
        Models = Texts(row, "models"),
        ModelNames = row.GetProperty("modelNames").EnumerateObject().ToDictionary(name => name.Name, name => name.Value.GetString() ?? throw Broken(name.Name), StringComparer.OrdinalIgnoreCase),
        Resolutions = Array.ConvertAll(Texts(row, "resolutions"), ReadResolution),
        AspectRatios = Array.ConvertAll(Texts(row, "aspectRatios"), ReadRatio),
        OutputFormats = Array.ConvertAll(Texts(row, "outputFormats"), ReadFormat),
        DefaultFormat = row.GetProperty("defaultFormat").GetString() is { } format ? ReadFormat(format) : null,
        MaximumCount = row.GetProperty("maximumCount").GetInt32(),
        SplitsCount = row.GetProperty("splitsCount").GetBoolean(),
        MaximumReferences = row.GetProperty("maximumReferences").GetInt32(),
        MaximumReferenceLength = row.GetProperty("maximumReferenceBytes").GetInt64(),
        Features = Texts(row, "features").Aggregate(Capability.None, (all, name) => all | Enum.Parse<Capability>(name)),
        Retention = row.GetProperty("retentionHours") is { ValueKind: JsonValueKind.Number } hours ? TimeSpan.FromHours(hours.GetInt32()) : null,
        KeyVariable = Text(row, "keyVariable"),
        BaseUriVariable = Text(row, "baseUriVariable"),
        Documentation = new Uri(Text(row, "documentation")),
        Dashboard = new Uri(Text(row, "dashboard")),
        FieldAliases = row.GetProperty("fieldAliases").EnumerateObject().ToDictionary(alias => alias.Name, alias => alias.Value.GetString() ?? throw Broken(alias.Name), StringComparer.Ordinal),
        FreeFields = Texts(row, "freeFields").ToHashSet(StringComparer.Ordinal),
        Billing = ReadBilling(row.GetProperty("billing")),
    };

    private static BillingRules ReadBilling(JsonElement row) => new()
    {
        Failed = Enum.Parse<Charge>(Text(row, "failed")),
        ServerErrors = Enum.Parse<Charge>(Text(row, "serverErrors")),
        ServerErrorTypes = row.TryGetProperty("serverErrorTypes", out _) ? Texts(row, "serverErrorTypes") : [],
        Cancelled = Enum.Parse<Charge>(Text(row, "cancelled")),
        BillsPerPicture = row.GetProperty("billsPerPicture").GetBoolean(),
        Source = Text(row, "source"),
    };

    private static string Text(JsonElement row, string name) => row.GetProperty(name).GetString() ?? throw Broken(name);

    private static string[] Texts(JsonElement row, string name) =>
        [.. row.GetProperty(name).EnumerateArray().Select(item => item.GetString() ?? throw Broken(name))];

    private static ImageResolution ReadResolution(string text) =>
        Vocabulary.TryParseResolution(text, out ImageResolution resolution) ? resolution : throw Broken(text);

    private static AspectRatio ReadRatio(string text) => AspectRatio.TryParse(text, out AspectRatio ratio) ? ratio : throw Broken(text);

    private static ImageFormat ReadFormat(string text) => Vocabulary.TryParseFormat(text, out ImageFormat format) ? format : throw Broken(text);

    private static InvalidOperationException Broken(string what) => new($"models.json: '{what}' cannot be read.");
}
