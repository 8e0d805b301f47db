using System.Management.Automation;

namespace NanoBanana.PowerShell.Binding;

/// <summary>What a request was made from: an object of the pipeline, or the prompt of the command line.</summary>
/// <param name="Value">The object as errors show it.</param>
/// <param name="Number">Its number in the pipeline, from 1; null for the command line.</param>
internal sealed record InputRow(object? Value, int? Number)
{
    /// <summary>An object of the pipeline.</summary>
    public static InputRow Of(object? input, int number) => new(Cell.Plain(input), number);

    /// <summary>The record of an error: it is about this row, and says which one that is.</summary>
    public ErrorRecord Record(NBException error) =>
        ErrorRecords.From(Number is { } number ? error.WithMessage(FormattableString.Invariant($"Row {number}: {error.Message}")) : error, Value);
}
