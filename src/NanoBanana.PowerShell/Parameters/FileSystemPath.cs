using System.Management.Automation;

namespace NanoBanana.PowerShell.Parameters;

/// <summary>Paths as PowerShell resolves them, which must lead into the file system.</summary>
internal static class FileSystemPath
{
    /// <summary>The full path of what need not exist.</summary>
    /// <param name="session">Knows the current location and the drives.</param>
    /// <param name="parameter">The parameter, for errors.</param>
    /// <param name="path">The path; no wildcards.</param>
    /// <exception cref="NBException">InvalidRequest: it leads elsewhere, or nowhere.</exception>
    public static string Resolve(SessionState session, string parameter, string path)
    {
        try
        {
            string full = session.Path.GetUnresolvedProviderPathFromPSPath(path, out ProviderInfo provider, out _);
            if (provider.Name == "FileSystem") return Path.GetFullPath(full);
            throw Invalid(parameter, $"-{parameter} '{path}' lies in the {provider.Name} drive. Name a path of the file system.");
        }
        catch (Exception exception) when (exception is System.Management.Automation.DriveNotFoundException or ProviderNotFoundException or NotSupportedException or ArgumentException)
        {
            throw Invalid(parameter, $"-{parameter} '{path}' cannot be resolved: {exception.Message}");
        }
    }

    private static NBException Invalid(string parameter, string message) => new(NBErrorId.InvalidRequest, message) { Parameter = parameter };
}
