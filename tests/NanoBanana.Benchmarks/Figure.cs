using System.Globalization;

namespace NanoBanana.Benchmarks;

/// <summary>One thing that was measured.</summary>
/// <param name="Name">What.</param>
/// <param name="Ours">What the engine took.</param>
/// <param name="Baseline">What the baseline took, in the same run.</param>
/// <param name="Unit">Of both, and of the budget.</param>
/// <param name="Budget">The most that <paramref name="Ours"/> may be; null where the figure only informs.</param>
internal sealed record Figure(string Name, double Ours, double Baseline, string Unit, double? Budget = null)
{
    public bool IsOver => Ours > Budget;
}

/// <summary>Figures as a table.</summary>
internal static class FigureTable
{
    private static readonly string[] Header = ["Figure", "NanoBanana", "Baseline", "Budget", "Unit", "Verdict"];

    public static void Write(TextWriter to, IReadOnlyList<Figure> figures)
    {
        string[][] rows = [Header, .. figures.Select(Row)];
        int[] widths = [.. Header.Select((_, column) => rows.Max(row => row[column].Length))];
        foreach (string[] row in rows)
        {
            to.WriteLine(string.Join("  ", row.Select((cell, column) => column is 1 or 2 or 3 ? cell.PadLeft(widths[column]) : cell.PadRight(widths[column]))).TrimEnd());
            if (row == Header) to.WriteLine(string.Join("  ", widths.Select(width => new string('-', width))));
        }
    }

    private static string[] Row(Figure figure) =>
    [
        figure.Name,
        Number(figure.Ours),
        Number(figure.Baseline),
        figure.Budget is { } budget ? "<= " + Number(budget) : string.Empty,
        figure.Unit,
        figure.Budget is null ? string.Empty : figure.IsOver ? "OVER" : "ok",
    ];

    private static string Number(double value) => value.ToString(Math.Abs(value) < 100 ? "0.00" : "0", CultureInfo.InvariantCulture);
}
