using System.Globalization;
using System.Text;
using NanoBanana.Engine.Transport;

namespace NanoBanana.Engine.Providers;

/// <summary>What the error readers of the providers share: causes by status, next steps, and how a message is put together.</summary>
internal static class ProviderErrors
{
    private const int LongestText = 600;

    /// <summary>The cause that a status stands for, where the provider's own type says nothing.</summary>
    public static NBErrorId ByStatus(int status, CallKind kind) => status switch
    {
        401 => NBErrorId.AuthenticationFailed,
        402 => NBErrorId.InsufficientCredits,
        403 => NBErrorId.AccessDenied,
        404 when kind is CallKind.Submit or CallKind.SubmitIdempotent => NBErrorId.InvalidRequest,
        404 => NBErrorId.JobNotFound,
        408 or >= 500 => NBErrorId.ProviderUnavailable,
        410 => NBErrorId.OutputExpired,
        429 => NBErrorId.RateLimited,
        499 => NBErrorId.JobCancelled,
        _ => NBErrorId.InvalidRequest,
    };

    /// <summary>The status that an answer should have had which says this under a good one.</summary>
    public static int StatusOf(NBErrorId id) => id switch
    {
        NBErrorId.InsufficientCredits => 402,
        NBErrorId.AuthenticationFailed => 401,
        NBErrorId.RateLimited => 429,
        _ => 422,
    };

    /// <summary>What a text or type says by itself, where the status says something else or nothing; null for what says nothing.</summary>
    public static NBErrorId? ByWords(ErrorWords words)
    {
        if (words.IsPage) return null;
        if (Speaks(words, "exhausted balance", "insufficient credit", "insufficient_credit", "insufficient balance", "insufficient_balance", "insufficient_quota", "insufficient_user_quota", "not enough credit", "out of credit")) return NBErrorId.InsufficientCredits;
        if (SpeaksOfContent(words.Type) || SpeaksOfContent(words.Text)) return NBErrorId.ContentRejected;
        if (Speaks(words, "invalid api key", "invalid_api_key", "authentication_error", "authorization_error", "unauthorized", "unauthenticated")) return NBErrorId.AuthenticationFailed;
        return Speaks(words, "rate limit", "rate_limit", "too many requests") ? NBErrorId.RateLimited : null;
    }

    /// <summary>Whether a text speaks of refused content, for providers that have no type for it.</summary>
    public static bool SpeaksOfContent(string? text) => Contains(text, "content policy", "content_policy", "moderation", "safety", "nsfw", "flagged", "prohibited");

    /// <summary>Reads an error answer: its words in whatever shape, and their cause.</summary>
    /// <param name="provider">Who answered.</param>
    /// <param name="answer">The answer.</param>
    /// <param name="kind">What was asked.</param>
    /// <param name="classify">The cause that the words stand for; null for that of the status.</param>
    /// <param name="refine">What the provider knows better; null for nothing.</param>
    public static NBException Read(
        ProviderCapabilities provider, ApiAnswer answer, CallKind kind, Func<ErrorWords, NBErrorId?> classify, Func<ErrorWords, NBErrorId, ErrorDetail, ErrorDetail>? refine = null)
    {
        ErrorWords words = ErrorWords.Read(answer.Body);
        NBErrorId id = (words.IsPage ? null : classify(words)) ?? ByStatus(answer.StatusCode, kind);
        var detail = new ErrorDetail
        {
            StatusCode = answer.StatusCode,
            Type = words.Type,
            RequestId = words.RequestId ?? answer.Header("x-request-id"),
            RetryAfter = answer.RetryAfter,
            NextStep = words.IsPage ? $"Check the network and the proxy, and {provider.BaseUriVariable} if it is set."
                : id == NBErrorId.InvalidRequest && IsOfAsking(kind, words) ? string.Empty : null,
        };
        if (!words.IsPage && refine is not null) detail = refine(words, id, detail);
        return Make(provider, id, Describe(words, answer) + detail.Addition, detail);
    }

    /// <summary>What an answer says, or as much of it as helps.</summary>
    public static string Describe(ErrorWords words, ApiAnswer answer)
    {
        if (words.IsPage) return $"a proxy or gateway answered {answer.StatusCode}{(words.Text is null ? string.Empty : $": '{words.Text}'")}";
        return words.Text ?? words.Type ?? (ErrorWords.Quote(answer.Body) is { } quote ? $"status {answer.StatusCode}: {quote}" : $"status {answer.StatusCode}");
    }

