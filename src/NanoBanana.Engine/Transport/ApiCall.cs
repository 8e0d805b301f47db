namespace NanoBanana.Engine.Transport;

/// <summary>What kind of call it is: this, and not the exception, decides what may be retried.</summary>
public enum CallKind
{
    /// <summary>Makes a paid job; no idempotency key.</summary>
    Submit,

    /// <summary>Makes a paid job under an idempotency key that the provider documents.</summary>
    SubmitIdempotent,

    /// <summary>Asks how a job stands.</summary>
    Status,

    /// <summary>Listens how a job goes on.</summary>
    Stream,

    /// <summary>Fetches a job's result.</summary>
    Result,

    /// <summary>Cancels a job.</summary>
    Cancel,

    /// <summary>Sends a reference; free, and safe to repeat.</summary>
    Upload,

    /// <summary>Fetches a picture.</summary>
    Download,
}

/// <summary>A call as a provider describes it; the transport sends it. Contents are made anew for each attempt.</summary>
/// <param name="Kind">What kind it is.</param>
/// <param name="Method">The HTTP method.</param>
/// <param name="Uri">The address, at the provider's own hosts unless the call goes without the key.</param>
public sealed record ApiCall(CallKind Kind, HttpMethod Method, Uri Uri)
{
    /// <summary>Headers besides the key.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];

    /// <summary>Makes the body; null for none.</summary>
    public Func<HttpContent>? Content { get; init; }

    /// <summary>The body as text, where it may be sent again later under its idempotency key; null otherwise.</summary>
    public string? RepeatableBody { get; init; }

    /// <summary>Awaited just before the first byte of the body leaves, in each attempt; where it throws, nothing has left.</summary>
    public Func<CancellationToken, Task>? BeforeBody { get; init; }

    /// <summary>Whether the key goes along. Then the host must be one of the provider's own.</summary>
    public bool Keyed { get; init; } = true;

    /// <summary>A call to the provider's own host that is answered without a key, so that none is put on it.</summary>
    public bool Anonymous { get; init; }

    /// <summary>The time for one attempt.</summary>
    public TimeSpan AttemptTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Whether the answer may hold pictures inside, to be written to disk as they arrive.</summary>
    public bool MayHoldPictures { get; init; }

    /// <summary>Whether the picture is being made while we wait for the answer (a synchronous endpoint).</summary>
    public bool IsSynchronous { get; init; }
}

/// <summary>An answer, read to its end.</summary>
public sealed record ApiAnswer
{
    /// <summary>A body that came without an HTTP answer around it.</summary>
    public static ApiAnswer Of(ReadOnlyMemory<byte> body) => new() { StatusCode = 200, Body = body, Headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase) };

    /// <summary>The HTTP status.</summary>
    public required int StatusCode { get; init; }

    /// <summary>The address that was called; null for a body that came without a call.</summary>
    public Uri? Uri { get; init; }

    /// <summary>The body, at most <see cref="AnswerReader.LargestBody"/> bytes; pictures inside are replaced, see <see cref="Pictures"/>.</summary>
    public required ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>The headers, by name in any case.</summary>
    public required IReadOnlyDictionary<string, string> Headers { get; init; }

    /// <summary>The media type, for example <c>application/json</c>.</summary>
    public string? ContentType { get; init; }

    /// <summary>The files that pictures inside the answer were written to; the body names them <c>nb-picture:N</c>.</summary>
    public IReadOnlyList<string> Pictures { get; init; } = [];

    /// <summary>How long the server asks to wait, from its Retry-After header (seconds or a date).</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Whether the status is 2xx.</summary>
    public bool IsSuccess => StatusCode is >= 200 and < 300;

    /// <summary>A header's value.</summary>
    /// <param name="name">The header's name.</param>
    /// <returns>The value, or null.</returns>
    public string? Header(string name) => Headers.TryGetValue(name, out string? value) ? value : null;
}
