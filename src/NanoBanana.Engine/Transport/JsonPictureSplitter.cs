using System.Buffers;
using System.Buffers.Text;

namespace NanoBanana.Engine.Transport;

/// <summary>
/// Reads a JSON answer and writes each picture inside it (a string that starts with <c>data:</c> and holds base64)
/// straight to a file, so that no picture is ever held whole in memory. In the JSON that remains, <c>nb-picture:N</c>
/// stands in the place of the N-th picture.
/// </summary>
/// <param name="largestJson">The most bytes of JSON without pictures.</param>
/// <param name="largestPicture">The most bytes of one picture.</param>
/// <param name="create">Creates a file to be written; null for a new file on the disk.</param>
internal sealed class JsonPictureSplitter(int largestJson, long largestPicture, Func<string, Stream>? create = null)
{
    private const int BlockLength = 64 * 1024;
    private const int LongestPreamble = 256;

    /// <summary>No provider makes more pictures of one request; an answer of a million empty ones would fill the folder.</summary>
    private const int MostPictures = 256;

    private readonly ArrayBufferWriter<byte> json = new(4096);
    private readonly byte[] preamble = new byte[LongestPreamble];
    private readonly List<string> files = [];
    private int preambleLength;
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
            while ((read = await source.ReadAsync(block.AsMemory(0, BlockLength), cancellationToken).ConfigureAwait(false)) > 0)
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
            }
        }
    }

    private async ValueTask EndPictureAsync(CancellationToken cancellationToken)
    {
        await picture!.FinishAsync(cancellationToken).ConfigureAwait(false);
        picture = null;
        Write(System.Text.Encoding.ASCII.GetBytes(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"nb-picture:{files.Count - 1}\"")));
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
                    if (b == ',' && IsPicturePreamble())
                    {
                        state = State.Picture;
                        return i + 1;
                    }

                    // A string is a candidate only while it reads like "data:...": anything else is copied at once.
                    if (b is (byte)'"' or (byte)'\\' || preambleLength == LongestPreamble || !MayBecomePicture()) FlushPreamble();
                    break;
                default:
                    int plain = escaped ? 0 : text[i..].IndexOfAny((byte)'"', (byte)'\\');
                    if (plain < 0) plain = text.Length - i;
                    if (plain > 0)
                    {
                        Write(text.Slice(i, plain));
                        i += plain - 1;
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

    private bool MayBecomePicture()
    {
        ReadOnlySpan<byte> start = "data:"u8;
        int length = Math.Min(preambleLength, start.Length);
        return preamble.AsSpan(0, length).SequenceEqual(start[..length]);
    }

    private bool IsPicturePreamble() => preamble.AsSpan(0, preambleLength).StartsWith("data:"u8)
        && preamble.AsSpan(0, preambleLength).EndsWith(";base64,"u8);

    /// <summary>The string is no picture: what was held back is copied, and read again for its escapes and its end.</summary>
    private void FlushPreamble()
    {
        (int length, preambleLength, state) = (preambleLength, 0, State.String);
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

    /// <summary>Decodes base64 as it comes, in a JSON string with its escapes, into a file.</summary>
    private sealed class PictureWriter : IAsyncDisposable
    {
        private readonly Stream file;
        private readonly long largest;
        private readonly byte[] pending = ArrayPool<byte>.Shared.Rent(BlockLength);
        private int pendingLength;
        private int escapeLength = -1; // -1 outside an escape, else the number of its bytes seen.
        private int escapeValue;
        private long written;

        public PictureWriter(Stream file, long largest)
        {
            this.largest = largest;
            this.file = file;
        }

        public bool Ended { get; private set; }

        public async ValueTask<int> TakeAsync(ReadOnlyMemory<byte> text, CancellationToken cancellationToken)
        {
            int at = 0;
            while (at < text.Length && !Ended)
            {
                at += Collect(text.Span[at..]);
                if (pendingLength == BlockLength) await DecodeAsync(isLast: false, cancellationToken).ConfigureAwait(false);
            }

            return at;
        }

        public async ValueTask FinishAsync(CancellationToken cancellationToken)
        {
            await DecodeAsync(isLast: true, cancellationToken).ConfigureAwait(false);
            await DisposeAsync().ConfigureAwait(false);
        }

        public async ValueTask DisposeAsync()
        {
            await file.DisposeAsync().ConfigureAwait(false);
            ArrayPool<byte>.Shared.Return(pending);
        }

        private int Collect(ReadOnlySpan<byte> text)
        {
            int at = 0;
            while (at < text.Length && pendingLength < BlockLength)
            {
                if (escapeLength >= 0)
                {
                    TakeEscape(text[at++]);
                    continue;
                }

                int plain = text[at..].IndexOfAny((byte)'"', (byte)'\\');
                if (plain < 0) plain = text.Length - at;
                plain = Math.Min(plain, BlockLength - pendingLength);
                text.Slice(at, plain).CopyTo(pending.AsSpan(pendingLength));
                pendingLength += plain;
                at += plain;
                if (plain > 0) continue;

                if (text[at++] == '"')
                {
                    Ended = true;
                    break;
                }

                (escapeLength, escapeValue) = (0, 0);
            }

            return at;
        }

        /// <summary>Some writers escape the slash as \/ and the plus as \u002B, some break lines with \n.</summary>
        private void TakeEscape(byte b)
        {
            if (escapeLength == 0 && b == 'u')
            {
                escapeLength = 1;
                return;
            }

            if (escapeLength == 0)
            {
                if (b is (byte)'/') pending[pendingLength++] = b;
                else if (b is not ((byte)'n' or (byte)'r' or (byte)'t')) throw new BrokenAnswerException("A picture in the answer is no base64.");
                escapeLength = -1;
                return;
            }

            if (!char.IsAsciiHexDigit((char)b)) throw new BrokenAnswerException("A picture in the answer holds a broken escape.");
            escapeValue = (escapeValue << 4) | Convert.ToInt32(((char)b).ToString(), 16);
            if (++escapeLength < 5) return;
            if (escapeValue is not ('\n' or '\r' or '\t' or ' ')) pending[pendingLength++] = (byte)Math.Min(escapeValue, 0x7F);
            escapeLength = -1;
        }

        private async ValueTask DecodeAsync(bool isLast, CancellationToken cancellationToken)
        {
            int whole = isLast ? pendingLength : pendingLength / 4 * 4;
            OperationStatus status = Base64.DecodeFromUtf8InPlace(pending.AsSpan(0, whole), out int length);
            if (status != OperationStatus.Done) throw new BrokenAnswerException("A picture in the answer is no base64.");
            written += length;
            if (written > largest)
            {
                throw new NBException(NBErrorId.InvalidImageContent, $"A picture in the answer has more than {largest:N0} bytes; it was not kept.");
            }

            await file.WriteAsync(pending.AsMemory(0, length), cancellationToken).ConfigureAwait(false);
            pendingLength = 0;
        }
    }
}
