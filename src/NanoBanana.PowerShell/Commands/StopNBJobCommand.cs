using System.Management.Automation;
using NanoBanana.Engine;
using NanoBanana.Engine.Jobs;
using NanoBanana.Engine.Providers;
using NanoBanana.PowerShell.Bridge;

namespace NanoBanana.PowerShell.Commands;

/// <summary>Asks the provider to cancel jobs.</summary>
[Cmdlet(VerbsLifecycle.Stop, "NBJob", SupportsShouldProcess = true)]
[OutputType(typeof(NBJob))]
public sealed class StopNBJobCommand : JobCommand
{
    private readonly Dictionary<bool, ImageEngine> engines = [];

    private protected override string Activity => "Cancelling jobs";

    private protected override ResumeOptions Goal { get; } = new() { Goal = ResumeGoal.Look };

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (NBJob job in Find(Id))
        {
            if (job.HasEnded) WriteEnded(job);
            else if (ShouldProcess($"{job.Provider} {job.Id} ({job.State})", "Cancel at the provider")) Stop(job);
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (!disposing) return;
        foreach (ImageEngine engine in engines.Values) engine.Dispose();
    }

    private protected override PipelineItem? Translate(JobEvent next) => next switch
    {
        JobSeen seen => new OutputItem(seen.Job),
        JobFailed { State: { } state } when state.IsOver() => null,
        _ => base.Translate(next),
    };

    /// <summary>Asks here, one after the other; what it led to is looked at beside.</summary>
    private void Stop(NBJob job)
    {
        try
        {
            ResolveKey(job);
            if (!engines.TryGetValue(job.Sandbox, out ImageEngine? engine))
            {
                engine = Open(job.Sandbox);
                engines.Add(job.Sandbox, engine);
            }

            CancelOutcome outcome = Await(() => engine.CancelAsync(job.Id, StopToken));
            if (outcome == CancelOutcome.AlreadyCompleted) WriteWarning($"Job {job.Id} had ended at {job.Provider} before it could be cancelled (ALREADY_COMPLETED); it is paid for if it ended well. Receive-NBJob {job.Id} fetches its pictures.");
            if (outcome == CancelOutcome.NotFound) Refuse(new NBException(NBErrorId.JobNotFound, $"{job.Provider} does not know job {job.Id} as {job.RemoteId}. Get-NBJob {job.Id} -Refresh looks again.") { JobId = job.Id }, job.Id);
            else Carry(job);
        }
        catch (NBException error)
        {
            Refuse(error, job.Id);
        }
    }

    private void WriteEnded(NBJob job)
    {
        WriteWarning($"Job {job.Id} has ended already ({job.State}); there is nothing to cancel.");
        WriteObject(job);
    }
}
