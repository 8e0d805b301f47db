using System.Globalization;
using System.Text;
using System.Text.Json;
using NanoBanana.Engine.Transport;

namespace NanoBanana.Engine.Providers.Fal;

/// <summary>
/// Reads fal's errors: (a) the model's <c>detail[]</c>, (b) the platform's <c>detail</c> with <c>error_type</c>, (c) the
/// <c>error</c> of a finished job, (d) the account API's <c>error{}</c>. The type decides, never the text (fal.ai's page
/// "Errors").
/// </summary>
internal static class FalErrors
{
    private const string Provider = "Fal";
    private const int LongestText = 600;

    /// <summary>Shapes (a), (b) and (d): an error answer.</summary>
    public static NBException Read(ApiAnswer answer, CallKind kind)
    {
        FalError error = Parse(answer.Body);
        string? type = error.Type ?? answer.Header("X-Fal-Error-Type");
        string? requestId = error.RequestId ?? answer.Header("x-fal-request-id");
        NBErrorId id = Classify(answer, kind, type, error.Text);
        string text = error.Text ?? $"status {answer.StatusCode}";
        return Make(id, text, type, requestId, answer.StatusCode, answer.RetryAfter, error.Field);
    }

    /// <summary>Shape (c): the error of a finished job.</summary>
    public static NBException? ReadJobError(JsonElement error, string? type, string? requestId)
    {
        if (error.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null && type is null) return null;
        FalError parsed = ProviderErrors.Safely(() => error.ValueKind switch
        {
            JsonValueKind.String => new FalError(ProviderErrors.Text(error), type, Field: null, RequestId: null),
            JsonValueKind.Object => ParseObject(error),
            JsonValueKind.Array => ParseDetails(error),
            _ => new FalError(Text: null, type, Field: null, RequestId: null),
        });
        string? kind = type ?? parsed.Type;
        return Make(ClassifyType(kind, parsed.Text) ?? NBErrorId.ProviderUnavailable, parsed.Text ?? "the job failed", kind, requestId, statusCode: null, retryAfter: null, parsed.Field);
    }

    /// <summary>The error of a delivery: the model's own under its payload, else the words of the envelope.</summary>
    public static NBException ReadDelivery(FalDelivery delivery)
    {
        if (delivery.Payload.ValueKind == JsonValueKind.Object) return Read(Envelope(delivery, StatusIn(delivery.Error)), CallKind.Result);
        return ReadJobError(delivery.Error, type: null, delivery.RequestId)
            ?? Make(NBErrorId.ProviderUnavailable, "the job failed", type: null, delivery.RequestId, statusCode: null, retryAfter: null, field: null);
    }

