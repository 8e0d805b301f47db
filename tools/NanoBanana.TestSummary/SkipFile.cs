namespace NanoBanana.TestSummary;

/// <summary>
/// The file that NB_TEST_SKIPS names: a test that finds at run time that this machine lacks what it needs writes
/// <c>SKIPPED-REASON: test: why</c> there and ends. The test runner counts it as passed; here it is counted as skipped.
/// </summary>
internal static class SkipFile
{
    private const string Mark = "SKIPPED-REASON:";

    public static void Read(string path, Tally tally)
    {
        if (!File.Exists(path)) return;
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (string line in File.ReadLines(path).Where(line => line.StartsWith(Mark, StringComparison.Ordinal)))
        {
            string text = line[Mark.Length..].Trim();
            int colon = text.IndexOf(": ", StringComparison.Ordinal);
            (string test, string why) = colon < 0 ? (text, "no reason was given") : (text[..colon], text[(colon + 2)..]);
            if (seen.Add(test)) tally.TurnIntoSkip(test, why);
        }
    }
}
