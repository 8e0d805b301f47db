using System.Management.Automation;
using System.Management.Automation.Runspaces;
using System.Runtime.CompilerServices;

namespace NanoBanana.PowerShell.Bridge;

/// <summary>
/// Shows the module's objects as tables. The views are loaded by the first command of a runspace, beside its work:
/// named in the manifest, they would make every import a third slower, also in scripts that show nothing.
/// </summary>
internal static class Views
{
    private static readonly ConditionalWeakTable<Runspace, string> Loaded = [];

    /// <summary>Loads the views into a runspace, once.</summary>
    public static void Load()
    {
        if (Runspace.DefaultRunspace is not { } runspace) return;
        string file = Path.Combine(Path.GetDirectoryName(typeof(Views).Assembly.Location)!, "NanoBanana.Format.ps1xml");
        if (!Loaded.TryAdd(runspace, file)) return;
        try
        {
            // By its type: by its name, PowerShell would look for its module and load that, which takes longer than all of this.
            if (Type.GetType("Microsoft.PowerShell.Commands.UpdateFormatDataCommand, Microsoft.PowerShell.Commands.Utility") is not { } type) return;
            using System.Management.Automation.PowerShell shell = System.Management.Automation.PowerShell.Create(RunspaceMode.CurrentRunspace);
            shell.AddCommand(new CmdletInfo("Update-FormatData", type)).AddParameter("AppendPath", file).AddParameter("ErrorAction", ActionPreference.Ignore).Invoke();
        }
        catch (RuntimeException)
        {
            // A runspace without that command shows the objects as lists.
        }
    }
}
