using System.Text.Json;
using NanoBanana.Engine.Transport;

namespace NanoBanana.Engine.Providers.Prospolabs;

/// <summary>
/// Reads Prospolabs' errors. Only <c>410 {"code":"output_expired"}</c> is documented (S0); of other bodies every likely
/// place of the words is read.
/// </summary>
internal static class ProspolabsErrors
{
    public static NBException Read(ProviderCapabilities provider, ApiAnswer answer, CallKind kind)
    {
        (string? text, string? code) = ProviderErrors.Parse(answer.Body, static root =>
        {
            JsonElement error = root.TryGetProperty("error", out JsonElement value) ? value : default;
            string? words = ProviderErrors.Text(root, "message")
                ?? ProviderErrors.Text(root, "detail")
                ?? ProviderErrors.Text(error, "message")
                ?? ProviderErrors.Text(error);
            return (words, ProviderErrors.Text(root, "code") ?? ProviderErrors.Text(error, "code"));
        });
        var detail = new ErrorDetail
        {
            StatusCode = answer.StatusCode,
            Type = code,
            RequestId = answer.Header("x-request-id"),
            RetryAfter = answer.RetryAfter,
        };
        return ProviderErrors.Make(provider, Classify(answer.StatusCode, kind, code, text), text ?? code ?? $"status {answer.StatusCode}", detail);
    }

    /// <summary>A generation that failed; Prospolabs refunds it by itself (S0).</summary>
    public static NBException OfGeneration(ProviderCapabilities provider, string id, string? text)
    {
        NBErrorId cause = ProviderErrors.SpeaksOfContent(text) ? NBErrorId.ContentRejected : NBErrorId.ProviderUnavailable;
        var detail = new ErrorDetail { RequestId = id, NextStep = "Prospolabs refunds failed runs by itself." };
        return ProviderErrors.Make(provider, cause, string.IsNullOrWhiteSpace(text) ? "the generation failed" : text, detail);
    }

    private static NBErrorId Classify(int status, CallKind kind, string? code, string? text)
    {
        if (code == "output_expired") return NBErrorId.OutputExpired;
        if (status is 400 or 422 && (ProviderErrors.SpeaksOfContent(code) || ProviderErrors.SpeaksOfContent(text))) return NBErrorId.ContentRejected;
        return ProviderErrors.ByStatus(status, kind);
    }
}