    /// <summary>The payload of a delivery as the answer that it would have been.</summary>
    public static ApiAnswer Envelope(FalDelivery delivery, int statusCode) => new()
    {
        StatusCode = statusCode,
        Body = Encoding.UTF8.GetBytes(delivery.Payload.GetRawText()),
        Headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase) { ["x-fal-request-id"] = delivery.RequestId ?? string.Empty },
    };

    /// <summary>"Invalid status code: 422" names the status; without it, the request is taken to be at fault.</summary>
    private static int StatusIn(JsonElement error)
    {
        ReadOnlySpan<char> text = error.ValueKind == JsonValueKind.String ? error.GetString() : string.Empty;
        int last = text.LastIndexOf(' ');
        return int.TryParse(text[(last + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out int status) && status is >= 400 and < 600 ? status : 422;
    }

    /// <summary>Whether the body is fal's own error, and not a gateway's page.</summary>
    public static bool IsOwn(ApiAnswer answer) => Parse(answer.Body).Text is not null;

    private static NBException Make(
        NBErrorId id, string text, string? type, string? requestId, int? statusCode, TimeSpan? retryAfter, string? field)
    {
        var message = new StringBuilder("fal.ai: ").Append(text.Length > LongestText ? text[..LongestText] + "..." : text);
        if (!text.EndsWith('.')) message.Append('.');
        if (NextStep(id, type) is { } step) message.Append(' ').Append(step);
        if (type is not null) message.Append(" (").Append(type).Append(')');
        if (requestId is not null) message.Append(" [request ").Append(requestId).Append(']');
        return new NBException(id, message.ToString())
        {
            Provider = Provider,
            StatusCode = statusCode,
            RequestId = requestId,
            ProviderErrorType = type,
            ProviderMessage = text,
            RetryAfter = retryAfter,
            Parameter = ParameterFor(field),
        };
    }

    private static NBErrorId Classify(ApiAnswer answer, CallKind kind, string? type, string? text)
    {
        if (answer.StatusCode == 504 && string.Equals(answer.Header("X-Fal-Request-Timeout-Type"), "user", StringComparison.OrdinalIgnoreCase))
        {
            return NBErrorId.JobTimedOut;
        }

        return ClassifyType(type, text) ?? answer.StatusCode switch
        {
            401 => NBErrorId.AuthenticationFailed,
            402 => NBErrorId.InsufficientCredits,
            403 => NBErrorId.AccessDenied,
            404 when kind is CallKind.Submit or CallKind.SubmitIdempotent => NBErrorId.InvalidRequest,
            404 => NBErrorId.JobNotFound,
            408 or >= 500 => NBErrorId.ProviderUnavailable,
            429 => NBErrorId.RateLimited,
            499 => NBErrorId.JobCancelled,
            _ => NBErrorId.InvalidRequest,
        };
    }

    private static NBErrorId? ClassifyType(string? type, string? text)
    {
        if (text is not null && text.Contains("Exhausted balance", StringComparison.OrdinalIgnoreCase)) return NBErrorId.InsufficientCredits;
        return type switch
        {
            "content_policy_violation" => NBErrorId.ContentRejected,
            "no_media_generated" => NBErrorId.NoImageReturned,
            "image_too_large" or "image_too_small" or "file_too_large" or "image_load_error" or "file_download_error" => NBErrorId.InvalidImageContent,
            "downstream_service_error" or "downstream_service_unavailable" or "generation_timeout" or "internal_server_error" or "internal_error"
                or "startup_timeout" or "runner_scheduling_failure" or "runner_connection_timeout" or "runner_disconnected"
                or "runner_connection_refused" or "runner_connection_error" => NBErrorId.ProviderUnavailable,
            "request_timeout" => NBErrorId.JobTimedOut,
            "client_cancelled" or "client_disconnected" => NBErrorId.JobCancelled,
            "authorization_error" => NBErrorId.AuthenticationFailed,
            "rate_limited" or "concurrent_requests_limit" => NBErrorId.RateLimited,
            _ => null,
        };
    }

    private static string? NextStep(NBErrorId id, string? type) => id switch
    {
        NBErrorId.AuthenticationFailed => "Check the key: make one at https://fal.ai/dashboard/keys and give it with -ApiKey or in $env:FAL_KEY.",
        NBErrorId.InsufficientCredits => "Top the account up at https://fal.ai/dashboard/billing, then run the command again.",
        NBErrorId.AccessDenied => "The key may not use this model: check its scope at https://fal.ai/dashboard/keys.",
        NBErrorId.ContentRejected => "Word the prompt differently, or raise -SafetyTolerance.",
        NBErrorId.NoImageReturned => "Word the prompt differently; fal may have billed the attempt.",
        NBErrorId.InvalidImageContent => "Check the reference given with -Image.",
        NBErrorId.JobNotFound => "The job may be too old; see https://fal.ai/dashboard/requests.",
        NBErrorId.RateLimited => "Lower -ThrottleLimit, or try again later.",
        NBErrorId.JobTimedOut => "It did not start in the time of -StartTimeoutSec and was not billed; allow more time.",
        NBErrorId.JobCancelled => "What it cost, if it had begun, is at https://fal.ai/dashboard/requests.",
        NBErrorId.ProviderUnavailable when type is not null => "fal does not bill failures of its own.",
        NBErrorId.ProviderUnavailable => null,
        _ when type is null => "If it speaks of the model: known -Model values are fal-ai/nano-banana-2 and fal-ai/gemini-3.1-flash-image-preview.",
        _ => "Correct the request and run it again.",
    };

    private static string? ParameterFor(string? field) => field switch
    {
        "prompt" => "Prompt",
        "num_images" => "Count",
        "seed" => "Seed",
        "aspect_ratio" => "AspectRatio",
        "output_format" => "OutputFormat",
        "safety_tolerance" => "SafetyTolerance",
        "sync_mode" => "SyncMode",
        "resolution" => "Resolution",
        "limit_generations" => "LimitGenerations",
        "enable_web_search" => "WebSearch",
        "thinking_level" => "ThinkingLevel",
        "system_prompt" => "SystemPrompt",
        "image_urls" => "Image",
        _ => null,
    };

    private static FalError Parse(ReadOnlyMemory<byte> body)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(body);
            return document.RootElement.ValueKind == JsonValueKind.Object ? ParseObject(document.RootElement) : default;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return default;
        }
    }

    private static FalError ParseObject(JsonElement root)
    {
        string? type = Text(root, "error_type");
        if (root.TryGetProperty("detail", out JsonElement detail))
        {
            if (detail.ValueKind == JsonValueKind.Array) return ParseDetails(detail);
            string? text = detail.ValueKind == JsonValueKind.String ? ProviderErrors.Text(detail) : detail.GetRawText();
            return new FalError(text, type, Field: null, RequestId: null);
        }

        if (!root.TryGetProperty("error", out JsonElement error)) return new FalError(Text(root, "message"), type, Field: null, RequestId: null);
        return error.ValueKind == JsonValueKind.Object
            ? new FalError(Text(error, "message"), Text(error, "type"), Field: null, Text(error, "request_id"))
            : new FalError(ProviderErrors.Text(error) ?? error.GetRawText(), type, Field: null, RequestId: null);
    }

    private static FalError ParseDetails(JsonElement details)
    {
        var text = new StringBuilder();
        string? type = null;
        string? field = null;
        foreach (JsonElement detail in details.EnumerateArray())
        {
            if (detail.ValueKind != JsonValueKind.Object) continue;
            string? name = Field(detail);
            if (text.Length > 0) text.Append("; ");
            if (name is not null) text.Append(name).Append(": ");
            text.Append(Text(detail, "msg") ?? Text(detail, "type") ?? "refused");
            type ??= Text(detail, "type");
            field ??= name;
        }

        return text.Length == 0 ? default : new FalError(text.ToString(), type, field, RequestId: null);
    }

    private static string? Field(JsonElement detail)
    {
        if (!detail.TryGetProperty("loc", out JsonElement loc) || loc.ValueKind != JsonValueKind.Array) return null;
        foreach (JsonElement part in loc.EnumerateArray())
        {
            if (ProviderErrors.Text(part) is { } name && name != "body") return name;
        }

        return null;
    }

    private static string? Text(JsonElement root, string name) => ProviderErrors.Text(root, name);

    private readonly record struct FalError(string? Text, string? Type, string? Field, string? RequestId);
}
