using System.Text;
using System.Text.Json;
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

    /// <summary>Whether a text speaks of refused content, for providers that have no type for it.</summary>
    public static bool SpeaksOfContent(string? text) => text is not null
        && (text.Contains("content policy", StringComparison.OrdinalIgnoreCase)
            || text.Contains("content_policy", StringComparison.OrdinalIgnoreCase)
            || text.Contains("moderation", StringComparison.OrdinalIgnoreCase)
            || text.Contains("safety", StringComparison.OrdinalIgnoreCase));

    /// <summary>Puts an error together: the provider's words, the next step, its type and request id.</summary>
    public static NBException Make(ProviderCapabilities provider, NBErrorId id, string text, ErrorDetail detail)
    {
        var message = new StringBuilder(provider.DisplayName).Append(": ");
        message.Append(text.Length > LongestText ? string.Concat(text.AsSpan(0, LongestText), "...") : text);
        if (!text.EndsWith('.')) message.Append('.');
        if ((detail.NextStep ?? NextStep(provider, id)) is { } step) message.Append(' ').Append(step);
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

    /// <summary>A text of an object, or null.</summary>
    public static string? Text(JsonElement root, string name) =>
        root.ValueKind == JsonValueKind.Object ? Safely(() => root.TryGetProperty(name, out JsonElement value) ? Text(value) : null) : null;

    /// <summary>A text, or null: also for one that is no Unicode, as half a surrogate pair.</summary>
    public static string? Text(JsonElement value) => value.ValueKind == JsonValueKind.String ? Safely(value.GetString) : null;

    /// <summary>Reads from a JSON element; what is no Unicode, in a name or a text, gives the default.</summary>
    public static T? Safely<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (InvalidOperationException)
        {
            return default;
        }
    }

    /// <summary>Reads an error body; what is no JSON object gives the default, and so does what cannot be read as text.</summary>
    public static T? Parse<T>(ReadOnlyMemory<byte> body, Func<JsonElement, T> read)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(body);
            return document.RootElement.ValueKind == JsonValueKind.Object ? read(document.RootElement) : default;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return default;
        }
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

    public string? NextStep { get; init; }
}
