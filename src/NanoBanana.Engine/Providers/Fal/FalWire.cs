using System.Text.Json;
using System.Text.Json.Serialization;

namespace NanoBanana.Engine.Providers.Fal;

/// <summary>A job's state (fal.ai's page "Queue"), also the answer to a submit.</summary>
internal sealed record FalStatus
{
    public string? Status { get; private init; }

    public string? RequestId { get; private init; }

    public int? QueuePosition { get; private init; }

    public string? ResponseUrl { get; private init; }

    public string? StatusUrl { get; private init; }

    public string? CancelUrl { get; private init; }

    /// <summary>A line each: when, and what.</summary>
    public IReadOnlyList<string> Logs { get; private init; } = [];

    /// <summary>A text, an object or a list; undefined without one.</summary>
    public JsonElement Error { get; private init; }

    public string? ErrorType { get; private init; }

    /// <summary>Reads it.</summary>
    /// <exception cref="JsonException">It is something else.</exception>
    public static FalStatus Read(ReadOnlyMemory<byte> body)
    {
        using JsonDocument document = JsonDocument.Parse(body);
        var fields = new AnswerFields(document.RootElement);
        return new FalStatus
        {
            Status = fields.Text("status"),
            RequestId = fields.Text("request_id"),
            QueuePosition = fields.Number("queue_position"),
            ResponseUrl = fields.Text("response_url"),
            StatusUrl = fields.Text("status_url"),
            CancelUrl = fields.Text("cancel_url"),
            Logs = [.. fields.List("logs").Select(static log => $"{log.Text("timestamp")} {log.Text("message")}".Trim())],
            Error = fields.Element("error")?.Clone() ?? default,
            ErrorType = fields.Text("error_type"),
        };
    }
}

/// <summary>The model's output.</summary>
internal sealed record FalOutput
{
    public IReadOnlyList<FalFile> Images { get; private init; } = [];

    public string? Description { get; private init; }

    /// <summary>Reads it.</summary>
    /// <exception cref="JsonException">It is something else.</exception>
    public static FalOutput Read(ReadOnlyMemory<byte> body)
    {
        using JsonDocument document = JsonDocument.Parse(body);
        var fields = new AnswerFields(document.RootElement);
        return new FalOutput
        {
            Images = [.. fields.List("images").Select(static file => new FalFile
            {
                Url = file.Text("url"),
                ContentType = file.Text("content_type"),
                Width = file.Number("width"),
                Height = file.Number("height"),
                FileSize = file.LongNumber("file_size"),
            })],
            Description = fields.Text("description"),
        };
    }
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
[JsonSerializable(typeof(FalRequests))]
[JsonSerializable(typeof(FalDelivery))]
[JsonSerializable(typeof(FalUploadRequest))]
[JsonSerializable(typeof(FalUpload))]
[JsonSerializable(typeof(FalPriceList))]
internal sealed partial class FalJson : JsonSerializerContext;
