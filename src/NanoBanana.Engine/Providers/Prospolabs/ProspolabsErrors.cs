using NanoBanana.Engine.Transport;

namespace NanoBanana.Engine.Providers.Prospolabs;

/// <summary>
/// Reads Prospolabs' errors. Only <c>410 {"code":"output_expired"}</c> is documented (S0); of other bodies every likely
/// place of the words is read.
/// </summary>
internal static class ProspolabsErrors
{
    public static NBException Read(ProviderCapabilities provider, ApiAnswer answer, CallKind kind) =>
        ProviderErrors.Read(provider, answer, kind, words => Classify(answer.StatusCode, words));

    /// <summary>A generation that failed; Prospolabs refunds it by itself (S0).</summary>
    public static NBException OfGeneration(ProviderCapabilities provider, string id, string? text)
    {
        NBErrorId cause = ProviderErrors.SpeaksOfContent(text) ? NBErrorId.ContentRejected : NBErrorId.ProviderUnavailable;
        var detail = new ErrorDetail { RequestId = id, NextStep = "Prospolabs refunds failed runs by itself." };
        return ProviderErrors.Make(provider, cause, string.IsNullOrWhiteSpace(text) ? "the generation failed" : text, detail);
    }

    private static NBErrorId? Classify(int status, ErrorWords words)
    {
        if (words.Type == "output_expired") return NBErrorId.OutputExpired;
        bool speaksOfContent = ProviderErrors.SpeaksOfContent(words.Type) || ProviderErrors.SpeaksOfContent(words.Text);
        return status is 400 or 422 && speaksOfContent ? NBErrorId.ContentRejected : null;
    }
}
