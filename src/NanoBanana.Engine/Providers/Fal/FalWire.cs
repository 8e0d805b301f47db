using System.Text.Json;
using System.Text.Json.Serialization;

namespace NanoBanana.Engine.Providers.Fal;

/// <summary>The body of a submit (fal.ai's page "Nano Banana 2 API", input schema; system_prompt from the schema of August 2026).</summary>
internal sealed record FalInput
{
    public required string Prompt { get; init; }

    public int? NumImages { get; init; }

    public long? Seed { get; init; }

    public string? AspectRatio { get; init; }

    public string? OutputFormat { get; init; }

    /// <summary>"1" to "6": a string on this wire.</summary>
    public string? SafetyTolerance { get; init; }

    public bool? SyncMode { get; init; }

    public string? Resolution { get; init; }

    public bool? LimitGenerations { get; init; }

    public bool? EnableWebSearch { get; init; }

    public string? ThinkingLevel { get; init; }

    public string? SystemPrompt { get; init; }

    public IReadOnlyList<string>? ImageUrls { get; init; }
}

/// <summary>A job's state (fal.ai's page "Queue"), also the answer to a submit.</summary>
internal sealed record FalStatus
{
    public string? Status { get; init; }

    public string? RequestId { get; init; }

    public int? QueuePosition { get; init; }

    public string? ResponseUrl { get; init; }

    public string? StatusUrl { get; init; }

    public string? CancelUrl { get; init; }

    public IReadOnlyList<FalLog>? Logs { get; init; }

    public JsonElement Error { get; init; }

    public string? ErrorType { get; init; }
}

internal sealed record FalLog
{
    public string? Message { get; init; }

    public string? Timestamp { get; init; }
}

/// <summary>The model's output.</summary>
internal sealed record FalOutput
{
    public IReadOnlyList<FalFile?>? Images { get; init; }

    public string? Description { get; init; }
}

internal sealed record FalFile
{
    public string? Url { get; init; }

    public string? ContentType { get; init; }

    public int? Width { get; init; }

    public int? Height { get; init; }

    public long? FileSize { get; init; }
}

/// <summary>What is sent to the webhook (fal.ai's page "Webhooks").</summary>
internal sealed record FalDelivery
{
    public string? RequestId { get; init; }

    /// <summary>OK or ERROR.</summary>
    public string? Status { get; init; }

    /// <summary>The model's output, or its error; null when it could not be written.</summary>
    public JsonElement Payload { get; init; }

    /// <summary>For example "Invalid status code: 422".</summary>
    public JsonElement Error { get; init; }
}

internal sealed record FalUploadRequest(string ContentType, string FileName);

internal sealed record FalUpload
{
    public string? UploadUrl { get; init; }

    public string? FileUrl { get; init; }
}

/// <summary>The account's requests (api.fal.ai/v1/openapi.json, requests by endpoint).</summary>
internal sealed record FalRequests
{
    public IReadOnlyList<FalRequest>? Items { get; init; }

    public bool HasMore { get; init; }

    public string? NextCursor { get; init; }
}

internal sealed record FalRequest
{
    public string? RequestId { get; init; }

    public string? EndpointId { get; init; }

    public DateTimeOffset? SentAt { get; init; }

    /// <summary>What was sent; only with <c>expand=payloads</c>.</summary>
    public JsonElement JsonInput { get; init; }
}

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
[JsonSerializable(typeof(FalInput))]
[JsonSerializable(typeof(FalStatus))]
[JsonSerializable(typeof(FalRequests))]
[JsonSerializable(typeof(FalOutput))]
[JsonSerializable(typeof(FalDelivery))]
[JsonSerializable(typeof(FalUploadRequest))]
[JsonSerializable(typeof(FalUpload))]
[JsonSerializable(typeof(FalPriceList))]
internal sealed partial class FalJson : JsonSerializerContext;
