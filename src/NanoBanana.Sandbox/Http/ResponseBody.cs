namespace NanoBanana.Sandbox;

/// <summary>The body of an answer: bytes at hand, or a producer that writes while the client reads.</summary>
public abstract class ResponseBody
{
    public static ResponseBody Empty { get; } = new BytesBody(ReadOnlyMemory<byte>.Empty);

    /// <summary>The number of bytes, or null when it is not known before they are written.</summary>
    public abstract long? Length { get; }

    /// <summary>The bytes themselves when they are at hand, so that an adapter need not pump them.</summary>
    public virtual ReadOnlyMemory<byte>? Bytes => null;

    public static ResponseBody FromBytes(ReadOnlyMemory<byte> bytes) => new BytesBody(bytes);

    public static ResponseBody FromWriter(Func<Stream, CancellationToken, Task> writer, long? length = null) =>
        new WriterBody(writer, length);

    /// <summary>Writes the body. A <see cref="ConnectionDroppedException"/> means: drop the connection here.</summary>
    public abstract Task WriteToAsync(Stream destination, CancellationToken cancellationToken);

    private sealed class BytesBody(ReadOnlyMemory<byte> bytes) : ResponseBody
    {
        public override long? Length => bytes.Length;

        public override ReadOnlyMemory<byte>? Bytes => bytes;

        public override Task WriteToAsync(Stream destination, CancellationToken cancellationToken) =>
            destination.WriteAsync(bytes, cancellationToken).AsTask();
    }

    private sealed class WriterBody(Func<Stream, CancellationToken, Task> writer, long? length) : ResponseBody
    {
        public override long? Length => length;

        public override Task WriteToAsync(Stream destination, CancellationToken cancellationToken) =>
            writer(destination, cancellationToken);
    }
}

/// <summary>A fault that drops the connection in the middle of a body; the adapters turn it into what their transport does.</summary>
public sealed class ConnectionDroppedException : IOException
{
    public ConnectionDroppedException()
        : this("The simulated provider dropped the connection.")
    {
    }

    public ConnectionDroppedException(string message)
        : base(message)
    {
    }

    public ConnectionDroppedException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
