using System.Globalization;
using System.Text;

namespace NanoBanana.Engine.Transport;

/// <summary>A text, character by character, with the place that each character has in the text it was read from.</summary>
internal sealed class Spelling
{
    private readonly List<Letter> letters;

    private Spelling(List<Letter> letters) => this.letters = letters;

    public int Count => letters.Count;

    public Letter this[int index] => letters[index];

    /// <summary>A text as it stands.</summary>
    public static Spelling Of(string text)
    {
        var plain = new List<Letter>(text.Length);
        for (int i = 0; i < text.Length; i++) plain.Add(new Letter(text[i], i, i + 1));
        return new Spelling(plain);
    }

    /// <summary>Whether a text may hold an escape or a break of lines at all; most do not.</summary>
    public static bool MayBeEscaped(string text) => text.AsSpan().IndexOfAny("%\\&\r\n") >= 0;

    /// <summary>
    /// The same with one layer of escapes taken off (of addresses, JSON and HTML) and its lines joined, the indentation of the
    /// next line with them. The places stay those of the first text.
    /// </summary>
    public Spelling Unescape()
    {
        var plain = new List<Letter>(letters.Count);
        bool atLineStart = false;
        for (int i = 0; i < letters.Count;)
        {
            int length = Escape(i, plain);
            if (length == 0)
            {
                plain.Add(letters[i]);
                length = 1;
            }

            i += length;
            char last = plain[^1].Value;
            bool isDropped = last is '\r' or '\n' || (atLineStart && last is ' ' or '\t');
            if (isDropped) plain.RemoveAt(plain.Count - 1);
            atLineStart = isDropped;
        }

        return new Spelling(plain);
    }

    /// <summary>Reads one escape; says how many characters it has, 0 when there is none.</summary>
    private int Escape(int at, List<Letter> plain) => letters[at].Value switch
    {
        '%' => Percent(at, plain),
        '\\' => Backslash(at, plain),
        '&' => Entity(at, plain),
        _ => 0,
    };

    private int Percent(int at, List<Letter> plain)
    {
        Span<byte> bytes = stackalloc byte[4];
        int count = 0;
        while (count < bytes.Length && at + (3 * count) + 2 < letters.Count && letters[at + (3 * count)].Value == '%')
        {
            int value = Hex(at + (3 * count) + 1, 2);
            if (value < 0) break;
            bytes[count++] = (byte)value;
        }

        if (count == 0) return 0;
        if (Rune.DecodeFromUtf8(bytes[..count], out Rune rune, out int used) != System.Buffers.OperationStatus.Done) return 0;
        Add(plain, rune.ToString(), at, 3 * used);
        return 3 * used;
    }

    private int Backslash(int at, List<Letter> plain)
    {
        if (at + 1 >= letters.Count) return 0;
        char next = letters[at + 1].Value;
        if (next is 'u' or 'U')
        {
            int value = at + 5 < letters.Count ? Hex(at + 2, 4) : -1;
            if (value < 0) return 0;
            Add(plain, ((char)value).ToString(), at, 6);
            return 6;
        }

        char meant = next switch { 'n' => '\n', 'r' => '\r', 't' => '\t', '"' or '\'' or '/' or '\\' => next, _ => '\0' };
        if (meant == '\0') return 0;
        Add(plain, meant.ToString(), at, 2);
        return 2;
    }

    private int Entity(int at, List<Letter> plain)
    {
        const int longest = 8;
        var name = new StringBuilder(longest);
        for (int i = at + 1; i < letters.Count && name.Length < longest; i++)
        {
            if (letters[i].Value == ';')
            {
                if (Meaning(name.ToString().ToLowerInvariant()) is not { } meant) return 0;
                Add(plain, meant.ToString(), at, i + 1 - at);
                return i + 1 - at;
            }

            name.Append(letters[i].Value);
        }

        return 0;
    }

    private static char? Meaning(string name) => name switch
    {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        ['#', 'x', .. string digits] => ushort.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ushort code) ? (char)code : null,
        ['#', .. string digits] => ushort.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out ushort code) ? (char)code : null,
        _ => null,
    };

    private int Hex(int at, int digits)
    {
        int value = 0;
        for (int i = at; i < at + digits; i++)
        {
            if (!char.IsAsciiHexDigit(letters[i].Value)) return -1;
            value = (value << 4) | Convert.ToInt32(letters[i].Value.ToString(), 16);
        }

        return value;
    }

    private void Add(List<Letter> plain, string text, int at, int length)
    {
        foreach (char c in text) plain.Add(new Letter(c, letters[at].Start, letters[at + length - 1].End));
    }

    /// <summary>A character, and where it came from.</summary>
    /// <param name="Value">The character.</param>
    /// <param name="Start">Where it begins in the first text.</param>
    /// <param name="End">Where the next begins.</param>
    internal readonly record struct Letter(char Value, int Start, int End);
}
