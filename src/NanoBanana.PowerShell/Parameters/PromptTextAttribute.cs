using System.Collections;
using System.Management.Automation;
using NanoBanana.PowerShell.Binding;

namespace NanoBanana.PowerShell.Parameters;

/// <summary>
/// Keeps PowerShell from making a prompt of any object's text, such as that of a row of a CSV. It never throws, for a parameter that
/// throws on a value of the pipeline keeps the cmdlet from seeing the row: what is wrong becomes a text that <see cref="Check"/> refuses.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class PromptTextAttribute : ArgumentTransformationAttribute
{
    private const char Refused = '\0';

    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData) =>
        Cell.Plain(inputData) is IList items ? items.Cast<object?>().Select(Text).ToArray() : Text(inputData);

    /// <summary>Refuses what is not a prompt.</summary>
    /// <exception cref="NBException">InvalidRequest: the prompt was given as an object that is not text.</exception>
    public static void Check(string? prompt)
    {
        if (prompt is [Refused, ..]) throw Cell.Invalid("Prompt", prompt[1..]);
    }

    private static string? Text(object? item)
    {
        if (Cell.Plain(item) is null) return null;
        try
        {
            return Cell.Prompt("Prompt", item!);
        }
        catch (NBException error)
        {
            return Refused + error.Message;
        }
    }
}
