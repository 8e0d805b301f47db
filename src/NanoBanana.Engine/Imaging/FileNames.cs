using System.Globalization;
using System.Text;

namespace NanoBanana.Engine.Imaging;

/// <summary>Names for pictures: legal on Windows, macOS and Linux alike, and always inside the folder.</summary>
public static class FileNames
{
    /// <summary>The template used when the user gives none.</summary>
    public const string DefaultTemplate = "{slug}-{job}";

    private const int LongestSlug = 48;
    private const int LongestStemBytes = 200; // 255 bytes less the extension, an index, and ".partial".
    private const string Forbidden = "<>:\"/\\|?*";

    private static readonly string[] Tokens = ["slug", "job", "index", "provider", "model", "seed", "resolution", "ratio", "date", "time"];

    /// <summary>A few words of the prompt, fit for a file name: letters and digits of any script, hyphens between.</summary>
    /// <param name="prompt">The prompt.</param>
    /// <returns>At most 48 characters; <c>image</c> when nothing of the prompt can stand in a name.</returns>
    public static string Slug(string? prompt)
    {
        var slug = new StringBuilder(LongestSlug);
        bool pendingHyphen = false;
        foreach (Rune rune in (prompt ?? string.Empty).EnumerateRunes())
        {
            // Marks belong to their letter: without them Devanagari, Bengali or Tamil words fall apart. An emoji's does not.
            bool isMark = Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark
                && slug.Length > 0 && !pendingHyphen;
            if (IsInvisible(rune) || (!Rune.IsLetterOrDigit(rune) && !isMark))
            {
                pendingHyphen = slug.Length > 0;
                continue;
            }

            int needed = rune.Utf16SequenceLength + (pendingHyphen ? 1 : 0);
            if (slug.Length + needed > LongestSlug) break;
            if (pendingHyphen) slug.Append('-');
            pendingHyphen = false;
            slug.Append(Rune.ToLowerInvariant(rune).ToString());
        }

        return slug.Length == 0 ? "image" : slug.ToString();
    }

    /// <summary>Checks a template before anything is sent.</summary>
    /// <param name="template">The template, for example <c>{slug}-{index}</c>.</param>
    /// <exception cref="NBException"><see cref="NBErrorId.InvalidRequest"/>: an unknown token, or a path in the template.</exception>
    public static void CheckTemplate(string template)
    {
        if (string.IsNullOrWhiteSpace(template)) throw Invalid("-FileNameFormat is empty. Leave it out, or write for example '{slug}-{index}'.");
        if (template.AsSpan().IndexOfAny('/', '\\') >= 0)
        {
            throw Invalid($"-FileNameFormat '{template}' holds a path. Give the folder with -OutDirectory and only the name here.");
        }

        Fill(template, token => Array.IndexOf(Tokens, token) >= 0
            ? "x"
            : throw Invalid($"-FileNameFormat knows no '{{{token}}}'. It knows: {string.Join(", ", Tokens.Select(t => $"{{{t}}}"))}."));
    }

    /// <summary>The name without extension that a template gives.</summary>
    /// <param name="template">The template, checked by <see cref="CheckTemplate"/>.</param>
    /// <param name="value">The text for each token.</param>
    /// <returns>A legal file name on every system, without extension.</returns>
    public static string Stem(string template, Func<string, string> value) => Legal(Fill(template, value));

    /// <summary>Makes any text a legal file name on every system.</summary>
    /// <param name="text">The text.</param>
    /// <returns>The text less what a name may not hold; never empty, never a reserved name, at most 200 bytes of UTF-8.</returns>
    public static string Legal(string text)
    {
        var name = new StringBuilder(text.Length);
        int bytes = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (IsInvisible(rune) || rune == Rune.ReplacementChar) continue;
            bool forbidden = rune.IsAscii && Forbidden.Contains((char)rune.Value, StringComparison.Ordinal);
            int length = forbidden ? 1 : rune.Utf8SequenceLength;
            if (bytes + length > LongestStemBytes) break;
            bytes += length;
            name.Append(forbidden ? "-" : rune.ToString());
        }

        string legal = name.ToString().Trim(' ', '.');
        if (legal.Length == 0) return "image";
        return IsReserved(legal) ? Legal("_" + legal) : legal; // Once more, for the underscore may be a byte too many.
    }

    private static bool IsReserved(string name)
    {
        int dot = name.IndexOf('.', StringComparison.Ordinal);
        string stem = (dot < 0 ? name : name[..dot]).TrimEnd().ToUpperInvariant();
        if (stem is "CON" or "PRN" or "AUX" or "NUL" or "CONIN$" or "CONOUT$" or "CLOCK$") return true;
        bool isPort = stem.StartsWith("COM", StringComparison.Ordinal) || stem.StartsWith("LPT", StringComparison.Ordinal);
        return isPort && stem.Length == 4 && (char.IsAsciiDigit(stem[3]) || stem[3] is '¹' or '²' or '³');
    }

    /// <summary>
    /// Whether a character shows nothing, or not the same everywhere: control and format characters (direction marks among them),
    /// variation selectors, blank letters, and what Unicode has not assigned, which APFS refuses and other systems remap.
    /// </summary>
    private static bool IsInvisible(Rune rune) =>
        Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate
            or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.OtherNotAssigned or UnicodeCategory.PrivateUse
        || rune.Value is 0x034F or 0x115F or 0x1160 or 0x3164 or 0xFFA0
            or (>= 0x180B and <= 0x180F) or (>= 0xFE00 and <= 0xFE0F) or (>= 0xE0100 and <= 0xE01EF);

    private static string Fill(string template, Func<string, string> value)
    {
        var filled = new StringBuilder(template.Length + 32);
        int at = 0;
        while (at < template.Length)
        {
            int open = template.IndexOf('{', at);
            int close = open < 0 ? -1 : template.IndexOf('}', open);
            if (close < 0)
            {
                if (open >= 0) throw Invalid($"-FileNameFormat '{template}' has a '{{' without its '}}'.");
                filled.Append(template, at, template.Length - at);
                break;
            }

            filled.Append(template, at, open - at).Append(value(template[(open + 1)..close].ToLowerInvariant()));
            at = close + 1;
        }

        return filled.ToString();
    }

    private static NBException Invalid(string message) => new(NBErrorId.InvalidRequest, message) { Parameter = "FileNameFormat" };
}
