using System.Text.Json;
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

internal sealed record ApiframeJob
{
    public string? JobId { get; init; }

    public string? Id { get; init; }

    public string? Status { get; init; }

    /// <summary>What a delivery to the webhook tells: progress, completed or failed.</summary>
    public string? Event { get; init; }

    /// <summary>Untyped in the provider's OpenAPI; see <see cref="ApiframeResults"/>.</summary>
    public JsonElement Result { get; init; }

    public JsonElement Error { get; init; }

    public decimal? CreditCost { get; init; }

    public bool? Expired { get; init; }
}

internal sealed record ApiframeUpload
{
    public string? Url { get; init; }
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
[JsonSerializable(typeof(ApiframeJob))]
[JsonSerializable(typeof(ApiframeUpload))]
[JsonSerializable(typeof(ApiframeModels))]
internal sealed partial class ApiframeJson : JsonSerializerContext;
