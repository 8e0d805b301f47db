using System.Text.Json;
using NanoBanana.Engine.Transport;

namespace NanoBanana.Engine.Providers.ApiMaster;

/// <summary>Reads APIMaster's errors: OpenAI's envelope <c>{"error":{"message","type","code"}}</c> (api-notes.md).</summary>
internal static class ApiMasterErrors
{
    public static NBException Read(ProviderCapabilities provider, ApiAnswer answer, CallKind kind)
    {
        (string? text, string? code) = ProviderErrors.Parse(answer.Body, static root =>
        {
            JsonElement error = root.TryGetProperty("error", out JsonElement value) ? value : default;
            string? message = ProviderErrors.Text(error, "message")
                ?? ProviderErrors.Text(error)
                ?? ProviderErrors.Text(root, "message");
            return (message, ProviderErrors.Text(error, "code") ?? ProviderErrors.Text(error, "type"));
        });
        bool isTimeout = code == "image_generation_timeout";
        var detail = new ErrorDetail
        {
            StatusCode = answer.StatusCode,
            Type = code,
            RequestId = answer.Header("x-request-id"),
            RetryAfter = answer.RetryAfter,
            NextStep = isTimeout ? "The synchronous endpoint gave up; leave -Direct out, so that the job is queued." : null,
        };
        return ProviderErrors.Make(provider, Classify(answer.StatusCode, kind, code, text), text ?? $"status {answer.StatusCode}", detail);
    }

    public static NBException OfTask(ProviderCapabilities provider, JsonElement error)
    {
        string? text = ProviderErrors.Text(error, "message") ?? ProviderErrors.Text(error);
        string? code = ProviderErrors.Text(error, "code");
        NBErrorId id = IsContent(code) || ProviderErrors.SpeaksOfContent(text) ? NBErrorId.ContentRejected : NBErrorId.ProviderUnavailable;
        return ProviderErrors.Make(provider, id, string.IsNullOrWhiteSpace(text) ? "the task failed" : text, new ErrorDetail { Type = code });
    }

    private static NBErrorId Classify(int status, CallKind kind, string? code, string? text)
    {
        if (IsContent(code) || (status == 400 && ProviderErrors.SpeaksOfContent(text))) return NBErrorId.ContentRejected;
        if (code is "insufficient_quota" or "insufficient_user_quota" or "insufficient_balance") return NBErrorId.InsufficientCredits;
        return ProviderErrors.ByStatus(status, kind);
    }

    private static bool IsContent(string? code) => code is "content_policy_violation" or "moderation_blocked";
}
