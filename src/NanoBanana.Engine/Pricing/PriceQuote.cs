using NanoBanana.Engine.Requests;

namespace NanoBanana.Engine.Pricing;

/// <summary>What a request costs, before it is held against others.</summary>
internal sealed record PriceQuote
{
    public required ImageRequest Request { get; init; }

    public required ImageResolution Resolution { get; init; }

    public decimal? UnitPrice { get; init; }

    public decimal? UnitCredits { get; init; }

    public decimal? MostUnitCredits { get; init; }

    public decimal? SavingPercent { get; init; }

    public required DateOnly AsOf { get; init; }

    public int? AgeDays { get; init; }

    public required string Source { get; init; }

    public PriceConfidence Confidence { get; init; }

    public bool IsLive { get; init; }

    /// <summary>The same, as users see it.</summary>
    /// <param name="isCheapest">Whether nothing of the same tier in the same list costs less.</param>
    public NBPrice ToPublic(bool isCheapest = false) => new()
    {
        Provider = Request.Provider ?? string.Empty,
        Model = Request.Model ?? string.Empty,
        Operation = Request.Operation,
        Resolution = Resolution.ToName(),
        UnitPrice = UnitPrice,
        Count = Request.Count,
        UnitCredits = UnitCredits,
        MostUnitCredits = MostUnitCredits,
        SavingPercent = SavingPercent,
        IsCheapest = isCheapest,
        AsOf = AsOf,
        AgeDays = AgeDays,
        Source = Source,
        Confidence = Confidence,
        IsLive = IsLive,
    };
}
