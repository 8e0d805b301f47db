using System.Net;

namespace NanoBanana.Engine.Transport;

/// <summary>Remembers whether a byte of a request's body may have left: only then can a submit have been taken.</summary>
internal sealed class TrackedContent : HttpContent
{
    private readonly HttpContent inner;
    private readonly Func<CancellationToken, Task>? beforeBody;

    public TrackedContent(HttpContent inner, Func<CancellationToken, Task>? beforeBody = null)
    {
        (this.inner, this.beforeBody) = (inner, beforeBody);
        foreach (KeyValuePair<string, IEnumerable<string>> header in inner.Headers) Headers.TryAddWithoutValidation(header.Key, header.Value);
    }

    /// <summary>Whether the sending of the body has begun.</summary>
    public bool Started { get; private set; }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        if (beforeBody is not null) await beforeBody(cancellationToken).ConfigureAwait(false);
        Started = true;
        await inner.CopyToAsync(stream, context, cancellationToken).ConfigureAwait(false);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = inner.Headers.ContentLength ?? -1;
        return length >= 0;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) inner.Dispose();
        base.Dispose(disposing);
    }
}
