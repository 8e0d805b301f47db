namespace NanoBanana.Sandbox;

/// <summary>What becomes of the connection a request came on.</summary>
public enum ConnectionFate
{
    /// <summary>An answer goes out.</summary>
    Answered,

    /// <summary>The connection is never made: nothing of the request was read.</summary>
    Refused,

    /// <summary>The request was taken and carried out, and the connection drops before the first byte of an answer.</summary>
    Lost,
}

/// <summary>One HTTP answer of a simulated provider.</summary>
public sealed class SandboxResponse
{
    internal static SandboxResponse Refused { get; } = new(0, ResponseBody.Empty) { Fate = ConnectionFate.Refused };

    internal static SandboxResponse Lost { get; } = new(0, ResponseBody.Empty) { Fate = ConnectionFate.Lost };

    public SandboxResponse(int status, ResponseBody body, string? contentType = null)
    {
        Status = status;
        Body = body;
        if (contentType is not null)
            Headers.Add(new("Content-Type", contentType));
    }

    public int Status { get; }

    /// <summary>Headers in the order they are sent. Content-Length is not among them: see <see cref="ContentLength"/>.</summary>
    public IList<KeyValuePair<string, string>> Headers { get; } = [];

    public ResponseBody Body { get; }

    /// <summary>The length announced to the client, in bytes; null sends the body in chunks. A fault can make it a lie.</summary>
    public long? ContentLength
    {
        get => _contentLength ?? Body.Length;
        init => _contentLength = value;
    }

    public ConnectionFate Fate { get; private init; }

    private readonly long? _contentLength;

    internal SandboxResponse With(string header, string value)
    {
        Headers.Add(new(header, value));
        return this;
    }

    /// <summary>The same headers and body under another status.</summary>
    internal SandboxResponse WithStatus(int status) => Copy(status, Body, _contentLength);

    /// <summary>The same status and headers around another body.</summary>
    internal SandboxResponse WithBody(ResponseBody body, long? announcedLength = null) => Copy(Status, body, announcedLength);

    private SandboxResponse Copy(int status, ResponseBody body, long? announcedLength)
    {
        var copy = new SandboxResponse(status, body) { ContentLength = announcedLength };
        foreach (var header in Headers)
            copy.Headers.Add(header);
        return copy;
    }
}
