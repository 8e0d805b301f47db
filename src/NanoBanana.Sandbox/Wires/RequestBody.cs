using System.Text.Json;

namespace NanoBanana.Sandbox.Wires;

/// <summary>Reads what a client sends, to its end and within a bound.</summary>
internal static class RequestBody
{
    /// <summary>Bytes of one request; a real gateway has some such limit too.</summary>
    public const int Most = 128 << 20;

    /// <summary>The body's bytes, or null when there are more than <see cref="Most"/>.</summary>
    public static async ValueTask<byte[]?> ReadAsync(Stream body, CancellationToken cancellationToken) =>
        (await ReadAsync(body, Most, cancellationToken).ConfigureAwait(false))?.ToArray();

    /// <summary>The body's bytes, or null when there are more than <paramref name="most"/>; they are not copied once read.</summary>
    public static async ValueTask<ReadOnlyMemory<byte>?> ReadAsync(Stream body, int most, CancellationToken cancellationToken)
    {
        var buffer = new MemoryStream();
        var chunk = System.Buffers.ArrayPool<byte>.Shared.Rent(64 << 10);
        try
        {
            while (true)
            {
                var read = await body.ReadAsync(chunk, cancellationToken).ConfigureAwait(false);
                if (read == 0)
                    return buffer.GetBuffer().AsMemory(0, (int)buffer.Length);
                if (buffer.Length + read > most)
                    return null;
                buffer.Write(chunk, 0, read);
            }
        }
        finally
        {
            System.Buffers.ArrayPool<byte>.Shared.Return(chunk);
        }
    }

    /// <summary>The body as JSON, or null with the reason when it is none.</summary>
    public static async ValueTask<(JsonDocument? Json, string? Problem)> ReadJsonAsync(Stream body, CancellationToken cancellationToken)
    {
        var bytes = await ReadAsync(body, cancellationToken).ConfigureAwait(false);
        if (bytes is null)
            return (null, "Request body too large");
        try
        {
            return (JsonDocument.Parse(bytes), null);
        }
        catch (JsonException error)
        {
            return (null, error.Message);
        }
    }
}
