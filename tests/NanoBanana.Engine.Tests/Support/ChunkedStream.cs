namespace NanoBanana.Engine.Tests.Support;

/// <summary>Gives bytes out in pieces, as a network does; fails at the end if told to.</summary>
internal sealed class ChunkedStream(byte[] bytes, Func<int> nextLength, Exception? failure = null) : Stream
{
    private int at;

    public ChunkedStream(byte[] bytes, int length)
        : this(bytes, () => length)
    {
    }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        int length = Math.Min(Math.Min(Math.Max(1, nextLength()), buffer.Length), bytes.Length - at);
        if (length == 0 && failure is not null && buffer.Length > 0) throw failure;
        bytes.AsSpan(at, length).CopyTo(buffer);
        at += length;
        return length;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => new(Read(buffer.Span));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
