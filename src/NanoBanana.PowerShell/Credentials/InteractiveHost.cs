using System.Management.Automation;
using System.Management.Automation.Host;

namespace NanoBanana.PowerShell.Credentials;

/// <summary>Tells whether somebody sits before a host and can answer a question. Where it is in doubt, nobody does.</summary>
internal static class InteractiveHost
{
    /// <summary>Whether a question would be answered.</summary>
    /// <param name="host">The cmdlet's host.</param>
    public static bool Is(PSHost host) => Environment.UserInteractive && host.Name switch
    {
        // Runspaces without a host, and background jobs: a question would block the job for good.
        "Default Host" or "ServerRemoteHost" => false,
        "ConsoleHost" => !Console.IsInputRedirected && !IsForbidden(Environment.GetCommandLineArgs()),
        _ => HasWindow(host),
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

    /// <summary>Hosts of services, as of runbooks, have no window to ask in and say so by throwing.</summary>
    private static bool HasWindow(PSHost host)
    {
        try
        {
            return host.UI?.RawUI is { } window && window.WindowSize.Width > 0;
        }
        catch (Exception exception) when (exception is HostException or PSNotImplementedException or NotImplementedException or NotSupportedException or PSInvalidOperationException)
        {
            return false;
        }
    }
}
