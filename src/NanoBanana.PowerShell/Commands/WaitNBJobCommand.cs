using System.Management.Automation;
using NanoBanana.Engine.Jobs;
using NanoBanana.PowerShell.Bridge;

namespace NanoBanana.PowerShell.Commands;

/// <summary>Waits until jobs have ended at their provider.</summary>
[Cmdlet(VerbsLifecycle.Wait, "NBJob")]
[OutputType(typeof(NBJob))]
public sealed class WaitNBJobCommand : JobCommand
{
    private int ended;

    /// <summary>Give the first that ends, and wait for no other.</summary>
    [Parameter]
    public SwitchParameter Any { get; set; }

    /// <summary>The time for all of them in seconds; 0 for no limit.</summary>
    [Parameter]
    [ValidateRange(0, int.MaxValue / 1000)]
    public int TimeoutSec { get; set; }

    private protected override string Activity => "Waiting for pictures";

    private protected override ResumeOptions Goal { get; } = new() { Goal = ResumeGoal.Wait, Waits = true };

    private protected override int Patience => TimeoutSec;

    private protected override PipelineItem? Translate(JobEvent next)
    {
        PipelineItem? usual = base.Translate(next);
        return next switch
        {
            JobSeen seen => Take(seen.Job),
            JobFailed { State: { } state } when state.IsOver() => null, // The job itself says why.
            _ => usual,
        };
    }

    private OutputItem? Take(NBJob job)
    {
        if (!job.HasEnded && job.State != NBJobState.SubmitOutcomeUnknown) return null; // Told as an error already.
        if (!Any) return new OutputItem(job);
        if (Interlocked.Increment(ref ended) > 1) return null;
        EndLanes();
        return new OutputItem(job);
    }
}
