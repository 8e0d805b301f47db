using NanoBanana.Engine.Requests;

namespace NanoBanana.Engine.Pricing;

/// <summary>What one picture of one tier costs.</summary>
internal sealed record PriceRow
{
    public required string Provider { get; init; }

    public required string Model { get; init; }

    /// <summary>Making or editing; null for both.</summary>
    public ImageOperation? Operation { get; init; }

    public required ImageResolution Resolution { get; init; }

    /// <summary>US dollars; null when not known.</summary>
    public decimal? Amount { get; init; }

    /// <summary>The provider's own credits, where it counts in them; the least of a range.</summary>
    public decimal? Credits { get; init; }

    /// <summary>The most of a range of credits; null where there is no range.</summary>
    public decimal? MostCredits { get; init; }

    public required DateOnly AsOf { get; init; }

    public required string Source { get; init; }

    public required PriceConfidence Confidence { get; init; }

    /// <summary>Whether the provider was asked for it just now.</summary>
    public bool IsLive { get; init; }

    /// <summary>Whether this row takes the place of another: the same key, or all operations in the place of one.</summary>
    public bool Replaces(PriceRow other) => Provider == other.Provider && Model == other.Model && Resolution == other.Resolution
        && (Operation is null || Operation == other.Operation);
}

/// <summary>When an extra is due.</summary>
internal enum PriceExtra
{
    /// <summary>The request searches the web.</summary>
    WebSearch,

    /// <summary>The request asks for much thinking.</summary>
    ThinkingHigh,
}

/// <summary>What comes on top of each picture.</summary>
internal sealed record ExtraRow(string Provider, PriceExtra When, decimal Amount, DateOnly AsOf, string Source, PriceConfidence Confidence)
{
    /// <summary>The extras that a request asks for, priced or not.</summary>
    public static IEnumerable<PriceExtra> AskedBy(ImageRequest request)
    {
        if (request.WebSearch) yield return PriceExtra.WebSearch;
        if (request.ThinkingLevel == ThinkingLevel.High) yield return PriceExtra.ThinkingHigh;
    }
}

/// <summary>What a tier costs as a fraction of 1K, which need not be a decimal (4/3).</summary>
internal sealed record FactorRow(string Provider, ImageResolution Resolution, int Times, int Per, string Source)
{
    /// <summary>The tier's amount.</summary>
    /// <param name="oneK">The amount at 1K.</param>
    public decimal Of(decimal oneK) => oneK * Times / Per;
}

/// <summary>A figure that a provider's page quotes for somebody else. Never used as a price.</summary>
internal sealed record ComparisonRow
{
    public required string ClaimedBy { get; init; }

    /// <summary>Whose figure it is said to be.</summary>
    public required string About { get; init; }

    public required string Model { get; init; }

    public ImageOperation? Operation { get; init; }

    public required ImageResolution Resolution { get; init; }

    public required decimal Amount { get; init; }

    /// <summary>How much cheaper the page says it is itself, in per cent; null where it does not.</summary>
    public decimal? ClaimedSavingPercent { get; init; }

    public required string Source { get; init; }

    /// <summary>What the other's own page says, where that is something else.</summary>
    public string? Disagreement { get; init; }
}

/// <summary>Every row of one file of prices.</summary>
internal sealed record PriceTable
{
    public IReadOnlyList<PriceRow> Prices { get; init; } = [];

    public IReadOnlyList<ExtraRow> Extras { get; init; } = [];

    public IReadOnlyList<FactorRow> Factors { get; init; } = [];

    public IReadOnlyList<ComparisonRow> Comparisons { get; init; } = [];

    /// <summary>This table with the rows of another laid over it: what has the same key is replaced, the rest is added.</summary>
    public PriceTable With(PriceTable over) => new()
    {
        Prices = [.. Prices.Where(row => !over.Prices.Any(next => next.Replaces(row))), .. over.Prices],
        Extras = [.. Extras.Where(row => !over.Extras.Any(next => (next.Provider, next.When) == (row.Provider, row.When))), .. over.Extras],
        Factors = [.. Factors.Where(row => !over.Factors.Any(next => (next.Provider, next.Resolution) == (row.Provider, row.Resolution))), .. over.Factors],
        Comparisons = [.. Comparisons, .. over.Comparisons],
    };
}
