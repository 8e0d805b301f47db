using System.IO.Compression;
using System.Text;

namespace NanoBanana.Engine.Transport;

/// <summary>
/// Undoes what servers do to a body on its way: compression, also where it is not announced or announced falsely, and encodings
/// of text other than UTF-8. The first bytes decide, not the headers.
/// </summary>
internal static class AnswerEncoding
{
    private const int MaxLayers = 3;

    /// <summary>Opens a body, unpacked.</summary>
    /// <param name="content">The body.</param>
    /// <param name="cancellationToken">Ends the reading of its first bytes.</param>
    /// <returns>The bytes, and whether they had been packed.</returns>
    public static async Task<(Stream Body, bool WasPacked)> OpenAsync(HttpContent content, CancellationToken cancellationToken)
    {
        Stream body = await content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        var announced = new Stack<string>(content.Headers.ContentEncoding.SelectMany(static value => value.Split(',')).Select(static value => value.Trim().ToLowerInvariant()));
        bool wasPacked = false;
        for (int layer = 0; layer < MaxLayers; layer++)
        {
            PeekedStream peeked = await PeekedStream.OpenAsync(body, cancellationToken).ConfigureAwait(false);
            string? coding = announced.Count > 0 ? announced.Pop() : null;
            body = peeked;
            if (Unpack(peeked, coding) is not { } unpacked)
            {
                if (coding is null) break;
                continue;
            }

            (body, wasPacked) = (unpacked, true);
        }

        return (body, wasPacked);
    }

    /// <summary>Opens a body of text as UTF-8, unpacked.</summary>
    /// <param name="content">The body.</param>
    /// <param name="cancellationToken">Ends the reading of its first bytes.</param>
    /// <returns>The text, and whether its length is another one than that on the wire.</returns>
    public static async Task<(Stream Body, bool WasChanged)> OpenTextAsync(HttpContent content, CancellationToken cancellationToken)
    {
        (Stream body, bool wasPacked) = await OpenAsync(content, cancellationToken).ConfigureAwait(false);
        PeekedStream peeked = body as PeekedStream ?? await PeekedStream.OpenAsync(body, cancellationToken).ConfigureAwait(false);
        Encoding? encoding = EncodingOf(peeked.First.Span) ?? Named(content.Headers.ContentType?.CharSet);
        return encoding is null or UTF8Encoding ? (peeked, wasPacked) : (Encoding.CreateTranscodingStream(peeked, encoding, Encoding.UTF8), true);
    }

    private static Stream? Unpack(PeekedStream body, string? coding)
    {
        ReadOnlySpan<byte> first = body.First.Span;
        if (first.StartsWith((ReadOnlySpan<byte>)[0x1F, 0x8B])) return new GZipStream(body, CompressionMode.Decompress);
        if (first.Length < 2 || IsPlain(first)) return null;
        bool isZlib = (first[0] & 0x0F) == 8 && ((first[0] << 8) | first[1]) % 31 == 0;
        return coding switch
        {
            "deflate" when isZlib => new ZLibStream(body, CompressionMode.Decompress),
            "deflate" => new DeflateStream(body, CompressionMode.Decompress),
            "br" => new BrotliStream(body, CompressionMode.Decompress),
            _ => null,
        };
    }

    /// <summary>JSON, a page, or an image: announced as packed, and sent as it is.</summary>
    private static bool IsPlain(ReadOnlySpan<byte> first) => first[0] is (byte)'{' or (byte)'<'
        || first.StartsWith("[{"u8) || first.StartsWith("\uFEFF"u8) || first.StartsWith("RIFF"u8)
        || first.StartsWith((ReadOnlySpan<byte>)[0x89, 0x50, 0x4E, 0x47]) || first.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF]);

    private static Encoding? EncodingOf(ReadOnlySpan<byte> first) => first switch
    {
        [0xFF, 0xFE, 0, 0] => Encoding.UTF32,
        [0, 0, 0xFE, 0xFF] or [0, 0, 0, not 0] => new UTF32Encoding(bigEndian: true, byteOrderMark: false),
        [not 0, 0, 0, 0] => Encoding.UTF32,
        [0xFF, 0xFE, ..] or [not 0, 0, ..] => Encoding.Unicode,
        [0xFE, 0xFF, ..] or [0, not 0, ..] => Encoding.BigEndianUnicode,
        [0xEF, 0xBB, 0xBF, ..] => Encoding.UTF8,
        _ => null,
    };

    /// <summary>UTF-16 and UTF-32 would have been seen; every other encoding that .NET brings has the letters of JSON in the same place.</summary>
    private static Encoding? Named(string? name) =>
        name?.Trim('"', ' ').ToLowerInvariant() is "iso-8859-1" or "latin1" or "windows-1252" or "cp1252" ? Encoding.Latin1 : null;
}

/// <summary>A stream whose first bytes have been looked at.</summary>
internal sealed class PeekedStream : Stream
{
    private const int PeekLength = 4;
    private readonly Stream inner;
    private ReadOnlyMemory<byte> held;

    private PeekedStream(Stream inner, ReadOnlyMemory<byte> first)
    {
        this.inner = inner;
        (First, held) = (first, first);
    }

    /// <summary>The first bytes, four or as many as there are.</summary>
    public ReadOnlyMemory<byte> First { get; }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Looks at the first bytes of a stream.</summary>
    public static async Task<PeekedStream> OpenAsync(Stream inner, CancellationToken cancellationToken)
    {
        byte[] first = new byte[PeekLength];
        int length = await inner.ReadAtLeastAsync(first, first.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
        return new PeekedStream(inner, first.AsMemory(0, length));
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (held.IsEmpty) return await inner.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        return TakeHeld(buffer.Span);
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(Span<byte> buffer) => held.IsEmpty ? inner.Read(buffer) : TakeHeld(buffer);

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Flush() => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing) inner.Dispose();
        base.Dispose(disposing);
    }

    private int TakeHeld(Span<byte> buffer)
    {
        int length = Math.Min(buffer.Length, held.Length);
        held.Span[..length].CopyTo(buffer);
        held = held[length..];
        return length;
    }
}
