namespace NanoBanana.Tests;

/// <summary>For tests that cannot run everywhere.</summary>
internal static class Skipping
{
    /// <summary>Tells the test run why a test did nothing: a line in the file that NB_TEST_SKIPS names, or on the console.</summary>
    public static void Because(string test, string why)
    {
        string line = $"SKIPPED-REASON: {test}: {why}";
        if (Environment.GetEnvironmentVariable("NB_TEST_SKIPS") is { Length: > 0 } file) File.AppendAllText(file, line + Environment.NewLine);
        else Console.WriteLine(line);
    }
}
