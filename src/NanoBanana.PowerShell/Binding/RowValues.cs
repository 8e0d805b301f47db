using System.Reflection;
using NanoBanana.PowerShell.Commands;

namespace NanoBanana.PowerShell.Binding;

/// <summary>
/// Sets the parameters of a request to what a row says. What PowerShell bound of the row itself is discarded, for it converts by
/// other rules, and so is what the row before left.
/// </summary>
internal sealed class RowValues
{
    private readonly ImageCommand command;
    private readonly (PropertyInfo Property, object? Default)[] open;

    /// <summary>Takes note of the values that hold where a row says nothing; before the first row.</summary>
    /// <param name="command">The cmdlet.</param>
    /// <param name="isGiven">Whether a parameter stands on the command line; it keeps its value.</param>
    public RowValues(ImageCommand command, Func<string, bool> isGiven)
    {
        this.command = command;
        open =
        [
            .. RowParameters.Parsers.Keys.Append(RowParameters.Image)
                .Where(name => !isGiven(name))
                .Select(name => command.GetType().GetProperty(name))
                .OfType<PropertyInfo>()
                .Select(property => (property, property.GetValue(command))),
        ];
    }

    /// <summary>Sets every parameter that does not stand on the command line.</summary>
    /// <param name="row">The values of the row.</param>
    public void Set(IReadOnlyDictionary<string, object> row)
    {
        foreach ((PropertyInfo property, object? value) in open) property.SetValue(command, row.TryGetValue(property.Name, out object? own) ? own : value);
    }
}
