using System.Text;
using NanoBanana.Engine.Imaging;

namespace NanoBanana.Engine.Transport;

/// <summary>Says what a file is that should have been an image.</summary>
internal static class ContentDescription
{
    private const int MaxRead = 64 * 1024;
    private const int MaxQuote = 120;

    /// <summary>Describes a file that is certainly no image: empty, a page, JSON or another text.</summary>
    /// <param name="file">The file, open for reading; its position is left anywhere.</param>
    /// <returns>What it is; null for an image, and for what might be one.</returns>
    public static string? OfOther(FileStream file)
    {
        if (file.Length == 0) return "0 bytes";
        if (ImageHeader.Read(file) is not null) return null;
        byte[] start = new byte[Math.Min(file.Length, MaxRead)];
        file.Position = 0;
        file.ReadExactly(start);
        string text = Encoding.UTF8.GetString(start).Trim('\uFEFF', '\0', ' ', '\t', '\r', '\n');
        if (ErrorWords.PageTitle(text) is { } title)
        {
            bool isHtml = text.Contains("<html", StringComparison.OrdinalIgnoreCase) || text.StartsWith("<!doctype", StringComparison.OrdinalIgnoreCase);
            string? words = title.Length > 0 ? title : ErrorWords.Read(start).Text;
            return (isHtml ? "an HTML page" : "an XML text") + (words is null ? string.Empty : $", '{words}'");
        }

        if (text.Length == 0 || text.Any(static c => c == '\uFFFD' || (char.IsControl(c) && !char.IsWhiteSpace(c)))) return null;
        bool isJson = text[0] is '{' or '[';
        string said = (isJson ? ErrorWords.Read(start).Text : null) ?? text;
        return $"{(isJson ? "JSON" : "a text")}, '{(said.Length > MaxQuote ? string.Concat(said.AsSpan(0, MaxQuote), "...") : said)}'";
    }
}
