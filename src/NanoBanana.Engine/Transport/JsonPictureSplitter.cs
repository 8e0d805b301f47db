using System.Buffers;
using System.Buffers.Text;

namespace NanoBanana.Engine.Transport;

/// <summary>
/// Reads a JSON answer and writes each image inside it (a string of base64, as a <c>data:</c> address or by itself) straight to a
/// file, so that no image is ever held whole in memory. In the JSON that remains, <c>nb-picture:N</c> stands in the place of the
/// N-th image, and <c>nb-picture:broken</c> in that of one that cannot be read.
/// </summary>
/// <param name="largestJson">The most bytes of JSON without pictures.</param>
/// <param name="largestPicture">The most bytes of one picture.</param>
/// <param name="create">Creates a file to be written; null for a new file on the disk.</param>
internal sealed class JsonPictureSplitter(int largestJson, long largestPicture, Func<string, Stream>? create = null)
{
    /// <summary>What stands in the place of an image, before its number.</summary>
    public const string Mark = "nb-picture:";

    private const int BlockLength = 64 * 1024;
    private const int LongestPreamble = 512;

    /// <summary>No provider makes more pictures of one request; an answer of a million empty ones would fill the folder.</summary>
    private const int MostPictures = 256;

    private readonly ArrayBufferWriter<byte> json = new(4096);
    private readonly byte[] preamble = new byte[LongestPreamble];
    private readonly byte[] plain = new byte[LongestPreamble];
    private readonly List<string> files = [];
    private int preambleLength;
    private int plainLength;
    private State state;
    private bool escaped;
    private PictureWriter? picture;

    private enum State
    {
        Outside,
        StringStart,
        String,
        Picture,
    }

    /// <summary>Splits a stream.</summary>
    /// <param name="source">The answer's body.</param>
    /// <param name="pathFor">Names the file of the N-th picture; it must not exist.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>The JSON that remains, and the files.</returns>
    /// <exception cref="BrokenAnswerException">The stream breaks off inside a picture, or holds no base64 there.</exception>
    /// <exception cref="NBException">InvalidImageContent: larger than allowed.</exception>
    public async Task<(ReadOnlyMemory<byte> Json, IReadOnlyList<string> Files)> SplitAsync(
        Stream source, Func<int, string> pathFor, CancellationToken cancellationToken)
    {
        byte[] block = ArrayPool<byte>.Shared.Rent(BlockLength);
        try
        {
            int read;
            while ((read = await ReadAsync(source, block.AsMemory(0, BlockLength), cancellationToken).ConfigureAwait(false)) > 0)
            {
                await TakeAsync(block.AsMemory(0, read), pathFor, cancellationToken).ConfigureAwait(false);
            }

            if (state == State.StringStart) FlushPreamble();
            if (picture is not null) throw new BrokenAnswerException("The answer broke off inside a picture.");
            return (json.WrittenMemory, files);
        }
        catch
        {
            if (picture is not null) await picture.DisposeAsync().ConfigureAwait(false);
            foreach (string file in files) File.Delete(file);
            throw;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(block);
        }
    }

    private static FileStream CreateFile(string path) =>
        new(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0, useAsync: true);

