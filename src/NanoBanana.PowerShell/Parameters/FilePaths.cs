using System.Management.Automation;

namespace NanoBanana.PowerShell.Parameters;

/// <summary>Paths as PowerShell resolves them, of the file system only.</summary>
internal static class FilePaths
{
    /// <summary>The full path; it need not exist.</summary>
    /// <param name="session">Whose current location and drives count.</param>
    /// <param name="parameter">The parameter, for the error.</param>
    /// <param name="path">The path as it was typed.</param>
    /// <exception cref="NBException">InvalidRequest: it leads nowhere, or out of the file system.</exception>
    public static string ToFullPath(SessionState session, string parameter, string path)
    {
        try
        {
            string full = session.Path.GetUnresolvedProviderPathFromPSPath(path, out ProviderInfo provider, out _);
            if (provider.Name == "FileSystem") return Path.GetFullPath(full);
            throw Invalid(parameter, $"-{parameter} '{path}' lies in the {provider.Name} drive. Pictures are files: name a folder of the file system.");
        }
        catch (Exception exception) when (exception is System.Management.Automation.DriveNotFoundException or ProviderNotFoundException or NotSupportedException or ArgumentException)
        {
            throw Invalid(parameter, $"-{parameter} '{path}' cannot be resolved: {exception.Message}");
        }
    }

    private static NBException Invalid(string parameter, string message) => new(NBErrorId.InvalidRequest, message) { Parameter = parameter };
}
