using System.Text.Json.Serialization;

namespace NanoBanana.Engine.Providers.Fal;

internal sealed record FalUploadRequest(string ContentType, string FileName);

/// <summary>The platform's price list (fal.ai's Platform OpenAPI).</summary>
internal sealed record FalPriceList
{
    public IReadOnlyList<FalPrice?>? Prices { get; init; }
}

internal sealed record FalPrice
{
    public string? EndpointId { get; init; }

    public decimal? UnitPrice { get; init; }

    public string? Unit { get; init; }

    public string? Currency { get; init; }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(FalUploadRequest))]
[JsonSerializable(typeof(FalPriceList))]
internal sealed partial class FalJson : JsonSerializerContext;
