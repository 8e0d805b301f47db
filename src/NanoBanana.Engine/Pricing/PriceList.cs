using NanoBanana.Engine.Providers;
using NanoBanana.Engine.Requests;

namespace NanoBanana.Engine.Pricing;

/// <summary>Lists prices: only of what a provider would really take, as the validator of requests sees it.</summary>
internal sealed class PriceList(PriceCatalog catalog, ProviderRegistry registry, DateOnly today)
{
    private readonly RequestValidator validator = new(registry);
    private readonly List<NBException> refusals = [];

    /// <summary>Makes the list.</summary>
    /// <param name="query">What is asked for.</param>
    /// <param name="warnings">What came up before.</param>
    /// <param name="notes">The same for the curious.</param>
    /// <exception cref="NBException">InvalidRequest: a count below 1, or a provider that there is not.</exception>
    public PriceListing Make(PriceQuery query, IReadOnlyList<string> warnings, IReadOnlyList<string> notes)
    {
        CheckCount(query);
        refusals.Clear();
        PriceQuote[] quotes =
        [
            .. Providers(registry, query).SelectMany(provider => QuotesOf(provider, query))
                .OrderBy(quote => quote.UnitPrice is null)
                .ThenBy(quote => quote.UnitPrice * quote.Request.Count)
                .ThenBy(quote => quote.Resolution)
                .ThenByDescending(quote => quote.Confidence),
        ];
        Dictionary<ImageResolution, decimal> least = quotes.Where(quote => quote.UnitPrice is not null)
            .GroupBy(quote => quote.Resolution).ToDictionary(tier => tier.Key, tier => tier.Min(quote => quote.UnitPrice!.Value));
        NBPrice[] prices = [.. quotes.Select(quote => quote.ToPublic(quote.UnitPrice is { } unit && unit == least[quote.Resolution]))];
        return new PriceListing(prices, [.. refusals], [.. warnings, .. OldPrices(prices)], notes);
    }

    /// <summary>The providers that a query names.</summary>
    public static IEnumerable<IImageProvider> Providers(ProviderRegistry registry, PriceQuery query) =>
        query.Providers.Count == 0 ? registry.All : query.Providers.Select(registry.Find).Distinct();

    /// <summary>The models of a provider that a query asks for: those it documents, then those of the user's price file.</summary>
    public static string[] Models(PriceCatalog catalog, ProviderCapabilities provider, PriceQuery query) =>
    [
        .. provider.Models.Concat(catalog.ModelsOf(provider.Provider)).Distinct(StringComparer.Ordinal)
            .Where(model => query.IsModel(model) && !catalog.IsForAnother(query.Operation, provider.Provider, model)),
    ];

    private List<PriceQuote> QuotesOf(IImageProvider provider, PriceQuery query)
    {
        ProviderCapabilities takes = provider.Capabilities;
        var quotes = new List<PriceQuote>();
        string[] models = Models(catalog, takes, query);
        if (models.Length == 0)
        {
            string which = query.Operation == ImageOperation.Edit ? "edits" : "makes pictures from words";
            refusals.Add(Refusal(takes, "Model", $"{takes.Provider} has no such model that {which}. Known are {string.Join(", ", takes.Models)}; -Model takes wildcards."));
        }

        foreach (ImageResolution resolution in query.Resolutions.Count == 0 ? takes.Resolutions : query.Resolutions.Distinct())
        {
            foreach (string model in models)
            {
                if (Take(query, takes, model, resolution) is { } request) quotes.Add(catalog.Quote(request with { Count = query.Count }, today));
            }
        }

        return quotes;
    }

    /// <summary>The request that such a picture would be; null where the provider does not take it, which is noted once.</summary>
    private ImageRequest? Take(PriceQuery query, ProviderCapabilities takes, string model, ImageResolution resolution)
    {
        var probe = new ImageRequest
        {
            Prompt = "a price",
            Provider = takes.Provider,
            Model = model,
            Operation = query.Operation,
            References = query.Operation == ImageOperation.Edit ? [ReferenceImage.FromAddress("https://example.com/a.png")] : [],
            Resolution = resolution,
            WebSearch = query.WebSearch,
            ThinkingLevel = query.ThinkingLevel,
            Output = new OutputOptions { Directory = ".", NoDownload = true },
        };
        try
        {
            return validator.Validate(probe);
        }
        catch (NBException error)
        {
            string known = catalog.Find(takes.Provider, model, query.Operation, resolution) is { Amount: { } amount } && error.Parameter == "Resolution"
                ? FormattableString.Invariant($" Its page prices {resolution.ToName()} at {amount:0.####} dollars all the same.")
                : string.Empty;
            if (!refusals.Exists(other => other.Provider == takes.Provider && other.Message == error.Message + known))
            {
                refusals.Add(Refusal(takes, error.Parameter, error.Message + known));
            }

            return null;
        }
    }

    private static void CheckCount(PriceQuery query)
    {
        if (query.Count >= 1) return;
        throw new NBException(NBErrorId.InvalidRequest, $"-Count {query.Count} is not possible: give the number of pictures, 1 or more.") { Parameter = "Count" };
    }

    private static IEnumerable<string> OldPrices(NBPrice[] prices)
    {
        NBPrice[] old = [.. prices.Where(price => price.IsOld && price.UnitPrice is not null)];
        if (old.Length == 0) yield break;
        NBPrice oldest = old.MinBy(price => price.AsOf)!;
        yield return FormattableString.Invariant($"{old.Length} of {prices.Length} prices are older than {NBPrice.OldAfterDays} days (the oldest, of {oldest.Provider}, was read on {oldest.AsOf:yyyy-MM-dd}). ")
            + "They may have changed: look at the provider's page, ask with -Live where that is possible, or give newer ones in a price file of your own.";
    }

    private static NBException Refusal(ProviderCapabilities takes, string? parameter, string message) =>
        new(NBErrorId.InvalidRequest, message) { Provider = takes.Provider, Parameter = parameter };
}
