using System.Management.Automation;

namespace NanoBanana.PowerShell.Commands;

/// <summary>Forgets jobs. The pictures stay where they are.</summary>
[Cmdlet(VerbsCommon.Remove, "NBJob", SupportsShouldProcess = true)]
[OutputType(typeof(void))]
public sealed class RemoveNBJobCommand : JobSelectionCommand
{
    /// <summary>Also jobs that are unfinished, or whose pictures were not received.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (NBJob job in Find(Id))
        {
            if (!ShouldProcess($"{job.Provider} {job.Id} ({job.State})", "Remove from the journal")) continue;
            try
            {
                Store.Remove(job.Id, Force);
            }
            catch (NBException error)
            {
                Refuse(error, job.Id);
            }
        }
    }
}
