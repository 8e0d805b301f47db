using NanoBanana.Engine.Transport;

namespace NanoBanana.Engine.Providers.ApiDot;

/// <summary>
/// Reads APIDot's errors: <c>{"code":402,"error":{"message","type"}}</c> (S1, "Common error classes"), and the
/// <c>error_message</c> of a task that failed. The longer list of types is that of the sibling platform PoYo.
/// </summary>
internal static class ApiDotErrors
{
    public static NBException Read(ProviderCapabilities provider, ApiAnswer answer, CallKind kind) =>
        ProviderErrors.Read(provider, answer, kind, static words => ByType(words.Type));

    public static NBException OfTask(ProviderCapabilities provider, AnswerFields task)
    {
        ErrorWords words = ErrorWords.Read(task.Value);
        NBErrorId id = ByType(words.Type) ?? (ProviderErrors.SpeaksOfContent(words.Text) ? NBErrorId.ContentRejected : NBErrorId.ProviderUnavailable);
        return ProviderErrors.Make(provider, id, words.Text ?? "the task failed", new ErrorDetail { RequestId = task.Text("task_id") });
    }

    public static NBErrorId? ByType(string? type) => type switch
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
