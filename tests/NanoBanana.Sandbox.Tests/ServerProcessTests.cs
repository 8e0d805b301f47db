using System.Diagnostics;
using System.Text.RegularExpressions;
using NanoBanana.Sandbox.Server;

namespace NanoBanana.Sandbox.Tests;

public sealed partial class ServerProcessTests
{
    [Fact]
    public async Task The_program_prints_its_address_in_one_line_and_stops_with_its_input()
    {
        using var process = Start("--port", "0", "--exit-with-stdin");
        var line = await process.StandardOutput.ReadLineAsync();
        Assert.Matches(Announcement(), line);
        using var http = new HttpClient();
        Assert.Equal("""{"status":"ok"}""", await http.GetStringAsync(new Uri(line!.Split(' ')[^1] + "/_sandbox/health")));
        process.StandardInput.Close();
        Assert.Equal("", await process.StandardOutput.ReadToEndAsync());
        await process.WaitForExitAsync();
        Assert.Equal(0, process.ExitCode);
    }

    [Fact]
    public async Task A_wrong_option_is_refused_in_words()
    {
        using var process = Start("--faults", "submit:boom");
        var words = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.Equal(2, process.ExitCode);
        Assert.Contains("submit:boom", words, StringComparison.Ordinal);
    }

    private static Process Start(params string[] arguments) => Process.Start(
        new ProcessStartInfo("dotnet", [typeof(SandboxServer).Assembly.Location, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        })!;

    [GeneratedRegex(@"^NanoBanana sandbox listening on http://127\.0\.0\.1:\d+$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Announcement();
}
