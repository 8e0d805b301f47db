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
        foreach (string? id in Id ?? [])
        {
            // Who names a job wants to know of it; who says 'all of them' does not mean those that ended long ago.
            bool isNamed = id is null || !WildcardPattern.ContainsWildcardCharacters(id);
            foreach (NBJob job in Find([id]))
            {
                if (job.HasEnded) TellEnded(job, isNamed);
                else if (ShouldProcess($"{job.Provider} {job.Id} ({job.State})", "Cancel at the provider")) Carry(job);
            }
        }
    }

    private protected override PipelineItem? Translate(JobEvent next) => next switch
    {
        JobSeen seen => new OutputItem(seen.Job),
        JobFailed { State: { } state } when state.IsOver() => null,
        _ => base.Translate(next),
    };

    private void TellEnded(NBJob job, bool isNamed)
    {
        string text = $"Job {job.Id} has ended already ({job.State}); there is nothing to cancel.";
        if (!isNamed)
        {
            if (ShownStreams.HasVerbose(this)) WriteVerbose(text);
            return;
        }

        WriteWarning(text);
        WriteObject(job);
    }
}
