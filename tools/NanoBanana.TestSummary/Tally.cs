using System.Globalization;

namespace NanoBanana.TestSummary;

/// <summary>How many tests passed, failed and were skipped, and why.</summary>
internal sealed class Tally
{
    private readonly List<(string Test, string Message)> failures = [];
    private readonly List<(string Test, string Reason)> skips = [];
    private readonly List<(string Test, string Line)> shown = [];
    private int passed;

    public void Pass(int count = 1) => passed += count;

    public void Fail(string test, string message) => failures.Add((test, message));

    public void Skip(string test, string reason) => skips.Add((test, reason));

    /// <summary>A line that a test wants people to see, whatever became of it.</summary>
    public void Show(string test, string line) => shown.Add((test, line));

    /// <summary>A test that said afterwards that it could not do what it is there for.</summary>
    public void TurnIntoSkip(string test, string reason)
    {
        if (passed > 0) passed--;
        Skip(test, reason);
    }

    /// <summary>Tells the failures, the reasons of the skips, what tests show, and last the counts.</summary>
    /// <returns>The exit code: 1 when anything failed, or when nothing ran at all.</returns>
    public int Tell(TextWriter to)
    {
        to.WriteLine();
        foreach ((string test, string message) in failures)
        {
            to.WriteLine($"FAILED  {test}");
            to.WriteLine("        " + message.Trim().ReplaceLineEndings(Environment.NewLine + "        "));
        }

        foreach ((string test, string reason) in skips) to.WriteLine($"SKIPPED {test}: {reason.Trim().ReplaceLineEndings(" ")}");
        foreach (IGrouping<string, string> lines in shown.GroupBy(one => one.Test, one => one.Line))
        {
            to.WriteLine($"SHOWN   {lines.Key}");
            foreach (string line in lines) to.WriteLine("        " + line);
        }

        bool ran = passed + failures.Count > 0;
        if (!ran) to.WriteLine("No test ran.");
        to.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{passed} passed, {failures.Count} failed, {skips.Count} skipped"));
        return ran && failures.Count == 0 ? 0 : 1;
    }
}
