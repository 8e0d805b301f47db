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
/// <param name="provider">fal's row of models.json.</param>
internal sealed class FalErrors(ProviderCapabilities provider)
{
    /// <summary>Shapes (a), (b) and (d): an error answer.</summary>
    public NBException Read(ApiAnswer answer, CallKind kind)
    {
        string? type = answer.Header("X-Fal-Error-Type");
        return ProviderErrors.Read(
            provider,
            answer,
            kind,
            words => IsStartTimeout(answer) ? NBErrorId.JobTimedOut : Classify(words with { Type = words.Type ?? type }),
            (words, id, detail) => Refine(id, detail with
            {
                Type = words.Type ?? type,
                RequestId = words.RequestId ?? answer.Header("x-fal-request-id") ?? detail.RequestId,
                Parameter = ParameterFor(words.Field),
            }));
    }

    /// <summary>Shape (c): the error of a finished job.</summary>
    public NBException? ReadJobError(JsonElement? error, string? type, string? requestId)
    {
        ErrorWords words = error is { } value ? ErrorWords.Read(value) : new ErrorWords(Text: null);
        if (words.Text is null && type is null) return null;
        words = words with { Type = type ?? words.Type };
        NBErrorId id = Classify(words) ?? NBErrorId.ProviderUnavailable;
        return ProviderErrors.Make(provider, id, words.Text ?? "the job failed", Refine(id, new ErrorDetail { Type = words.Type, RequestId = requestId, Parameter = ParameterFor(words.Field) }));
    }

    /// <summary>The error of a delivery: the model's own under its payload, else the words of the envelope.</summary>
    public NBException ReadDelivery(AnswerFields delivery)
    {
        if (delivery.Object("payload").IsObject) return Read(Envelope(delivery, StatusIn(delivery.Text("error"))), CallKind.Result);
        return ReadJobError(delivery.Element("error"), type: null, delivery.Text("request_id"))
            ?? ProviderErrors.Make(provider, NBErrorId.ProviderUnavailable, "the job failed", new ErrorDetail { RequestId = delivery.Text("request_id") });
    }

    /// <summary>The payload of a delivery as the answer that it would have been.</summary>
    public static ApiAnswer Envelope(AnswerFields delivery, int statusCode) => new()
    {
        StatusCode = statusCode,
        Body = Encoding.UTF8.GetBytes(delivery.Object("payload").Value.GetRawText()),
        Headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase) { ["x-fal-request-id"] = delivery.Text("request_id") ?? string.Empty },
    };

    /// <summary>Whether the body is fal's own error, and not a gateway's page.</summary>
    public static bool IsOwn(ApiAnswer answer) => ErrorWords.Read(answer.Body) is { IsPage: false, Text: not null } && ErrorWords.Quote(answer.Body) is not null;

    /// <summary>Whether the job did not start in the time that was asked for.</summary>
    public static bool IsStartTimeout(ApiAnswer answer) =>
        answer.StatusCode == 504 && string.Equals(answer.Header("X-Fal-Request-Timeout-Type"), "user", StringComparison.OrdinalIgnoreCase);

    /// <summary>"Invalid status code: 422" names the status; without it, the request is taken to be at fault.</summary>
    private static int StatusIn(string? text)
    {
        ReadOnlySpan<char> last = text.AsSpan()[(text.AsSpan().LastIndexOf(' ') + 1)..];
        return int.TryParse(last, NumberStyles.None, CultureInfo.InvariantCulture, out int status) && status is >= 400 and < 600 ? status : 422;
    }

    /// <summary>What fal's own type stands for; null for one that is not known.</summary>
    public static NBErrorId? Classify(ErrorWords words)
    {
        if (ProviderErrors.ByWords(words) is NBErrorId.InsufficientCredits) return NBErrorId.InsufficientCredits;
        return words.Type switch
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

    private static ErrorDetail Refine(NBErrorId id, ErrorDetail detail) => detail with { NextStep = detail.NextStep ?? NextStep(id, detail.Type) };

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
}
