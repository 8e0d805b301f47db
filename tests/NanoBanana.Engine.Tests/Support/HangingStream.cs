namespace NanoBanana.Engine.Tests.Support;

/// <summary>Some bytes, and then silence until the reader gives up.</summary>
internal sealed class HangingStream(byte[] bytes) : Stream
{
    private int at;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Ends when the bytes are gone and more is asked for.</summary>
    public TaskCompletionSource Silent { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (at == bytes.Length)
        {
            Silent.TrySetResult();
            await Task.Delay(Timeout.Infinite, cancellationToken);
        }

        int length = Math.Min(buffer.Length, bytes.Length - at);
        bytes.AsMemory(at, length).CopyTo(buffer);
        at += length;
        return length;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <summary>The stream as an answer of server-sent events.</summary>
    public HttpResponseMessage AsEvents()
    {
        var response = new HttpResponseMessage { Content = new StreamContent(this) };
        response.Content.Headers.ContentType = new("text/event-stream");
        return response;
    }
}
