using System.Globalization;

namespace NanoBanana.Examples;

/// <summary>Pictures as a table, much as PowerShell shows them.</summary>
internal static class PictureTable
{
    private static readonly string[] Header = ["Name", "Format", "Size", "Resolution", "Ratio", "Cost", "Seconds"];

    public static void Write(TextWriter to, IReadOnlyList<NBImage> images)
    {
        string[][] rows = [Header, .. images.Select(Row)];
        int[] widths = [.. Header.Select((_, column) => rows.Max(row => row[column].Length))];
        to.WriteLine();
        foreach (string[] row in rows)
        {
            to.WriteLine(string.Join("  ", row.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd());
            if (row == Header) to.WriteLine(string.Join("  ", widths.Select(width => new string('-', width))));
        }

        to.WriteLine();
    }

    private static string[] Row(NBImage image) =>
    [
        Path.GetFileName(image.Path) ?? string.Empty,
        image.Format?.ToName() ?? string.Empty,
        Invariant($"{image.Width}x{image.Height}"),
        image.Resolution ?? string.Empty,
        image.AspectRatio ?? string.Empty,
        image.Cost is { } cost ? Invariant($"${cost:0.000}") : string.Empty,
        Invariant($"{image.Duration.TotalSeconds:0.0}"),
    ];

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
