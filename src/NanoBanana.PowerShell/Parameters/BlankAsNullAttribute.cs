using System.Management.Automation;

namespace NanoBanana.PowerShell.Parameters;

/// <summary>Takes a blank cell of a CSV for nothing. Without it PowerShell makes a number 0 of an empty text.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class BlankAsNullAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        object plain = inputData is PSObject wrapped ? wrapped.BaseObject : inputData;
        return plain is string text && string.IsNullOrWhiteSpace(text) ? null : inputData;
    }
}
