using System.Net.Http.Headers;

namespace NanoBanana.Engine.Transport;

/// <summary>What surrounds a call: whose it is, with which key, how patient, and who is told.</summary>
internal sealed class CallScope
{
    /// <summary>The provider's name.</summary>
    public required string Provider { get; init; }

    /// <summary>The provider's hosts.</summary>
    public required ProviderEndpoint Endpoint { get; init; }

    /// <summary>The same, for a call that is not repeated.</summary>
    public CallScope Once() => new()
    {
        Provider = Provider,
        Endpoint = Endpoint,
        Authorize = Authorize,
        Normalise = Normalise,
        TotalTime = TotalTime,
        Deadline = Deadline,
        Log = Log,
        PicturePath = PicturePath,
    };

    /// <summary>The same, for an image that was completed just now: its address may not serve yet.</summary>
    /// <param name="until">Until when a 403 or 404 is not the last word.</param>
    public CallScope ForDownload(DateTimeOffset until) => new()
    {
        Provider = Provider,
        Endpoint = Endpoint,
        Authorize = Authorize,
        Normalise = Normalise,
        MaximumRetryCount = MaximumRetryCount,
        TotalTime = TotalTime,
        Deadline = Deadline,
        Log = Log,
        PicturePath = PicturePath,
        MissingUntil = until,
    };

    /// <summary>Puts the key on a request whose host has been checked.</summary>
    public required Action<HttpRequestHeaders> Authorize { get; init; }

    /// <summary>Gives an answer the status that it should have had.</summary>
    public Func<ApiAnswer, ApiAnswer> Normalise { get; init; } = static answer => answer;

    /// <summary>How often a call may be repeated after its first attempt.</summary>
    public int MaximumRetryCount { get; init; }

    /// <summary>The time for all attempts together.</summary>
    public TimeSpan TotalTime { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>When the time for the whole job is over; a pause that lasts longer is not waited for. Null for no such time.</summary>
    public DateTimeOffset? Deadline { get; init; }

    /// <summary>Until when an image's address that answers 403 or 404 is asked again.</summary>
    public DateTimeOffset MissingUntil { get; init; } = DateTimeOffset.MinValue;

    /// <summary>Is told of each attempt, for Verbose and Debug.</summary>
    public Func<LogLevel, string, ValueTask> Log { get; init; } = static (_, _) => ValueTask.CompletedTask;

    /// <summary>Cancelled when nothing new may be submitted. It cuts off no submit that is under way; see <see cref="AttemptGate"/>.</summary>
    public CancellationToken Stopping { get; init; }

    /// <summary>Names the file for the N-th picture inside an answer.</summary>
    public Func<int, string>? PicturePath { get; init; }
}

/// <summary>How loud a line is.</summary>
public enum LogLevel
{
    /// <summary>For the curious: every call.</summary>
    Debug,

    /// <summary>For those who follow along: states, retries, the provider's logs.</summary>
    Verbose,

    /// <summary>For everybody.</summary>
    Warning,
}
