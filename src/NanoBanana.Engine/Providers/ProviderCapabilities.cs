using NanoBanana.Engine.Pricing;

namespace NanoBanana.Engine.Providers;

/// <summary>What a provider takes, as its row in models.json says.</summary>
public sealed record ProviderCapabilities
{
    /// <summary>The provider's name.</summary>
    public required string Provider { get; init; }

    /// <summary>The company's own name.</summary>
    public required string DisplayName { get; init; }

    /// <summary>Known models, the default first.</summary>
    public required IReadOnlyList<string> Models { get; init; }

    /// <summary>Names by which users know models across providers, and what this provider calls them.</summary>
    public IReadOnlyDictionary<string, string> ModelNames { get; init; } = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);

    /// <summary>The tiers.</summary>
    public required IReadOnlyList<ImageResolution> Resolutions { get; init; }

    /// <summary>The ratios.</summary>
    public required IReadOnlyList<AspectRatio> AspectRatios { get; init; }

    /// <summary>The formats.</summary>
    public required IReadOnlyList<ImageFormat> OutputFormats { get; init; }

    /// <summary>The format that comes when none is asked for; null when the provider does not say.</summary>
    public ImageFormat? DefaultFormat { get; init; }

    /// <summary>The most pictures of one request.</summary>
    public int MaximumCount { get; init; } = 1;

    /// <summary>Whether a count is split into that many requests, because the wire makes one picture a request.</summary>
    public bool SplitsCount { get; init; }

    /// <summary>The most references of an edit.</summary>
    public int MaximumReferences { get; init; }

    /// <summary>The largest reference in bytes.</summary>
    public long MaximumReferenceLength { get; init; }

    /// <summary>What else it can do.</summary>
    public Capability Features { get; init; }

    /// <summary>The environment variable that may hold its key.</summary>
    public required string KeyVariable { get; init; }

    /// <summary>The environment variable that may point at another address.</summary>
    public required string BaseUriVariable { get; init; }

    /// <summary>The page that documents it.</summary>
    public required Uri Documentation { get; init; }

    /// <summary>The page on which an account sees its requests, to check what became of one.</summary>
    public required Uri Dashboard { get; init; }

    /// <summary>How long outputs are kept; null when the provider does not say.</summary>
    public TimeSpan? Retention { get; init; }

    /// <summary>What it bills for jobs that did not bring what was ordered.</summary>
    internal BillingRules Billing { get; init; } = BillingRules.None;

    /// <summary>Other documented names of fields that a parameter sets, each with that parameter.</summary>
    internal IReadOnlyDictionary<string, string> FieldAliases { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Documented fields without a parameter that do not change the price.</summary>
    internal IReadOnlySet<string> FreeFields { get; init; } = new HashSet<string>(StringComparer.Ordinal);

    /// <summary>The id of a model.</summary>
    /// <param name="name">Its id, or one of <see cref="ModelNames"/>, in any case.</param>
    /// <returns>The id; null where this provider is not known to have it.</returns>
    public string? FindModel(string name) =>
        Models.FirstOrDefault(id => string.Equals(id, name, StringComparison.OrdinalIgnoreCase)) ?? ModelNames.GetValueOrDefault(name);

    /// <summary>Whether it can do this.</summary>
    /// <param name="feature">One feature.</param>
    /// <returns>True when it can.</returns>
    public bool Has(Capability feature) => (Features & feature) == feature;

    /// <summary>The same, as users see it.</summary>
    /// <param name="keyFound">Whether there is a key for it.</param>
    /// <returns>The public object.</returns>
    public NBProvider ToPublic(bool keyFound = false) => new()
    {
        Name = Provider,
        DisplayName = DisplayName,
        Models = Models,
        Resolutions = [.. Resolutions.Select(r => r.ToName())],
        AspectRatios = [.. AspectRatios.Select(r => r.ToString())],
        OutputFormats = OutputFormats,
        MaximumCount = MaximumCount,
        SplitsCount = SplitsCount,
        MaximumReferences = MaximumReferences,
        MaximumReferenceLength = MaximumReferenceLength,
        Capabilities = Features,
        Documentation = Documentation,
        Retention = Retention,
        KeyVariable = KeyVariable,
        KeyFound = keyFound,
    };
}
