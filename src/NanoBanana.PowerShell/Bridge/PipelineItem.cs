using System.Management.Automation;

namespace NanoBanana.PowerShell.Bridge;

/// <summary>Something that the pipeline thread shall write.</summary>
internal abstract record PipelineItem;

internal sealed record OutputItem(object Value) : PipelineItem;

internal sealed record ErrorItem(ErrorRecord Record) : PipelineItem
{
    /// <summary>Completed when it is written; never where writing it ends the pipeline.</summary>
    public TaskCompletionSource Written { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
}

internal sealed record WarningItem(string Text) : PipelineItem;

internal sealed record VerboseItem(string Text) : PipelineItem;

internal sealed record DebugItem(string Text) : PipelineItem;

internal sealed record ProgressItem(IReadOnlyList<ProgressRecord> Records) : PipelineItem;
