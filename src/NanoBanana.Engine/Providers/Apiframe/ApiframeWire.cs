using System.Text.Json.Serialization;

namespace NanoBanana.Engine.Providers.Apiframe;

/// <summary>The body of a submit (Apiframe's OpenAPI 2.0.0: unknown fields are refused at both levels, so only what is set is sent).</summary>
internal sealed record ApiframeRequest
{
    public required string Model { get; init; }

    public required string Prompt { get; init; }

    public ApiframeParams? NanoBananaParams { get; init; }

    public string? WebhookUrl { get; init; }
}

internal sealed record ApiframeParams
{
    [JsonPropertyName("aspect_ratio")]
    public string? AspectRatio { get; init; }

    [JsonPropertyName("resolution")]
    public string? Resolution { get; init; }

    [JsonPropertyName("image_input")]
    public IReadOnlyList<string>? ImageInput { get; init; }

    [JsonPropertyName("output_format")]
    public string? OutputFormat { get; init; }

    [JsonPropertyName("google_search")]
    public bool? GoogleSearch { get; init; }

    [JsonPropertyName("image_search")]
    public bool? ImageSearch { get; init; }
}

/// <summary>The public list of models, with their costs in credits.</summary>
internal sealed record ApiframeModels
{
    public IReadOnlyList<ApiframeModel?>? Models { get; init; }
}

internal sealed record ApiframeModel
{
    public string? Id { get; init; }

    public decimal? CostMin { get; init; }

    public decimal? CostMax { get; init; }

    public string? PricingMode { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ApiframeRequest))]
[JsonSerializable(typeof(ApiframeModels))]
internal sealed partial class ApiframeJson : JsonSerializerContext;
