using System.Management.Automation;

namespace NanoBanana.PowerShell.Bridge;

/// <summary>
/// Which lines a command shows: as its switch says, else as the caller's preference says. What is not shown need not be made. At
/// -Debug alone PowerShell would stop at each line of Verbose to ask whether to go on, and fail where nobody can answer.
/// </summary>
internal static class ShownStreams
{
    /// <summary>Whether lines of Verbose are shown; for the pipeline thread.</summary>
    public static bool HasVerbose(PSCmdlet cmdlet) => Has(cmdlet, "Verbose", "VerbosePreference");

    /// <summary>Whether lines of Debug are shown; for the pipeline thread.</summary>
    public static bool HasDebug(PSCmdlet cmdlet) => Has(cmdlet, "Debug", "DebugPreference");

    private static bool Has(PSCmdlet cmdlet, string parameter, string preference) => cmdlet.MyInvocation.BoundParameters.TryGetValue(parameter, out object? asked)
        ? LanguagePrimitives.IsTrue(asked)
        : cmdlet.GetVariableValue(preference) is not ActionPreference.SilentlyContinue and not ActionPreference.Ignore;
}
