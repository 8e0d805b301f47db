using System.Threading.Channels;

namespace NanoBanana.Sandbox;

/// <summary>
/// A bounded pipe between a body's producer and the client's stream in the same process: what a socket would be.
/// Disposing the reading end stops the producer, as closing a connection does.
/// </summary>
internal sealed class ChunkPipe
{
    private const int ChunksInFlight = 4;
    private readonly Channel<byte[]> _chunks = Channel.CreateBounded<byte[]>(
        new BoundedChannelOptions(ChunksInFlight) { SingleReader = true, SingleWriter = true });
    private readonly CancellationTokenSource _readerGone = new();

    /// <summary>Starts the producer and gives the client's end.</summary>
    public static Stream Start(ResponseBody body)
    {
        var pipe = new ChunkPipe();
        var reader = new ReadingEnd(pipe);
        _ = Task.Run(() => pipe.ProduceAsync(body));
        return reader;
    }

    private async Task ProduceAsync(ResponseBody body)
    {
        try
        {
            await body.WriteToAsync(new WritingEnd(this), _readerGone.Token).ConfigureAwait(false);
            _chunks.Writer.TryComplete();
        }
        catch (ConnectionDroppedException)
        {
            _chunks.Writer.TryComplete(new HttpIOException(HttpRequestError.ResponseEnded, "The response ended prematurely."));
        }
        catch (Exception error)
        {
            // Whatever ends the producer must reach the reader, or it would wait for ever.
            _chunks.Writer.TryComplete(error);
        }
    }

    private sealed class WritingEnd(ChunkPipe pipe) : OneWayStream
    {
        public override bool CanWrite => true;

        public override void Write(byte[] buffer, int offset, int count) =>
            throw new NotSupportedException("Bodies are written asynchronously.");

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
            buffer.IsEmpty ? ValueTask.CompletedTask : pipe._chunks.Writer.WriteAsync(buffer.ToArray(), cancellationToken);

        public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }

    private sealed class ReadingEnd(ChunkPipe pipe) : OneWayStream
    {
        private ReadOnlyMemory<byte> _rest;

        public override bool CanRead => true;

        public override int Read(byte[] buffer, int offset, int count) =>
            throw new NotSupportedException("Read this stream asynchronously.");

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (buffer.IsEmpty)
                return 0;
            while (_rest.IsEmpty)
            {
                if (!await pipe._chunks.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
                    return 0;
                if (pipe._chunks.Reader.TryRead(out var chunk))
                    _rest = chunk;
            }

            var count = Math.Min(buffer.Length, _rest.Length);
            _rest[..count].CopyTo(buffer);
            _rest = _rest[count..];
            return count;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                pipe._readerGone.Cancel();
            base.Dispose(disposing);
        }
    }
}
