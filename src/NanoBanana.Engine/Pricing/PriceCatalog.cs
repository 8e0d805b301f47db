using NanoBanana.Engine.Providers;
using NanoBanana.Engine.Requests;

namespace NanoBanana.Engine.Pricing;

/// <summary>What a picture costs, dated and sourced: prices.json, with the user's own file over it.</summary>
internal sealed class PriceCatalog
{
    private const string ListProvider = ProviderRegistry.Default;

    private static readonly Lazy<PriceCatalog> BuiltIn = new(ReadEmbedded);

    private readonly PriceTable table;

    /// <summary>Has fal's list prices, which savings are reckoned against; null for this catalogue itself.</summary>
    private readonly PriceCatalog? list;

    private PriceCatalog(PriceTable table, PriceCatalog? list) => (this.table, this.list) = (table, list);

    /// <summary>Every row.</summary>
    public PriceTable Table => table;

    /// <summary>The table that came with the module.</summary>
    public static PriceCatalog ReadBuiltIn() => BuiltIn.Value;

    /// <summary>A table with the user's own over it: rows with the same key are replaced, others are added.</summary>
    /// <param name="builtIn">The table below.</param>
    /// <param name="userFile">The full path of the user's file, in the form of prices.json; null or blank for none.</param>
    /// <exception cref="NBException">InvalidRequest: the file cannot be read; names the line, the field and what is allowed.</exception>
    public static PriceCatalog Read(PriceCatalog builtIn, string? userFile) =>
        string.IsNullOrWhiteSpace(userFile) ? builtIn : new PriceCatalog(builtIn.table.With(PriceFile.Read(userFile.Trim())), builtIn.list ?? builtIn);

    /// <summary>The same with what providers said just now.</summary>
    /// <param name="rows">The live rows.</param>
    public PriceCatalog WithLive(IReadOnlyList<PriceRow> rows)
    {
        if (rows.Count == 0) return this;
        PriceTable merged = table.With(new PriceTable { Prices = rows });

        // What fal says today is its list price, also to those who pay another.
        PriceTable below = (list?.table ?? table).With(new PriceTable { Prices = rows });
        return new PriceCatalog(merged, new PriceCatalog(below, list: null));
    }

    /// <summary>The models of a provider that the table has a row for, in its order.</summary>
    public IEnumerable<string> ModelsOf(string provider) =>
        table.Prices.Where(row => row.Provider == provider).Select(row => row.Model).Distinct(StringComparer.Ordinal);

    /// <summary>Whether the table knows a model, but only for another operation (APIDot's edit model makes nothing of words alone).</summary>
    public bool IsForAnother(ImageOperation operation, string provider, string model)
    {
        PriceRow[] rows = [.. table.Prices.Where(row => row.Provider == provider && row.Model == model)];
        return rows.Length > 0 && Array.TrueForAll(rows, row => row.Operation is { } only && only != operation);
    }

    /// <summary>The row for a picture; null where there is none.</summary>
    public PriceRow? Find(string? provider, string? model, ImageOperation operation, ImageResolution resolution)
    {
        PriceRow? found = null;
        foreach (PriceRow row in table.Prices)
        {
            bool fits = row.Provider == provider && row.Model == model && row.Resolution == resolution && (row.Operation is null || row.Operation == operation);
            if (fits && (found is null || row.Operation is not null)) found = row;
        }

        return found;
    }

    /// <summary>What a validated request costs.</summary>
    /// <param name="request">The request, with its provider and model set.</param>
    /// <param name="today">The day to tell the age of the price by; null when that does not matter.</param>
    /// <returns>The price; its amount is null where the table has no row.</returns>
    public NBPrice Price(ImageRequest request, DateOnly? today = null) => Quote(request, today).ToPublic();

    /// <summary>The same, to be listed.</summary>
    public PriceQuote Quote(ImageRequest request, DateOnly? today)
    {
        ImageResolution resolution = request.Resolution ?? ImageResolution.OneK;
        PriceRow? row = Find(request.Provider, request.Model, request.Operation, resolution);
        decimal? unit = row?.Amount;
        string source = row?.Source ?? "no price known for this model";
        PriceConfidence confidence = unit is null ? PriceConfidence.Unknown : row!.Confidence;
        DateOnly asOf = row?.AsOf ?? table.Prices.Max(known => known.AsOf);
        foreach (PriceExtra asked in unit is null ? [] : ExtraRow.AskedBy(request))
        {
            ExtraRow? extra = table.Extras.FirstOrDefault(known => known.Provider == request.Provider && known.When == asked);
            PriceConfidence sure = extra?.Confidence ?? PriceConfidence.Inferred;
            unit += extra?.Amount ?? 0m;
            source += $"; {asked}: {extra?.Source ?? "no extra is known"}";
            if (extra?.AsOf < asOf) asOf = extra.AsOf;
            if (sure < confidence) confidence = sure;
        }

        if (OwnedFields.FirstUnpriced(request) is { } unpriced)
        {
            confidence = PriceConfidence.Unknown;
            source += $"; AdditionalProperties: '{unpriced}' may change it";
        }

        return new PriceQuote
        {
            Request = request,
            Resolution = resolution,
            UnitPrice = unit,
            UnitCredits = row?.Credits,
            MostUnitCredits = row?.MostCredits,
            SavingPercent = Saving(unit, request),
            AsOf = asOf,
            AgeDays = today is { } day ? Math.Max(0, day.DayNumber - asOf.DayNumber) : null,
            Source = source,
            Confidence = confidence,
            IsLive = row?.IsLive ?? false,
        };
    }

    /// <summary>How much less it is than fal's list price of the same picture, in per cent to one decimal; negative when it is more.</summary>
    private decimal? Saving(decimal? unit, ImageRequest request)
    {
        PriceTable prices = (list ?? this).table;
        string model = ProviderRegistry.KnownProviders.First(known => known.Provider == ListProvider).Models[0];
        decimal? full = (list ?? this).Find(ListProvider, model, request.Operation, request.Resolution ?? ImageResolution.OneK)?.Amount;
        foreach (PriceExtra asked in ExtraRow.AskedBy(request))
        {
            full += prices.Extras.FirstOrDefault(known => known.Provider == ListProvider && known.When == asked)?.Amount ?? 0m;
        }

        if (unit is null || full is not > 0m) return null;
        return decimal.Round((full.Value - unit.Value) / full.Value * 100m, 1, MidpointRounding.AwayFromZero);
    }

    private static PriceCatalog ReadEmbedded()
    {
        using Stream stream = typeof(PriceCatalog).Assembly.GetManifestResourceStream("prices.json")
            ?? throw new InvalidOperationException("prices.json is not embedded in the engine.");
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return new PriceCatalog(PriceFile.Read("prices.json", bytes), list: null);
    }
}
