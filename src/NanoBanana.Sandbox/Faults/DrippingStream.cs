namespace NanoBanana.Sandbox.Faults;

/// <summary>Passes a body on in small pieces, with a pause before each: a server that answers as slowly as it may.</summary>
/// <param name="destination">Where it goes.</param>
/// <param name="length">Bytes of the whole body; null passes each write on as one piece.</param>
/// <param name="pause">The wait before each piece.</param>
/// <param name="clock">The clock of the pauses.</param>
internal sealed class DrippingStream(Stream destination, long? length, TimeSpan pause, TimeProvider clock) : OneWayStream
{
    /// <summary>Pieces of a body whose length is known.</summary>
    public const int Pieces = 16;

    private readonly int _piece = length is { } bytes ? (int)Math.Max(1, (bytes + Pieces - 1) / Pieces) : int.MaxValue;

    public override bool CanWrite => true;

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        for (var at = 0; at < buffer.Length;)
        {
            var count = Math.Min(_piece, buffer.Length - at);
            await Task.Delay(pause, clock, cancellationToken).ConfigureAwait(false);
            await destination.WriteAsync(buffer.Slice(at, count), cancellationToken).ConfigureAwait(false);
            await destination.FlushAsync(cancellationToken).ConfigureAwait(false);
            at += count;
        }
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => destination.FlushAsync(cancellationToken);
}