    /// <summary>An answer that lacks nothing but its end is whole.</summary>
    private async ValueTask<int> ReadAsync(Stream source, Memory<byte> block, CancellationToken cancellationToken)
    {
        try
        {
            return await source.ReadAsync(block, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or HttpRequestException && state == State.Outside && AnswerReader.IsWhole(json.WrittenSpan))
        {
            return 0;
        }
    }

    private async ValueTask TakeAsync(ReadOnlyMemory<byte> block, Func<int, string> pathFor, CancellationToken cancellationToken)
    {
        int at = 0;
        while (at < block.Length)
        {
            if (picture is not null)
            {
                at += await picture.TakeAsync(block[at..], cancellationToken).ConfigureAwait(false);
                if (picture.Ended) await EndPictureAsync(cancellationToken).ConfigureAwait(false);
                continue;
            }

            at += TakeText(block.Span[at..]);
            if (state == State.Picture)
            {
                if (files.Count == MostPictures) throw new BrokenAnswerException($"The answer holds more than {MostPictures} pictures.");
                string path = pathFor(files.Count);
                files.Add(path);
                picture = new PictureWriter((create ?? CreateFile)(path), largestPicture);
                if (plainLength > 0) await picture.TakeAsync(plain.AsMemory(0, plainLength), cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async ValueTask EndPictureAsync(CancellationToken cancellationToken)
    {
        bool isGood = await picture!.FinishAsync(cancellationToken).ConfigureAwait(false);
        picture = null;
        if (!isGood) File.Delete(files[^1]);
        Write(System.Text.Encoding.ASCII.GetBytes(isGood ? string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{Mark}{files.Count - 1}\"") : $"{Mark}broken\""));
        state = State.Outside;
    }

    /// <summary>Copies text up to the first base64 byte of a picture; says how many bytes were taken.</summary>
    private int TakeText(ReadOnlySpan<byte> text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            byte b = text[i];
            switch (state)
            {
                case State.Outside:
                    Write([b]);
                    if (b == '"') (state, preambleLength) = (State.StringStart, 0);
                    break;
                case State.StringStart:
                    preamble[preambleLength++] = b;
                    bool? isPicture = b == '"' ? false : IsPicture();
                    if (isPicture == true)
                    {
                        state = State.Picture;
                        return i + 1;
                    }

                    // A string is a candidate only while it may still be an image: anything else is copied at once.
                    if (isPicture == false || preambleLength == LongestPreamble) FlushPreamble();
                    break;
                default:
                    int run = escaped ? 0 : text[i..].IndexOfAny((byte)'"', (byte)'\\');
                    if (run < 0) run = text.Length - i;
                    if (run > 0)
                    {
                        Write(text.Slice(i, run));
                        i += run - 1;
                        break;
                    }

                    Write([b]);
                    if (escaped) escaped = false;
                    else if (b == '\\') escaped = true;
                    else state = State.Outside;
                    break;
            }
        }

        return text.Length;
    }

    /// <summary>
    /// Whether a string is an image by what is held of it: a data: address up to its comma, or the first characters of base64 that
    /// only a PNG, JPEG or WebP begins with, which are then left to be decoded. Null while that cannot be said yet.
    /// </summary>
    private bool? IsPicture()
    {
        if (!TryUnescape()) return null;
        ReadOnlySpan<byte> text = plain.AsSpan(0, plainLength).TrimStart(" \t\r\n"u8);
        if (text.Length >= 5 && System.Text.Ascii.EqualsIgnoreCase(text[..5], "data:"u8))
        {
            if (text[^1] != ',') return null;
            bool isBase64 = text.Length >= 7 && System.Text.Ascii.EqualsIgnoreCase(text[^7..^1], "base64"u8);
            plainLength = 0;
            return isBase64;
        }

        if (System.Text.Ascii.EqualsIgnoreCase(text, "data:"u8[..Math.Min(5, text.Length)])) return null;
        bool mayBe = false;
        foreach (string start in Starts)
        {
            int length = Math.Min(start.Length, text.Length);
            if (!System.Text.Ascii.Equals(text[..length], start.AsSpan(0, length))) continue;
            if (text.Length >= start.Length) return true;
            mayBe = true;
        }

        return mayBe ? null : false;
    }

    /// <summary>How base64 of a PNG, of a JPEG and of a WebP begins, so far that no word or path does.</summary>
    private static readonly string[] Starts = ["iVBORw0KGgo", "/9j/", "_9j_", "UklGR"];

    /// <summary>Takes the JSON escapes off what is held; false while one of them lacks its end.</summary>
    private bool TryUnescape()
    {
        plainLength = 0;
        for (int i = 0; i < preambleLength; i++)
        {
            byte b = preamble[i];
            if (b != '\\')
            {
                plain[plainLength++] = b;
                continue;
            }

            int length = i + 1 < preambleLength && preamble[i + 1] == 'u' ? 6 : 2;
            if (i + length > preambleLength) return false;
            if (length == 2) plain[plainLength++] = preamble[i + 1] switch { (byte)'n' => (byte)'\n', (byte)'r' => (byte)'\r', (byte)'t' => (byte)'\t', var other => other };
            else plain[plainLength++] = Utf8Parser.TryParse(preamble.AsSpan(i + 2, 4), out ushort value, out int used, 'x') && used == 4 && value < 0x80 ? (byte)value : (byte)'?';
            i += length - 1;
        }

        return true;
    }

    /// <summary>The string is no picture: what was held back is copied, and read again for its escapes and its end.</summary>
    private void FlushPreamble()
    {
        (int length, preambleLength, plainLength, state) = (preambleLength, 0, 0, State.String);
        byte[] held = preamble.AsSpan(0, length).ToArray();
        TakeText(held);
    }

    private void Write(ReadOnlySpan<byte> bytes)
    {
        if (json.WrittenCount + bytes.Length > largestJson)
        {
            throw new BrokenAnswerException($"The answer is longer than {largestJson:N0} bytes without its pictures.");
        }

        json.Write(bytes);
    }
}
