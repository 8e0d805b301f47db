namespace NanoBanana;

/// <summary>A provider and what it takes.</summary>
public sealed class NBProvider
{
    /// <summary>The name to give to -Provider.</summary>
    public required string Name { get; init; }

    /// <summary>The company's own name.</summary>
    public required string DisplayName { get; init; }

    /// <summary>The values known for -Model; the first is the default.</summary>
    public IReadOnlyList<string> Models { get; init; } = [];

    /// <summary>The tiers it takes.</summary>
    public IReadOnlyList<string> Resolutions { get; init; } = [];

    /// <summary>The ratios it takes.</summary>
    public IReadOnlyList<string> AspectRatios { get; init; } = [];

    /// <summary>The formats it makes.</summary>
    public IReadOnlyList<ImageFormat> OutputFormats { get; init; } = [];

    /// <summary>The most pictures of one request.</summary>
    public int MaximumCount { get; init; } = 1;

    /// <summary>Whether several pictures are ordered as that many jobs, because the provider makes one picture a request.</summary>
    public bool SplitsCount { get; init; }

    /// <summary>The most references of one edit.</summary>
    public int MaximumReferences { get; init; }

    /// <summary>The largest local reference in bytes; 0 where local files are not taken.</summary>
    public long MaximumReferenceLength { get; init; }

    /// <summary>What else it can do.</summary>
    public Capability Capabilities { get; init; }

    /// <summary>The same in words.</summary>
    public string Takes => Capabilities.ToString();

    /// <summary>The page that documents it.</summary>
    public required Uri Documentation { get; init; }

    /// <summary>How long pictures are kept; null when the provider does not say.</summary>
    public TimeSpan? Retention { get; init; }

    /// <summary>The environment variable that may hold its key.</summary>
    public required string KeyVariable { get; init; }

    /// <summary>Whether a key was found; never the key.</summary>
    public bool KeyFound { get; init; }

    /// <summary>The name.</summary>
    /// <returns><see cref="Name"/>.</returns>
    public override string ToString() => Name;
}
