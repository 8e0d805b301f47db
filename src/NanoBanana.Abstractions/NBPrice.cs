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
    /// <summary>A figure that is older than so many days is old.</summary>
    public const int OldAfterDays = 90;

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

    /// <summary>The provider's own credits for one picture, the least where it names a range; null where it does not count in credits.</summary>
    public decimal? UnitCredits { get; init; }

    /// <summary>The most credits for one picture; null where there is no range.</summary>
    public decimal? MostUnitCredits { get; init; }

    /// <summary>The provider's own credits for all pictures, the least where it names a range; null where it does not count in credits.</summary>
    public decimal? Credits => UnitCredits * Count;

    /// <summary>The credits for all pictures as text, for example <c>20</c> or <c>16-40</c>; null where the provider does not count in them.</summary>
    public string? CreditRange => MostUnitCredits is { } most
        ? FormattableString.Invariant($"{Credits:0.##}-{most * Count:0.##}")
        : Credits?.ToString("0.##", System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>
    /// How much less it is than fal.ai's list price of the same picture, in per cent with one decimal; negative when it is more,
    /// null when the price is not known.
    /// </summary>
    public decimal? SavingPercent { get; init; }

    /// <summary>Whether nothing of the same tier costs less among the prices listed with it.</summary>
    public bool IsCheapest { get; init; }

    /// <summary>The day on which the figure was read, in UTC.</summary>
    public DateOnly AsOf { get; init; }

    /// <summary>How many days ago that was; null when it was not asked.</summary>
    public int? AgeDays { get; init; }

    /// <summary>Whether the figure is older than <see cref="OldAfterDays"/> days and should be looked up again.</summary>
    public bool IsOld => AgeDays > OldAfterDays;

    /// <summary>Whether the provider was asked just now.</summary>
    public bool IsLive { get; init; }

    /// <summary>The same in words: <c>live</c>, the day, or for an old figure <c>120 days old</c>.</summary>
    public string Age => IsLive ? "live"
        : IsOld ? FormattableString.Invariant($"{AgeDays} days old")
        : AsOf.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>Where it was read.</summary>
    public required string Source { get; init; }

    /// <summary>How sure it is.</summary>
    public PriceConfidence Confidence { get; init; }
}
