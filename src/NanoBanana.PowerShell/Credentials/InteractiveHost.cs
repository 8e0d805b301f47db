using System.Management.Automation.Host;

namespace NanoBanana.PowerShell.Credentials;

/// <summary>
/// Tells whether somebody sits before a host: who can answer a question, and who sees progress. Where it is in doubt, nobody does.
/// </summary>
internal static class InteractiveHost
{
    /// <summary>How pwsh calls its own host.</summary>
    private const string Shell = "ConsoleHost";

    /// <summary>Whether a question would be answered.</summary>
    /// <param name="host">The cmdlet's host.</param>
    public static bool Is(PSHost host) => HasSomebody(host) && !(host.Name == Shell && Console.IsInputRedirected);

    /// <summary>Whether somebody would see progress. A service's record of a run keeps every bar as a line, and a runbook may write only so many.</summary>
    /// <param name="host">The cmdlet's host.</param>
    public static bool ShowsProgress(PSHost host) => HasSomebody(host) && !(host.Name == Shell && Console.IsOutputRedirected);

    private static bool HasSomebody(PSHost host) => Environment.UserInteractive && host.Name switch
    {
        // Runspaces without a host, and background jobs: a question would block the job for good.
        "Default Host" or "ServerRemoteHost" => false,
        Shell => !IsForbidden(Environment.GetCommandLineArgs()),
        _ => WindowWidth(host) > 0,
    };

    /// <summary>Whether pwsh was started with -NonInteractive, which it takes in any abbreviation down to -noni.</summary>
    private static bool IsForbidden(string[] arguments)
    {
        foreach (string argument in arguments.Skip(1))
        {
            if (argument.Length < 2 || argument[0] is not ('-' or '/')) continue;
            string name = argument.TrimStart('-', '/');
            if (IsShortFor(name, "noninteractive", 4)) return true;

            // What follows belongs to the script.
            if (IsShortFor(name, "command", 1) || IsShortFor(name, "file", 1)) return false;
        }

        return false;
    }

    private static bool IsShortFor(string name, string word, int shortest) =>
        name.Length >= shortest && word.StartsWith(name, StringComparison.OrdinalIgnoreCase);

    /// <summary>How wide a host's window is. Hosts of services, of jobs and of runbooks have none, and say so by throwing, each in its own way.</summary>
    /// <param name="host">The cmdlet's host.</param>
    /// <returns>Columns; 0 where there is no window.</returns>
    public static int WindowWidth(PSHost host)
    {
        try
        {
            return host.UI?.RawUI?.WindowSize.Width ?? 0;
        }
        catch (Exception exception) when (exception is HostException or NotImplementedException or NotSupportedException or InvalidOperationException or IOException)
        {
            return 0;
        }
    }
}
