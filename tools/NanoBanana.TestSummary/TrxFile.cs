using System.Globalization;
using System.Xml.Linq;

namespace NanoBanana.TestSummary;

/// <summary>What <c>dotnet test --logger trx</c> writes.</summary>
internal static class TrxFile
{
    /// <summary>What a line of a test's output begins with that asks to be shown, though the test passed.</summary>
    private const string ShownMark = "SHOWN ";

    private static readonly XNamespace Trx = "http://microsoft.com/schemas/VisualStudio/TeamTest/2010";

    /// <summary>Reads one suite; a suite that left no results has failed.</summary>
    public static void Read(string path, string suite, Tally tally)
    {
        if (!File.Exists(path))
        {
            tally.Fail(suite, "It left no results: it was not built, or ended before its time. See its output above.");
            return;
        }

        XElement run = XDocument.Load(path).Root!;
        foreach (XElement result in run.Descendants(Trx + "UnitTestResult")) Take(result, tally);

        // What failed outside of any test (a crash, a test that hung) stands only in the run's own messages.
        string? outcome = (string?)run.Element(Trx + "ResultSummary")?.Attribute("outcome");
        bool hasFailure = run.Descendants(Trx + "UnitTestResult").Any(result => (string?)result.Attribute("outcome") == "Failed");
        if (outcome is "Failed" or "Aborted" && !hasFailure) tally.Fail(suite, RunMessages(run));
    }

    private static void Take(XElement result, Tally tally)
    {
        string test = (string?)result.Attribute("testName") ?? "a test without a name";
        XElement? output = result.Element(Trx + "Output");
        string message = (string?)output?.Element(Trx + "ErrorInfo")?.Element(Trx + "Message") ?? string.Empty;
        string said = (string?)output?.Element(Trx + "StdOut") ?? string.Empty;
        foreach (string line in said.Split('\n').Where(line => line.StartsWith(ShownMark, StringComparison.Ordinal)))
            tally.Show(test, line[ShownMark.Length..].TrimEnd());

        switch ((string?)result.Attribute("outcome"))
        {
            case "Passed":
                tally.Pass();
                break;
            case "NotExecuted":
                tally.Skip(test, FirstOf(message, said, "no reason was given"));
                break;
            default:
                string stack = (string?)output?.Element(Trx + "ErrorInfo")?.Element(Trx + "StackTrace") ?? string.Empty;
                tally.Fail(test, string.Create(CultureInfo.InvariantCulture, $"{message}\n{stack}"));
                break;
        }
    }

    private static string RunMessages(XElement run)
    {
        IEnumerable<string> texts = run.Descendants(Trx + "RunInfo").Select(info => info.Value.Trim());
        return FirstOf(string.Join('\n', texts), "the run failed outside of any test");
    }

    private static string FirstOf(params string?[] texts) => texts.First(text => !string.IsNullOrWhiteSpace(text))!;
}
