namespace NanoBanana.Engine.Pricing;

/// <summary>Which prices to list.</summary>
public sealed record PriceQuery
{
    /// <summary>The providers' names; empty for all.</summary>
    public IReadOnlyList<string> Providers { get; init; } = [];

    /// <summary>Whether a model is asked for.</summary>
    public Func<string, bool> IsModel { get; init; } = static _ => true;

    /// <summary>The tiers; empty for all.</summary>
    public IReadOnlyList<ImageResolution> Resolutions { get; init; } = [];

    /// <summary>Making or editing.</summary>
    public ImageOperation Operation { get; init; }

    /// <summary>How many pictures, at least 1. More than one request takes are several requests.</summary>
    public int Count { get; init; } = 1;

    /// <summary>With a search of the web.</summary>
    public bool WebSearch { get; init; }

    /// <summary>With a level of thinking.</summary>
    public ThinkingLevel? ThinkingLevel { get; init; }
}

/// <summary>The prices that were asked for.</summary>
/// <param name="Prices">A row each, the least total first, unknown ones last.</param>
/// <param name="Refusals">What a provider cannot take, and so has no row; each names its provider.</param>
/// <param name="Warnings">What a reader must know: a provider that could not be asked, a price that is old.</param>
/// <param name="Notes">What the curious may want to know.</param>
public sealed record PriceListing(
    IReadOnlyList<NBPrice> Prices, IReadOnlyList<NBException> Refusals, IReadOnlyList<string> Warnings, IReadOnlyList<string> Notes);
