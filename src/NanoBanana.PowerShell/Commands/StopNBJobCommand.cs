using System.Management.Automation;
using NanoBanana.Engine.Jobs;
using NanoBanana.PowerShell.Bridge;

namespace NanoBanana.PowerShell.Commands;

/// <summary>Asks the provider to cancel jobs.</summary>
[Cmdlet(VerbsLifecycle.Stop, "NBJob", SupportsShouldProcess = true)]
[OutputType(typeof(NBJob))]
public sealed class StopNBJobCommand : JobCommand
{
    private protected override string Activity => "Cancelling jobs";

    private protected override ResumeOptions Goal { get; } = new() { Goal = ResumeGoal.Cancel };

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (NBJob job in Find(Id))
        {
            if (job.HasEnded) WriteEnded(job);
            else if (ShouldProcess($"{job.Provider} {job.Id} ({job.State})", "Cancel at the provider")) Carry(job);
        }
    }

    private protected override PipelineItem? Translate(JobEvent next) => next switch
    {
        JobSeen seen => new OutputItem(seen.Job),
        JobFailed { State: { } state } when state.IsOver() => null,
        _ => base.Translate(next),
    };

    private void WriteEnded(NBJob job)
    {
        WriteWarning($"Job {job.Id} has ended already ({job.State}); there is nothing to cancel.");
        WriteObject(job);
    }
}
