using System.Management.Automation;
using NanoBanana.PowerShell.Binding;

namespace NanoBanana.PowerShell.Parameters;

/// <summary>
/// Keeps PowerShell from rounding 7.5 to 8 and from taking 1,5 for 15. It never throws, for a parameter that throws on a value of the
/// pipeline keeps the cmdlet from seeing the row: what is wrong becomes a text that PowerShell cannot convert.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class InvariantNumberAttribute : ArgumentTransformationAttribute
{
    /// <summary>Whether it must be a whole number.</summary>
    public bool IsWhole { get; init; }

    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        if (Cell.IsBlank(inputData)) return null;
        if (Cell.ValueText(inputData) is not { } text) return inputData;
        try
        {
            object number = IsWhole ? Cell.Int64(string.Empty, inputData!) : Cell.Number(string.Empty, inputData!);
            return Cell.Plain(inputData) is string ? number : inputData; // A decimal stays one: 2.50 is not 2.5.
        }
        catch (NBException)
        {
            return $"{text} (not a {(IsWhole ? "whole " : string.Empty)}number)";
        }
    }
}
