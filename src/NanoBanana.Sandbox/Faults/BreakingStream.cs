namespace NanoBanana.Sandbox.Faults;

/// <summary>Lets so many bytes through (or one piece, when no limit is known), then drops the connection.</summary>
internal sealed class BreakingStream(Stream destination, long? limit) : OneWayStream
{
    private long _left = limit ?? long.MaxValue;

    public override bool CanWrite => true;

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var take = (int)Math.Min(buffer.Length, _left);
        await destination.WriteAsync(buffer[..take], cancellationToken).ConfigureAwait(false);
        await destination.FlushAsync(cancellationToken).ConfigureAwait(false);
        _left -= take;
        if (take < buffer.Length || limit is null)
            throw new ConnectionDroppedException();
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => destination.FlushAsync(cancellationToken);
}
