using NanoBanana.Engine.Transport;

namespace NanoBanana.Engine.Providers.ApiMaster;

/// <summary>Reads APIMaster's errors: OpenAI's envelope <c>{"error":{"message","type","code"}}</c> (api-notes.md); the code says more than the type.</summary>
internal static class ApiMasterErrors
{
    public static NBException Read(ProviderCapabilities provider, ApiAnswer answer, CallKind kind) => ProviderErrors.Read(
        provider,
        answer,
        kind,
        words => ByCode(words.Type) ?? (answer.StatusCode == 400 && ProviderErrors.SpeaksOfContent(words.Text) ? NBErrorId.ContentRejected : null),
        static (words, _, detail) => words.Type == "image_generation_timeout"
            ? detail with { NextStep = "The synchronous endpoint gave up; leave -Direct out, so that the job is queued." }
            : detail);

    public static NBException OfTask(ProviderCapabilities provider, AnswerFields task)
    {
        ErrorWords words = ErrorWords.Read(task.Value);
        NBErrorId id = ByCode(words.Type) ?? (ProviderErrors.SpeaksOfContent(words.Text) ? NBErrorId.ContentRejected : NBErrorId.ProviderUnavailable);
        return ProviderErrors.Make(provider, id, words.Text ?? "the task failed", new ErrorDetail { Type = words.Type });
    }

    private static NBErrorId? ByCode(string? code) => code switch
    {
        "content_policy_violation" or "moderation_blocked" => NBErrorId.ContentRejected,
        "insufficient_quota" or "insufficient_user_quota" or "insufficient_balance" => NBErrorId.InsufficientCredits,
        _ => null,
    };
}
