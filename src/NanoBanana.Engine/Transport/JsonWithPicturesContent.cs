using System.Buffers;
using System.Buffers.Text;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using NanoBanana.Engine.Providers;

namespace NanoBanana.Engine.Transport;

/// <summary>
/// A JSON body in which files stand as data URIs. The files are read and encoded while they are sent: none is ever held
/// whole, not to speak of twice.
/// </summary>
internal sealed class JsonWithPicturesContent : HttpContent
{
    private const int BlockLength = 48 * 1024; // A multiple of 3, so that base64 needs no padding between blocks.

    private readonly List<Piece> pieces = [];

    /// <summary>Takes the JSON apart where files belong.</summary>
    /// <param name="json">JSON in which <see cref="Mark"/>(i) stands for the i-th file.</param>
    /// <param name="files">The files.</param>
    public JsonWithPicturesContent(ReadOnlySpan<byte> json, IReadOnlyList<LocalPicture> files)
    {
        Headers.ContentType = new MediaTypeHeaderValue("application/json");
        for (int i = 0; i < files.Count; i++)
        {
            byte[] mark = Encoding.ASCII.GetBytes(Mark(i));
            int at = json.IndexOf(mark);
            if (at < 0) throw new InvalidOperationException("A file has no place in the body.");
            pieces.Add(new Piece([.. json[..at], .. Encoding.ASCII.GetBytes($"data:{files[i].MediaType};base64,")], files[i]));
            json = json[(at + mark.Length)..];
        }

        pieces.Add(new Piece(json.ToArray(), File: null));
    }

    /// <summary>What stands in the JSON for the i-th file; no text that a user writes can be the same.</summary>
    /// <param name="index">The file's number.</param>
    public static string Mark(int index) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"nb-file-6c1f0e9b7d:{index}:");

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        foreach (Piece piece in pieces)
        {
            await stream.WriteAsync(piece.Text, cancellationToken).ConfigureAwait(false);
            if (piece.File is { } file) await WriteFileAsync(file, stream, cancellationToken).ConfigureAwait(false);
        }
    }

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        foreach (Piece piece in pieces)
        {
            length += piece.Text.Length;
            if (piece.File is { } file) length += (new FileInfo(file.Path).Length + 2) / 3 * 4;
        }

        return true;
    }

    private static async Task WriteFileAsync(LocalPicture file, Stream target, CancellationToken cancellationToken)
    {
        byte[] block = ArrayPool<byte>.Shared.Rent(BlockLength);
        byte[] text = ArrayPool<byte>.Shared.Rent(Base64.GetMaxEncodedToUtf8Length(BlockLength));
        try
        {
            FileStream source = FileContents.OpenStream(file.Path);
            await using (source.ConfigureAwait(false))
            {
                int read;
                do
                {
                    read = await source.ReadAtLeastAsync(block.AsMemory(0, BlockLength), BlockLength, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
                    Base64.EncodeToUtf8(block.AsSpan(0, read), text, out _, out int written);
                    await target.WriteAsync(text.AsMemory(0, written), cancellationToken).ConfigureAwait(false);
                }
                while (read == BlockLength);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(block);
            ArrayPool<byte>.Shared.Return(text);
        }
    }

    private sealed record Piece(byte[] Text, LocalPicture? File);
}
