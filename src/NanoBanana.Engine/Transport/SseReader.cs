using System.Buffers;

namespace NanoBanana.Engine.Transport;

/// <summary>What came next on an event stream: data, a sign of life without data, or the end.</summary>
/// <param name="Data">The data of an event; empty for a comment.</param>
/// <param name="IsEnd">Whether the stream has ended.</param>
internal readonly record struct SseEvent(ReadOnlyMemory<byte> Data, bool IsEnd);

/// <summary>Reads server-sent events (WHATWG HTML, section 9.2): lines end with CR, LF or both; an empty line ends an event.</summary>
internal sealed class SseReader(Stream source)
{
    private const int LongestEvent = 1024 * 1024;

    private readonly byte[] block = new byte[4096];
    private readonly ArrayBufferWriter<byte> line = new(512);
    private readonly ArrayBufferWriter<byte> data = new(512);
    private int start;
    private int end;
    private bool lastWasCarriageReturn;
    private bool isFirstLine = true;

    /// <summary>Reads up to the next event, comment, or the end.</summary>
    /// <exception cref="BrokenAnswerException">An event of more than 1 MiB.</exception>
    public async Task<SseEvent> ReadAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            while (start < end)
            {
                byte b = block[start++];
                if (b == '\n' && lastWasCarriageReturn)
                {
                    lastWasCarriageReturn = false;
                    continue;
                }

                lastWasCarriageReturn = b == '\r';
                if (b is not ((byte)'\r' or (byte)'\n'))
                {
                    Append(line, [b]);
                    continue;
                }

                if (TakeLine() is { } found) return found;
            }

            (start, end) = (0, await source.ReadAsync(block, cancellationToken).ConfigureAwait(false));
            if (end == 0) return new SseEvent(ReadOnlyMemory<byte>.Empty, IsEnd: true);
        }
    }

    private SseEvent? TakeLine()
    {
        ReadOnlySpan<byte> text = line.WrittenSpan;
        if (isFirstLine && text.StartsWith("\uFEFF"u8)) text = text[3..];
        isFirstLine = false;
        SseEvent? found = null;
        if (text.IsEmpty)
        {
            if (data.WrittenCount > 0)
            {
                found = new SseEvent(data.WrittenSpan[..^1].ToArray(), IsEnd: false); // Less the last line's end.
                data.ResetWrittenCount();
            }
        }
        else if (text[0] == ':')
        {
            found = new SseEvent(ReadOnlyMemory<byte>.Empty, IsEnd: false);
        }
        else
        {
            TakeField(text);
        }

        line.ResetWrittenCount();
        return found;
    }

    private void TakeField(ReadOnlySpan<byte> text)
    {
        int colon = text.IndexOf((byte)':');
        ReadOnlySpan<byte> name = colon < 0 ? text : text[..colon];
        if (!name.SequenceEqual("data"u8)) return;
        ReadOnlySpan<byte> value = colon < 0 ? default : text[(colon + 1)..];
        if (value.Length > 0 && value[0] == ' ') value = value[1..];
        Append(data, value);
        Append(data, "\n"u8);
    }

    private static void Append(ArrayBufferWriter<byte> buffer, ReadOnlySpan<byte> bytes)
    {
        if (buffer.WrittenCount + bytes.Length > LongestEvent) throw new BrokenAnswerException("an event of the status stream is too long");
        buffer.Write(bytes);
    }
}
