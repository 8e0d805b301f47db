using System.Management.Automation;

namespace NanoBanana.PowerShell.Commands;

/// <summary>Says what a table shows of an object. A view in the format file would do the same, but costs at every import.</summary>
internal static class ShownColumns
{
    /// <summary>The object with its columns.</summary>
    /// <param name="value">The object.</param>
    /// <param name="columns">The names of its properties, at most four for a table.</param>
    public static PSObject Of(object value, params string[] columns)
    {
        PSObject shown = PSObject.AsPSObject(value);
        shown.Members.Add(new PSMemberSet("PSStandardMembers", [new PSPropertySet("DefaultDisplayPropertySet", columns)]));
        return shown;
    }
}
