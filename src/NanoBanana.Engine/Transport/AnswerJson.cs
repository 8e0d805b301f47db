using System.Text.Json;

namespace NanoBanana.Engine.Transport;

/// <summary>Parses JSON as servers send it: with a mark of the encoding, in several lines, followed by something else, or with what only some writers take for JSON.</summary>
internal static class AnswerJson
{
    private static ReadOnlySpan<byte> Blank => "\0 \t\r\n"u8;

    /// <summary>Reads an answer: its object or list; of several lines of JSON the last.</summary>
    /// <param name="body">The answer in UTF-8.</param>
    /// <exception cref="JsonException">It is neither an object nor a list.</exception>
    public static JsonElement Parse(ReadOnlyMemory<byte> body)
    {
        ReadOnlySpan<byte> text = body.Span;
        if (text.StartsWith("\uFEFF"u8)) text = text[3..];
        text = text.Trim(Blank);
        JsonElement last;
        try
        {
            last = ParseLast(text);
        }
        catch (JsonException)
        {
            last = ParseLast(Repair(text));
        }

        return last.ValueKind is JsonValueKind.Object or JsonValueKind.Array ? last : throw new JsonException("an object is expected");
    }

    private static JsonElement ParseLast(ReadOnlySpan<byte> text)
    {
        JsonElement? last = null;
        while (last is null || !text.IsEmpty)
        {
            try
            {
                var reader = new Utf8JsonReader(text, new JsonReaderOptions { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip });
                using JsonDocument document = JsonDocument.ParseValue(ref reader);
                last = document.RootElement.Clone();
                text = text[(int)reader.BytesConsumed..].Trim(Blank);
            }
            catch (JsonException) when (last is not null)
            {
                break; // What follows the answer is no part of it.
            }
        }

        return last.Value;
    }

    /// <summary>Control characters inside texts become blanks; NaN and Infinity, which Python writes, become null.</summary>
    private static byte[] Repair(ReadOnlySpan<byte> text)
    {
        byte[] repaired = new byte[text.Length];
        bool isText = false;
        for (int i = 0; i < text.Length; i++)
        {
            byte b = text[i];
            repaired[i] = isText && b < 0x20 ? (byte)' ' : b;
            if (isText && b == '\\' && i + 1 < text.Length)
            {
                repaired[++i] = text[i];
            }
            else if (b == '"')
            {
                isText = !isText;
            }
            else if (!isText && b is (byte)'N' or (byte)'I' or (byte)'-')
            {
                i += ReplaceNumber(text[i..], repaired.AsSpan(i));
            }
        }

        return repaired;
    }

    /// <summary>Says how many bytes more than one were replaced.</summary>
    private static int ReplaceNumber(ReadOnlySpan<byte> text, Span<byte> repaired)
    {
        int length = text.StartsWith("NaN"u8) ? 3 : text.StartsWith("Infinity"u8) ? 8 : text.StartsWith("-Infinity"u8) ? 9 : 0;
        if (length == 0) return 0;
        repaired[..length].Fill((byte)' ');
        if (length == 3) repaired[0] = (byte)'0'; // "null" would not fit.
        else "null"u8.CopyTo(repaired);
        return length - 1;
    }
}
