using NanoBanana.Engine.Jobs;
using NanoBanana.Engine.Transport;

namespace NanoBanana.PowerShell.Bridge;

/// <summary>Turns what the engine tells into what the pipeline writes, with progress beside it.</summary>
public abstract class JobEventCmdlet : AsyncPSCmdlet
{
    private static readonly TimeSpan ProgressPace = TimeSpan.FromMilliseconds(500);
    private ProgressBoard? board;
    private volatile ErrorItem? unwritten;

    /// <summary>What the progress bar says.</summary>
    private protected abstract string Activity { get; }

    /// <summary>The quietest lines that somebody would see; known once the work has started.</summary>
    private protected LogLevel MinimumLogLevel => ShowsDebug ? LogLevel.Debug : ShowsVerbose ? LogLevel.Verbose : LogLevel.Warning;

    /// <summary>Writes what a run tells, and progress while it lasts.</summary>
    /// <param name="run">The run; it is given where to tell what happens.</param>
    private protected Task WriteEventsAsync(Func<Func<JobEvent, ValueTask>, Task> run)
    {
        board = new ProgressBoard(TimeProvider.System, Activity); // Also where nobody sees it: it knows what is left when the work is stopped.
        return ShowsProgress ? WithProgressAsync(board, run) : run(TakeAsync);
    }

    /// <summary>What an event becomes; null for nothing. Asked from any thread.</summary>
    private protected virtual PipelineItem? Translate(JobEvent next) => next switch
    {
        ImageReceived received => new OutputItem(received.Image),
        JobFailed failed => new ErrorItem(ErrorRecords.From(failed.Error, failed.Input ?? failed.Prompt ?? failed.JobId)),
        LogLine { Level: LogLevel.Warning } line => new WarningItem(line.Text),
        LogLine { Level: LogLevel.Verbose } line => new VerboseItem(line.Text),
        LogLine line => new DebugItem(line.Text),
        _ => null,
    };

    /// <summary>Whether a job of this command is one of the sandbox.</summary>
    private protected virtual bool HasSandboxJobs => false;

    private protected override bool GoesOnAlone => board?.HasOnly(OpenSubmits.OfThisProcess.Contains) == true;

    /// <summary>Says what becomes of jobs that nobody waits for any more, and the line that fetches their images.</summary>
    private protected override void OnStopped()
    {
        if (board?.Unfinished(OpenSubmits.OfThisProcess.Contains) is not { Count: > 0 } left) return;
        int submitting = left.Count(OpenSubmits.OfThisProcess.Contains);
        int taken = left.Count - submitting;
        string open = submitting switch
        {
            0 => string.Empty,
            1 => "1 submit is still under way and continues in the background of this session: Get-NBJob shows it, Wait-NBJob waits for it. ",
            _ => $"{submitting} submits are still under way and continue in the background of this session: Get-NBJob shows them, Wait-NBJob waits for them. ",
        };
        string jobs = taken switch
        {
            0 => string.Empty,
            1 => "1 job was submitted and is not finished. ",
            _ => $"{taken} jobs were submitted and are not finished. ",
        };
        TellHost($"{open}{jobs}Get the images with:{Environment.NewLine}Get-NBJob {string.Join(',', left)}{(HasSandboxJobs ? " -Sandbox" : string.Empty)} | Receive-NBJob -Wait");
    }

    /// <summary>Waits, where the first error ends the pipeline, until the error before is written: nothing more is submitted after it.</summary>
    private protected Task WaitForErrorsAsync(CancellationToken stopping) => unwritten?.Written.Task.WaitAsync(stopping) ?? Task.CompletedTask;

    private ValueTask TakeAsync(JobEvent next)
    {
        board!.Take(next);
        if (Translate(next) is not { } item) return ValueTask.CompletedTask;
        if (StopsOnError && item is ErrorItem error) unwritten = error;
        return Queue.WriteAsync(item, CancellationToken.None);
    }

    private async Task WithProgressAsync(ProgressBoard shown, Func<Func<JobEvent, ValueTask>, Task> run)
    {
        using var ended = new CancellationTokenSource();
        Task progress = ShowProgressAsync(shown, ended.Token);
        try
        {
            await run(TakeAsync).ConfigureAwait(false);
        }
        finally
        {
            await ended.CancelAsync().ConfigureAwait(false);
            await progress.ConfigureAwait(false);
            Queue.TryWrite(new ProgressItem(shown.Clear()));
        }
    }

    private async Task ShowProgressAsync(ProgressBoard shown, CancellationToken ended)
    {
        while (!ended.IsCancellationRequested)
        {
            await Task.Delay(ProgressPace, ended).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (ended.IsCancellationRequested) return;
            Queue.TryWrite(new ProgressItem(shown.Snapshot())); // Where the queue is full there is more important news.
        }
    }
}
