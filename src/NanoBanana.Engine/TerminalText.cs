using System.Buffers;
using System.Text;

namespace NanoBanana.Engine;

/// <summary>
/// Makes a text that somebody else wrote safe to be shown: a terminal obeys control characters, and marks of direction let a text
/// look like another one.
/// </summary>
public static class TerminalText
{
    private static readonly SearchValues<char> Suspect = SearchValues.Create(
        string.Concat(Enumerable.Range(0, 0x20).Where(static c => c is not ('\n' or '\t')).Concat(Enumerable.Range(0x7F, 0x21))
            .Concat([0xAD, 0x061C, 0x180E, 0xFEFF]).Concat([0x200B, 0x200E, 0x200F]).Concat(Enumerable.Range(0x2028, 7)).Concat(Enumerable.Range(0x2060, 16))
            .Concat(Enumerable.Range(0xFFF9, 3)).Append(0xDB40).Select(static c => (char)c)));

    /// <summary>
    /// The text with control characters made visible (ESC as ␛), and without marks of direction and other characters that show
    /// nothing. Line feeds and tabs stay, and a carriage return ends a line too.
    /// </summary>
    /// <param name="text">Any text.</param>
    /// <returns>The same text where nothing had to be changed.</returns>
    public static string Safe(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.AsSpan().IndexOfAny(Suspect) < 0) return text;
        var safe = new StringBuilder(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (c == '\r')
            {
                if (i + 1 == text.Length || text[i + 1] != '\n') safe.Append('\n'); // Else it would write over the line.
            }
            else if (c is '\n' or '\t' || !Suspect.Contains(c)) safe.Append(c);
            else if (c < 0x20) safe.Append((char)(0x2400 + c));
            else if (c == 0x7F) safe.Append('\u2421');
            else if (c is '\u0085' or '\u2028' or '\u2029') safe.Append(' ');
            else if (c == 0xDB40 && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1])) i++; // Tags, which show nothing.
        }

        return safe.ToString();
    }

    /// <summary>The same on one line, for tables and progress.</summary>
    /// <param name="text">Any text.</param>
    public static string SafeLine(string text) => Safe(text).Replace('\n', ' ').Replace('\t', ' ');
}
