using System.Management.Automation;
using NanoBanana.Engine.Jobs;
using NanoBanana.PowerShell.Parameters;

namespace NanoBanana.PowerShell.Commands;

/// <summary>Fetches the pictures of jobs.</summary>
[Cmdlet(VerbsCommunications.Receive, "NBJob")]
[OutputType(typeof(NBImage))]
public sealed class ReceiveNBJobCommand : JobCommand
{
    private string? directory;
    private string? existing;

    /// <summary>Wait for jobs that have not ended.</summary>
    [Parameter]
    public SwitchParameter Wait { get; set; }

    /// <summary>The folder for the pictures, instead of the one that the job was told.</summary>
    [Parameter]
    public string? OutDirectory { get; set; }

    /// <summary>Fetch once more what was received before.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>The time for all of them in seconds; 0 for no limit.</summary>
    [Parameter]
    [ValidateRange(0, int.MaxValue / 1000)]
    public int TimeoutSec { get; set; }

    private protected override string Activity => "Fetching pictures";

    private protected override ResumeOptions Goal => new()
    {
        Goal = ResumeGoal.Receive,
        Waits = Wait,
        Again = Force,
        Directory = directory,
    };

    private protected override int Patience => TimeoutSec;

    private protected override bool IsDone(NBJob job) => job.State.IsOver();

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        try
        {
            if (string.IsNullOrWhiteSpace(OutDirectory)) return;
            directory = FileSystemPath.Resolve(SessionState, nameof(OutDirectory), OutDirectory);
            for (existing = directory; existing is not null && !Directory.Exists(existing);) existing = Path.GetDirectoryName(existing);
            Directory.CreateDirectory(directory); // A job keeps the folder that it is told: a wrong one must not get so far.
        }
        catch (NBException error)
        {
            ThrowTerminatingError(ErrorRecords.From(error, OutDirectory));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            var error = new NBException(NBErrorId.OutputWriteFailed, $"The folder '{directory}' cannot be made ({exception.Message}). Choose another -OutDirectory; nothing was fetched.", exception) { Parameter = nameof(OutDirectory) };
            ThrowTerminatingError(ErrorRecords.From(error, OutDirectory));
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (disposing) RemoveEmptyFolders();
    }

    /// <summary>Removes the folders that were made for nothing.</summary>
    private void RemoveEmptyFolders()
    {
        try
        {
            for (string? made = directory; existing is not null && made is not null && made != existing; made = Path.GetDirectoryName(made)) Directory.Delete(made);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Something is in it.
        }
    }
}
