using System.Text.Json;

namespace NanoBanana.TestSummary;

/// <summary>
/// Results of everything that is not xunit, one JSON object a line:
/// <c>{"outcome":"passed|failed|skipped","test":"...","text":"..."}</c>.
/// </summary>
internal static class LineFile
{
    public static void Read(string path, Tally tally)
    {
        if (!File.Exists(path)) return;
        foreach (string line in File.ReadLines(path).Where(line => line.Trim().Length > 0))
        {
            using var json = JsonDocument.Parse(line);
            string test = Text(json.RootElement, "test");
            string text = Text(json.RootElement, "text");
            switch (Text(json.RootElement, "outcome"))
            {
                case "passed":
                    tally.Pass();
                    break;
                case "skipped":
                    tally.Skip(test, text.Length > 0 ? text : "no reason was given");
                    break;
                default:
                    tally.Fail(test, text);
                    break;
            }
        }
    }

    private static string Text(JsonElement line, string name) =>
        line.TryGetProperty(name, out JsonElement value) ? value.GetString() ?? string.Empty : string.Empty;
}
