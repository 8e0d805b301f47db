using System.Management.Automation;

namespace NanoBanana.PowerShell.Commands;

/// <summary>What a table shows of an option. A view in the format file would do the same, but costs at every import.</summary>
internal static class OptionTable
{
    /// <summary>The option with the columns of its table.</summary>
    /// <param name="option">The option.</param>
    public static PSObject Shown(NBOption option)
    {
        PSObject shown = PSObject.AsPSObject(option);
        string[] columns = [nameof(NBOption.Name), nameof(NBOption.Value), nameof(NBOption.Source), nameof(NBOption.Description)];
        shown.Members.Add(new PSMemberSet("PSStandardMembers", [new PSPropertySet("DefaultDisplayPropertySet", columns)]));
        return shown;
    }
}