    /// <summary>A job that ended well, and an answer that holds no image and does not say why: it may come before the result does.</summary>
    public static NBException Unexplained(ProviderCapabilities provider, ApiAnswer answer, ErrorDetail detail)
    {
        string quote = ErrorWords.Quote(answer.Body) is { } text ? $": {text}" : string.Empty;
        NBException error = Make(provider, NBErrorId.NoImageReturned, $"the job ended without an image and no reason was given (status {answer.StatusCode}{quote})", detail with { NextStep = "It may have been billed." });
        return new NBException(error.ErrorId, error.Message) { Provider = error.Provider, RequestId = error.RequestId };
    }

    /// <summary>Whether an error says no more than that the result is not there, so that it may still come.</summary>
    public static bool IsUnexplained(NBException error) =>
        error is { ErrorId: NBErrorId.NoImageReturned, ProviderMessage: null } || Contains(error.ProviderMessage, "still in progress");

    /// <summary>Puts an error together: the provider's words, the next step, its type and request id.</summary>
    public static NBException Make(ProviderCapabilities provider, NBErrorId id, string text, ErrorDetail detail)
    {
        var message = new StringBuilder(provider.DisplayName).Append(": ");
        message.Append(text.Length > LongestText ? string.Concat(text.AsSpan(0, LongestText), "...") : text);
        if (!text.EndsWith('.')) message.Append('.');
        if (detail.RetryAfter > TimeSpan.Zero) message.Append(string.Create(CultureInfo.InvariantCulture, $" It asks to wait {detail.RetryAfter.Value.TotalSeconds:0} s."));
        if ((detail.NextStep ?? NextStep(provider, id)) is { Length: > 0 } step) message.Append(' ').Append(step);
        if (detail.Type is not null) message.Append(" (").Append(detail.Type).Append(')');
        if (detail.RequestId is not null) message.Append(" [request ").Append(detail.RequestId).Append(']');
        return new NBException(id, message.ToString())
        {
            Provider = provider.Provider,
            StatusCode = detail.StatusCode,
            RequestId = detail.RequestId,
            ProviderErrorType = detail.Type,
            ProviderMessage = text,
            RetryAfter = detail.RetryAfter,
            Parameter = detail.Parameter,
        };
    }

    /// <summary>Whether a refusal is of asking for a job that was taken, which no other request mends; a result's type is the word on the job.</summary>
    private static bool IsOfAsking(CallKind kind, ErrorWords words) => kind == CallKind.Status || (kind == CallKind.Result && words.Type is null);

    private static bool Speaks(ErrorWords words, params ReadOnlySpan<string> parts) => Contains(words.Type, parts) || Contains(words.Text, parts);

    private static bool Contains(string? text, params ReadOnlySpan<string> parts)
    {
        if (text is null) return false;
        foreach (string part in parts)
        {
            if (text.Contains(part, StringComparison.OrdinalIgnoreCase)) return true;
        }

        return false;
    }

    private static string? NextStep(ProviderCapabilities provider, NBErrorId id) => id switch
    {
        NBErrorId.AuthenticationFailed => $"Check the key given with -ApiKey or in $env:{provider.KeyVariable}; make one at {provider.Dashboard}.",
        NBErrorId.InsufficientCredits => $"Top the account up at {provider.Dashboard}, then run the command again.",
        NBErrorId.AccessDenied => $"The key may not do this: see {provider.Dashboard}.",
        NBErrorId.ContentRejected => "Word the prompt differently.",
        NBErrorId.NoImageReturned => "It may have been billed. Word the prompt differently.",
        NBErrorId.JobNotFound => $"The job may be too old, or belong to another key; see {provider.Dashboard}.",
        NBErrorId.OutputExpired => "The picture is no longer kept there; only a new request brings a new one.",
        NBErrorId.RateLimited => "Lower -ThrottleLimit, or try again later.",
        NBErrorId.ProviderUnavailable => null, // What to do depends on whether a job was taken; whoever knows says it.
        NBErrorId.JobCancelled => "Order it again if it is still wanted.",
        _ => $"Correct the request and run it again. If it speaks of the model: known -Model values are {string.Join(", ", provider.Models)}.",
    };
}

/// <summary>What is known of an error besides its words.</summary>
internal readonly record struct ErrorDetail
{
    public int? StatusCode { get; init; }

    public string? Type { get; init; }

    public string? RequestId { get; init; }

    public TimeSpan? RetryAfter { get; init; }

    public string? Parameter { get; init; }

    /// <summary>What to do; empty for nothing, null for what the cause stands for.</summary>
    public string? NextStep { get; init; }

    /// <summary>What stands beside the words, to be added to them.</summary>
    public string? Addition { get; init; }
}
