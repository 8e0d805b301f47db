using System.Globalization;

namespace NanoBanana.PowerShell.Commands;

/// <summary>Draws what was spent as bars of plain text.</summary>
internal static class UsageChart
{
    /// <summary>A host of fewer columns has no room for bars.</summary>
    public const int LeastWidth = 30;

    private const char Bar = '#';
    private const int Gaps = 4;

    /// <summary>Draws the lines.</summary>
    /// <param name="rows">What was spent.</param>
    /// <param name="width">The columns there are, at least <see cref="LeastWidth"/>.</param>
    public static IEnumerable<string> Draw(IReadOnlyList<NBUsage> rows, int width)
    {
        string[] labels = [.. rows.Select(Label)];
        string[] amounts = [.. rows.Select(Amount)];
        int amountWidth = amounts.Max(text => text.Length);
        int labelWidth = Math.Min(labels.Max(text => text.Length), width / 3);
        int room = Math.Max(1, width - labelWidth - amountWidth - Gaps - 1);
        decimal most = rows.Max(row => row.Cost) ?? 0m;
        yield return string.Create(
            CultureInfo.InvariantCulture,
            $"Cost in {rows[0].Currency}, {rows.Min(row => row.From):yyyy-MM-dd} to {rows.Max(row => row.Until).AddTicks(-1):yyyy-MM-dd} (UTC)");
        for (int index = 0; index < rows.Count; index++)
        {
            string bar = new(Bar, Length(rows[index].Cost, most, room));
            yield return $"{Cut(labels[index], labelWidth).PadRight(labelWidth)}  {amounts[index].PadLeft(amountWidth)}  {bar}".TrimEnd();
        }
    }

    /// <summary>The longest fills the room; what cost anything at all shows.</summary>
    private static int Length(decimal? cost, decimal most, int room) =>
        cost is > 0m ? Math.Max(1, (int)decimal.Round(cost.Value / most * room, MidpointRounding.AwayFromZero)) : 0;

    private static string Label(NBUsage row)
    {
        string?[] parts = [row.Day?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), row.Provider, row.Model, row.Resolution];
        string label = string.Join(' ', parts.OfType<string>());
        return label.Length > 0 ? label : "all";
    }

    private static string Amount(NBUsage row) => row.Cost is { } cost ? cost.ToString("0.00####", CultureInfo.CurrentCulture)
        : row.Credits is { } credits ? credits.ToString("0.##", CultureInfo.CurrentCulture) + " credits"
        : "no price";

    private static string Cut(string text, int width) => text.Length <= width ? text : string.Concat(text.AsSpan(0, width - 3), "...");
}
