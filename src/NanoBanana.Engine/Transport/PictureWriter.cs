using System.Buffers;
using System.Buffers.Text;

namespace NanoBanana.Engine.Transport;

/// <summary>
/// Decodes base64 as it comes, in a JSON string with its escapes, into a file: also the spelling for addresses, percent signs,
/// without padding, in lines, and in parts that each have their padding. What is no base64 is read to the string's end, and not kept.
/// </summary>
internal sealed class PictureWriter(Stream file, long largest) : IAsyncDisposable
{
    private const int BlockLength = 64 * 1024;
    private static readonly SearchValues<byte> Letters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"u8);

    private readonly byte[] pending = ArrayPool<byte>.Shared.Rent(BlockLength);
    private int pendingLength;
    private int escapeLength = -1; // -1 outside an escape, else the number of its characters seen.
    private int escapeValue;
    private int percentLength = -1; // The same for %2B.
    private int percentValue;
    private bool isBroken;
    private bool isPartEnd;
    private long written;

    /// <summary>Whether the string has ended.</summary>
    public bool Ended { get; private set; }

    /// <summary>Takes text of the string; says how many bytes were taken.</summary>
    /// <exception cref="NBException">InvalidImageContent: larger than allowed.</exception>
    public async ValueTask<int> TakeAsync(ReadOnlyMemory<byte> text, CancellationToken cancellationToken)
    {
        int at = 0;
        while (at < text.Length && !Ended)
        {
            at += Collect(text.Span[at..]);
            if (pendingLength == BlockLength || isPartEnd) await DecodeAsync(cancellationToken).ConfigureAwait(false);
        }

        return at;
    }

    /// <summary>Writes what is left, and closes the file.</summary>
    /// <returns>Whether all of it was base64.</returns>
    public async ValueTask<bool> FinishAsync(CancellationToken cancellationToken)
    {
        isPartEnd = true;
        await DecodeAsync(cancellationToken).ConfigureAwait(false);
        await DisposeAsync().ConfigureAwait(false);
        return !isBroken && percentLength < 0;
    }

    public async ValueTask DisposeAsync()
    {
        await file.DisposeAsync().ConfigureAwait(false);
        ArrayPool<byte>.Shared.Return(pending);
    }

    private int Collect(ReadOnlySpan<byte> text)
    {
        int at = 0;
        while (at < text.Length && pendingLength < BlockLength && !isPartEnd && !Ended)
        {
            if (escapeLength >= 0)
            {
                TakeEscape(text[at++]);
                continue;
            }

            int run = percentLength >= 0 ? 0 : text[at..].IndexOfAnyExcept(Letters);
            if (run < 0) run = text.Length - at;
            run = Math.Min(run, BlockLength - pendingLength);
            text.Slice(at, run).CopyTo(pending.AsSpan(pendingLength));
            pendingLength += run;
            at += run;
            if (run > 0) continue;

            byte b = text[at++];
            if (b == '"') Ended = true;
            else if (b == '\\') (escapeLength, escapeValue) = (0, 0);
            else TakeCharacter(b);
        }

        return at;
    }

    private void TakeEscape(byte b)
    {
        if (escapeLength == 0)
        {
            escapeLength = b == 'u' ? 1 : -1;
            if (b != 'u') TakeCharacter(b switch { (byte)'n' or (byte)'r' or (byte)'t' => (byte)' ', _ => b });
            return;
        }

        if (!char.IsAsciiHexDigit((char)b))
        {
            (isBroken, escapeLength) = (true, -1);
            if (b == '"') Ended = true;
            return;
        }

        escapeValue = (escapeValue << 4) | Convert.ToInt32(((char)b).ToString(), 16);
        if (++escapeLength < 5) return;
        escapeLength = -1;
        TakeCharacter(escapeValue < 0x80 ? (byte)escapeValue : (byte)'?');
    }

    private void TakeCharacter(byte b)
    {
        if (percentLength >= 0)
        {
            if (!char.IsAsciiHexDigit((char)b)) isBroken = true;
            else percentValue = (percentValue << 4) | Convert.ToInt32(((char)b).ToString(), 16);
            if (++percentLength < 2) return;
            percentLength = -1;
            if (!isBroken) TakeCharacter(percentValue is > 0 and < 0x80 and not '%' ? (byte)percentValue : (byte)'?');
            return;
        }

        switch (b)
        {
            case (byte)'-':
                pending[pendingLength++] = (byte)'+';
                break;
            case (byte)'_':
                pending[pendingLength++] = (byte)'/';
                break;
            case (byte)'=':
                isPartEnd = true;
                break;
            case (byte)'%':
                (percentLength, percentValue) = (0, 0);
                break;
            case (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n' or (byte)'\f':
                break;
            case var _ when Letters.Contains(b):
                pending[pendingLength++] = b;
                break;
            default:
                isBroken = true;
                break;
        }
    }

    private async ValueTask DecodeAsync(CancellationToken cancellationToken)
    {
        int whole = pendingLength / 4 * 4;
        int rest = isPartEnd ? pendingLength - whole : 0;
        isPartEnd = false;
        if (rest == 1) isBroken = true;
        if (rest is 2 or 3)
        {
            while (pendingLength % 4 != 0) pending[pendingLength++] = (byte)'='; // Never beyond the block, whose length is a multiple of four.
            whole = pendingLength;
        }

        if (isBroken)
        {
            pendingLength = 0;
            return;
        }

        if (Base64.DecodeFromUtf8InPlace(pending.AsSpan(0, whole), out int length) != OperationStatus.Done)
        {
            (isBroken, pendingLength) = (true, 0);
            return;
        }

        written += length;
        if (written > largest)
        {
            throw new NBException(NBErrorId.InvalidImageContent, $"A picture in the answer has more than {largest:N0} bytes; it was not kept.");
        }

        await file.WriteAsync(pending.AsMemory(0, length), cancellationToken).ConfigureAwait(false);
        pendingLength = 0;
    }
}
