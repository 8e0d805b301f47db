using NanoBanana.Engine.Jobs;
using NanoBanana.Engine.Providers;
using NanoBanana.Engine.Transport;

namespace NanoBanana.Engine.Pricing;

/// <summary>Asks providers what they charge today, where they have a price list to ask; what cannot be asked stays as it was.</summary>
/// <param name="open">Opens the way to a provider for a call.</param>
/// <param name="timeProvider">The clock.</param>
internal sealed class LivePrices(Func<string, ApiCall, ProviderSession> open, TimeProvider timeProvider)
{
    private const int Retries = 2;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>What came up, for everybody.</summary>
    public List<string> Warnings { get; } = [];

    /// <summary>What came up, for the curious.</summary>
    public List<string> Notes { get; } = [];

    /// <summary>Asks, and lays the answers over the catalogue.</summary>
    /// <param name="catalog">The catalogue.</param>
    /// <param name="providers">Whom to ask.</param>
    /// <param name="query">What for.</param>
    /// <param name="cancellationToken">Ends the calls.</param>
    public async Task<PriceCatalog> AskAsync(PriceCatalog catalog, IReadOnlyList<IImageProvider> providers, PriceQuery query, CancellationToken cancellationToken)
    {
        DateOnly today = DateOnly.FromDateTime(timeProvider.GetUtcNow().UtcDateTime);
        var asked = new List<Task<IReadOnlyList<PriceRow>>>();
        foreach (IImageProvider provider in providers)
        {
            // A model of the user's own file is asked for too: the file may name one that came last week.
            foreach (string model in PriceList.Models(catalog, provider.Capabilities, query))
            {
                if (provider.Prices(model, query.Operation) is { } call) asked.Add(AskAsync(catalog, provider, model, call, query, today, cancellationToken));
            }

            if (provider.Prices(provider.Capabilities.Models[0], query.Operation) is null)
            {
                Note($"{provider.Capabilities.Provider} documents no price list to ask; its rows are those of the table.");
            }
        }

        if (asked.Count == 0) Warnings.Add("-Live: none of these providers has a price list to ask (Fal and Apiframe do). The prices are those of the table.");
        IReadOnlyList<PriceRow>[] rows = await Task.WhenAll(asked).ConfigureAwait(false);
        return catalog.WithLive([.. rows.SelectMany(row => row)]);
    }

    private async Task<IReadOnlyList<PriceRow>> AskAsync(
        PriceCatalog catalog, IImageProvider provider, string model, ApiCall call, PriceQuery query, DateOnly today, CancellationToken cancellationToken)
    {
        string name = provider.Capabilities.Provider;
        try
        {
            ProviderSession session = open(name, call);
            CallScope scope = session.Scope(Retries, Patience, NoteAsync, picturePath: null);
            LivePrice? price = await session.PricesAsync(call, scope, answer => provider.ReadPrices(model, query.Operation, answer), cancellationToken).ConfigureAwait(false);
            if (price is not null) return Rows(catalog, provider.Capabilities, model, query.Operation, price, today);
            Warn($"{name} has no price for {model} in its list. The price shown is that of the table.");
        }
        catch (NBException error)
        {
            Warn($"{name} could not be asked for the price of {model}; the price shown is that of the table. {error.Message}");
        }

        return [];
    }

    /// <summary>The rows of each tier: a list names one figure, the tiers follow from it.</summary>
    private static List<PriceRow> Rows(
        PriceCatalog catalog, ProviderCapabilities provider, string model, ImageOperation operation, LivePrice price, DateOnly today)
    {
        var rows = new List<PriceRow>();
        foreach (ImageResolution resolution in provider.Resolutions)
        {
            var row = new PriceRow
            {
                Provider = provider.Provider,
                Model = model,
                Operation = operation,
                Resolution = resolution,
                Credits = price.Credits,
                MostCredits = price.MostCredits,
                AsOf = today,
                Source = $"{provider.DisplayName}, live: its price list, in credits",
                Confidence = PriceConfidence.Unknown,
                IsLive = true,
            };
            if (price.Amount is not { } oneK)
            {
                rows.Add(price.MostCredits is null ? row : row with { Source = row.Source + " and without the tier: from the least to the most" });
            }
            else if (resolution == ImageResolution.OneK)
            {
                rows.Add(row with { Amount = oneK, Confidence = PriceConfidence.Documented, Source = $"{provider.DisplayName}, live: its price list" });
            }
            else if (catalog.Table.Factors.FirstOrDefault(known => known.Provider == provider.Provider && known.Resolution == resolution) is { } factor)
            {
                string source = FormattableString.Invariant($"{provider.DisplayName}, live: {oneK:0.######} of its price list, times {factor.Times}/{factor.Per} ({factor.Source})");
                rows.Add(row with { Amount = factor.Of(oneK), Confidence = PriceConfidence.Inferred, Source = source });
            }
        }

        return rows;
    }

    private ValueTask NoteAsync(LogLevel level, string text)
    {
        Note(text);
        return ValueTask.CompletedTask;
    }

    private void Note(string text)
    {
        lock (Notes) Notes.Add(text);
    }

    private void Warn(string text)
    {
        lock (Warnings) Warnings.Add(text);
    }
}
