using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace NanoBanana.Sandbox.Tests;

/// <summary>A program that may or may not be on this machine.</summary>
internal static class Tool
{
    public static bool Exists(string name) => Run(name, ["-version"]) is not null || Run(name, ["--version"]) is not null;

    /// <summary>Runs it; gives its standard output, or null when it is not there or failed.</summary>
    public static string? Run(string name, IEnumerable<string> arguments, string? folder = null) => Run(name, arguments, folder, out _);

    public static string? Run(string name, IEnumerable<string> arguments, string? folder, out string errors)
    {
        errors = "";
        var start = new ProcessStartInfo(name, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            WorkingDirectory = folder ?? "",
        };
        try
        {
            using var process = Process.Start(start)!;
            var errorText = new StringBuilder();
            process.ErrorDataReceived += (_, line) => errorText.AppendLine(line.Data);
            process.BeginErrorReadLine();
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            errors = errorText.ToString().Trim();
            return process.ExitCode == 0 ? output : null;
        }
        catch (Win32Exception)
        {
            return null;
        }
    }
}

/// <summary>A folder that goes away with its test.</summary>
internal sealed class ScratchFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("nb-sandbox-tests-").FullName;

    public string File(string name) => System.IO.Path.Combine(Path, name);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
