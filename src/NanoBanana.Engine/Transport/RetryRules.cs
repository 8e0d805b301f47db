using System.Net.Sockets;
using Polly.CircuitBreaker;
using Polly.Timeout;

namespace NanoBanana.Engine.Transport;

/// <summary>
/// What may be sent again. The rule of paying once: a submit is repeated only when it certainly was not taken.
/// </summary>
internal static class RetryRules
{
    /// <summary>Whether an attempt that ended so may be repeated.</summary>
    /// <param name="kind">The kind of call.</param>
    /// <param name="answer">The answer, if one came.</param>
    /// <param name="exception">The exception, if none came.</param>
    /// <param name="bodyStarted">Whether a byte of the request's body may have left.</param>
    public static bool MayRepeat(CallKind kind, ApiAnswer? answer, Exception? exception, bool bodyStarted) => kind switch
    {
        CallKind.Submit => exception is null ? WasNotTaken(answer) : WasNotSent(exception, bodyStarted),
        CallKind.SubmitIdempotent or CallKind.Status or CallKind.Result or CallKind.Upload or CallKind.Download =>
            exception is null ? IsTransient(answer) : IsTransient(exception),
        CallKind.Cancel => exception is not null && WasNotSent(exception, bodyStarted),
        _ => false,
    };

    /// <summary>Whether the failure is of the network or the server, and may pass.</summary>
    /// <param name="exception">The exception.</param>
    public static bool IsTransient(Exception exception) => RefusalIn(exception) is null && exception
        is HttpRequestException { HttpRequestError: not HttpRequestError.UserAuthenticationError }
        or IOException
        or SocketException
        or TimeoutRejectedException
        or BrokenCircuitException
        or BrokenAnswerException;

    /// <summary>
    /// What a cancellation is that nobody asked for: .NET's word for a connection that was not made in time. As it is, it
    /// would look like the user's stop.
    /// </summary>
    /// <param name="exception">The cancellation.</param>
    public static HttpRequestException NotConnected(OperationCanceledException exception) =>
        new(HttpRequestError.ConnectionError, "no connection in time", exception.InnerException ?? exception);

    /// <summary>The refusal of our own that HttpClient has wrapped, or the exception itself.</summary>
    /// <param name="exception">The exception.</param>
    public static Exception Unwrap(Exception exception) => RefusalIn(exception) ?? exception;

    /// <summary>How deep HttpClient wraps it depends on whether a proxy stands in between.</summary>
    private static NBException? RefusalIn(Exception exception)
    {
        for (Exception? next = exception; next is HttpRequestException; next = next.InnerException)
        {
            if (next.InnerException is NBException refusal) return refusal;
        }

        return null;
    }

    private static bool WasNotTaken(ApiAnswer? answer) => answer is { StatusCode: 429 } or { StatusCode: 503, RetryAfter: not null };

    private static bool IsTransient(ApiAnswer? answer) => answer is { StatusCode: 408 or 429 or >= 500 };

    private static bool WasNotSent(Exception exception, bool bodyStarted)
    {
        if (exception is BrokenCircuitException) return true;
        if (bodyStarted) return false;
        return exception is HttpRequestException
        {
            HttpRequestError: HttpRequestError.NameResolutionError or HttpRequestError.ConnectionError or HttpRequestError.SecureConnectionError,
        };
    }

    /// <summary>Reads Retry-After: seconds, or a date against the server's own clock where it gives one.</summary>
    /// <param name="response">The response.</param>
    /// <param name="now">Our clock, for when the server gives none.</param>
    public static TimeSpan? ReadRetryAfter(HttpResponseMessage response, DateTimeOffset now)
    {
        if (response.Headers.RetryAfter is not { } header) return null;
        TimeSpan? wait = header.Delta ?? (header.Date - (response.Headers.Date ?? now));
        return wait < TimeSpan.Zero ? TimeSpan.Zero : wait;
    }
}

/// <summary>An answer that is not what was announced: broken off, or of no use as JSON.</summary>
internal class BrokenAnswerException(string message, Exception? innerException = null) : Exception(message, innerException);

/// <summary>What came from an image's address is no image.</summary>
/// <param name="message">What it is.</param>
internal sealed class NoImageException(string message) : BrokenAnswerException(message);
