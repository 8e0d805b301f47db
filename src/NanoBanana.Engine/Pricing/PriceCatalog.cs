using System.Globalization;
using System.Text.Json;
using NanoBanana.Engine.Requests;

namespace NanoBanana.Engine.Pricing;

/// <summary>prices.json: what a picture costs, dated and sourced.</summary>
internal sealed class PriceCatalog
{
    private readonly DateOnly asOf;
    private readonly List<PriceRow> prices = [];
    private readonly List<ExtraRow> extras = [];

    private PriceCatalog(JsonElement root)
    {
        asOf = DateOnly.ParseExact(root.GetProperty("asOf").GetString()!, "yyyy-MM-dd", CultureInfo.InvariantCulture);
        foreach (JsonElement row in root.GetProperty("prices").EnumerateArray()) prices.Add(PriceRow.Read(row));
        foreach (JsonElement row in root.GetProperty("extras").EnumerateArray()) extras.Add(ExtraRow.Read(row));
    }

    /// <summary>Reads the table that came with the module.</summary>
    public static PriceCatalog ReadBuiltIn()
    {
        using Stream stream = typeof(PriceCatalog).Assembly.GetManifestResourceStream("prices.json")
            ?? throw new InvalidOperationException("prices.json is not embedded in the engine.");
        using JsonDocument document = JsonDocument.Parse(stream);
        return new PriceCatalog(document.RootElement);
    }

    /// <summary>What a validated request costs.</summary>
    /// <param name="request">The request, with its provider and model set.</param>
    /// <returns>The price; its amount is null where the table has no row.</returns>
    public NBPrice Price(ImageRequest request)
    {
        ImageResolution resolution = request.Resolution ?? ImageResolution.OneK;
        PriceRow? row = prices.Find(p => p.Provider == request.Provider && p.Model == request.Model
            && p.Resolution == resolution && (p.Operation is null || p.Operation == request.Operation));
        decimal extra = 0m;
        foreach (ExtraRow candidate in extras)
        {
            if (candidate.Provider == request.Provider && candidate.AppliesTo(request)) extra += candidate.Amount;
        }

        return new NBPrice
        {
            Provider = request.Provider ?? string.Empty,
            Model = request.Model ?? string.Empty,
            Operation = request.Operation,
            Resolution = resolution.ToName(),
            UnitPrice = row is null ? null : row.Amount + extra,
            Count = request.Count,
            AsOf = asOf,
            Source = row?.Source ?? "no price known for this model",
            Confidence = row?.Confidence ?? PriceConfidence.Unknown,
        };
    }

    private sealed record PriceRow(
        string Provider, string Model, ImageOperation? Operation, ImageResolution Resolution, decimal Amount, string Source, PriceConfidence Confidence)
    {
        public static PriceRow Read(JsonElement row)
        {
            string operation = row.GetProperty("operation").GetString()!;
            if (!Vocabulary.TryParseResolution(row.GetProperty("resolution").GetString(), out ImageResolution resolution))
            {
                throw new InvalidOperationException("prices.json: unknown resolution.");
            }

            return new PriceRow(
                row.GetProperty("provider").GetString()!,
                row.GetProperty("model").GetString()!,
                operation == "Any" ? null : Enum.Parse<ImageOperation>(operation),
                resolution,
                row.GetProperty("amount").GetDecimal(),
                row.GetProperty("source").GetString()!,
                Enum.Parse<PriceConfidence>(row.GetProperty("confidence").GetString()!));
        }
    }

    private sealed record ExtraRow(string Provider, string When, decimal Amount)
    {
        public static ExtraRow Read(JsonElement row) =>
            new(row.GetProperty("provider").GetString()!, row.GetProperty("when").GetString()!, row.GetProperty("amount").GetDecimal());

        public bool AppliesTo(ImageRequest request) => When switch
        {
            "WebSearch" => request.WebSearch,
            "ThinkingHigh" => request.ThinkingLevel == ThinkingLevel.High,
            _ => throw new InvalidOperationException($"prices.json: unknown extra '{When}'."),
        };
    }
}
