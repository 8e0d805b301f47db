using System.Text.Json;
using NanoBanana.Engine.Transport;

namespace NanoBanana.Engine.Providers.ApiDot;

/// <summary>
/// Reads APIDot's errors: <c>{"code":402,"error":{"message","type"}}</c> (S1, "Common error classes"), and the
/// <c>error_message</c> of a task that failed. The longer list of types is that of the sibling platform PoYo.
/// </summary>
internal static class ApiDotErrors
{
    public static NBException Read(ProviderCapabilities provider, ApiAnswer answer, CallKind kind)
    {
        (string? text, string? type) = ProviderErrors.Parse(answer.Body, static root =>
        {
            JsonElement error = root.TryGetProperty("error", out JsonElement value) ? value : default;
            string? message = ProviderErrors.Text(error, "message")
                ?? ProviderErrors.Text(error)
                ?? ProviderErrors.Text(root, "message");
            return (message, ProviderErrors.Text(error, "type"));
        });
        NBErrorId id = ByType(type) ?? ProviderErrors.ByStatus(answer.StatusCode, kind);
        var detail = new ErrorDetail
        {
            StatusCode = answer.StatusCode,
            Type = type,
            RequestId = answer.Header("x-request-id"),
            RetryAfter = answer.RetryAfter,
        };
        return ProviderErrors.Make(provider, id, text ?? $"status {answer.StatusCode}", detail);
    }

    public static NBException OfTask(ProviderCapabilities provider, ApiDotTask task)
    {
        string text = string.IsNullOrWhiteSpace(task.ErrorMessage) ? "the task failed" : task.ErrorMessage;
        NBErrorId id = ProviderErrors.SpeaksOfContent(text) ? NBErrorId.ContentRejected : NBErrorId.ProviderUnavailable;
        return ProviderErrors.Make(provider, id, text, new ErrorDetail { RequestId = task.TaskId });
    }

    private static NBErrorId? ByType(string? type) => type switch
    {
        "authentication_error" => NBErrorId.AuthenticationFailed,
        "insufficient_credits" or "insufficient_credits_error" => NBErrorId.InsufficientCredits,
        "permission_denied_error" => NBErrorId.AccessDenied,
        "content_moderation_error" => NBErrorId.ContentRejected,
        "rate_limited" or "rate_limit_error" => NBErrorId.RateLimited,
        "file_format_error" => NBErrorId.InvalidImageContent,
        "internal_error" or "upstream_error" or "service_error" or "timeout_error" => NBErrorId.ProviderUnavailable,
        _ => null,
    };
}
