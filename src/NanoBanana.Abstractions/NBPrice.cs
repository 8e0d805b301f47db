namespace NanoBanana;

/// <summary>How sure a price is.</summary>
public enum PriceConfidence
{
    /// <summary>Not known.</summary>
    Unknown,

    /// <summary>Read out of other figures.</summary>
    Inferred,

    /// <summary>On the provider's own page.</summary>
    Documented,
}

/// <summary>What a request costs, from a dated and sourced table.</summary>
public sealed class NBPrice
{
    /// <summary>The provider.</summary>
    public required string Provider { get; init; }

    /// <summary>The model as the provider names it.</summary>
    public required string Model { get; init; }

    /// <summary>A picture from words, or from pictures and words.</summary>
    public ImageOperation Operation { get; init; }

    /// <summary>The tier.</summary>
    public required string Resolution { get; init; }

    /// <summary>US dollars for one picture, extras included; null when not known.</summary>
    public decimal? UnitPrice { get; init; }

    /// <summary>The number of pictures.</summary>
    public int Count { get; init; } = 1;

    /// <summary>US dollars for all; null when not known.</summary>
    public decimal? Total => UnitPrice * Count;

    /// <summary>Always <c>USD</c>.</summary>
    public string Currency => "USD";

    /// <summary>The day on which the figure was read.</summary>
    public DateOnly AsOf { get; init; }

    /// <summary>Where it was read.</summary>
    public required string Source { get; init; }

    /// <summary>How sure it is.</summary>
    public PriceConfidence Confidence { get; init; }
}
