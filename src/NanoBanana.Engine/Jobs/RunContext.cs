using System.Runtime.ExceptionServices;
using NanoBanana.Engine.Imaging;
using NanoBanana.Engine.Pricing.Budgets;
using NanoBanana.Engine.Requests;
using NanoBanana.Engine.Transport;

namespace NanoBanana.Engine.Jobs;

/// <summary>What all jobs of one run share.</summary>
internal sealed class RunContext
{
    private RemoteIndex? remotes;

    public required TimeProvider TimeProvider { get; init; }

    public required IJobJournal Journal { get; init; }

    public required Downloader Downloader { get; init; }

    public required Redactor Redactor { get; init; }

    public required Budget Budget { get; init; }

    public required Func<string, ProviderSession> SessionFor { get; init; }

    /// <summary>Hands an event to whoever listens; waits while they are busy.</summary>
    public required Func<JobEvent, ValueTask> PublishAsync { get; init; }

    public required bool IsSandbox { get; init; }

    /// <summary>How long a job usually takes, where that is known better than by the provider's own word.</summary>
    public TimeSpan? KnownDuration { get; init; }

    /// <summary>The time for one job, all calls together.</summary>
    public required TimeSpan Timeout { get; init; }

    public required int MaximumRetryCount { get; init; }

    /// <summary>Awaited before anything is sent for a job.</summary>
    public required Func<CancellationToken, Task> BeforeSubmit { get; init; }

    /// <summary>How long the call may take that cancels a job (-CancelOnStop) after the user has stopped.</summary>
    public TimeSpan CancelGrace { get; init; } = TimeSpan.FromMilliseconds(600);

    /// <summary>Where submits are entered while they are under way.</summary>
    public required OpenSubmits OpenSubmits { get; init; }

    public required ReferencePreparer References { get; init; }

    public PictureStore Store { get; } = new();

    /// <summary>The requests that providers know our jobs by, read once for all lost submits of the run.</summary>
    public RemoteIndex Remotes => LazyInitializer.EnsureInitialized(ref remotes, () => new RemoteIndex(Journal));

    /// <summary>How long a job of a provider usually takes; null when nothing is known, as behind a base address on loopback.</summary>
    public TimeSpan? UsualDuration(ProviderSession session) =>
        KnownDuration ?? (session.Endpoint.IsLoopback ? null : session.Provider.UsualDuration);

    /// <summary>The same error without secrets in its words.</summary>
    public NBException Redacted(NBException error) => Redactor.Redact(error);

    /// <summary>A fault of our own; it ends the run in sight of the user.</summary>
    public Exception? Fault { get; set; }

    /// <summary>The quietest lines that are told; nothing is done for the others.</summary>
    public LogLevel MinimumLogLevel { get; init; }

    /// <summary>Tells the user a line, without secrets; warnings name addresses and files that the user must know.</summary>
    public ValueTask LogAsync(LogLevel level, string text) => level < MinimumLogLevel
        ? ValueTask.CompletedTask
        : PublishAsync(new LogLine(level, level == LogLevel.Warning ? Redactor.Redact(text) : Redactor.RedactLine(text)));

    /// <summary>Waits for the end of the run. That the user stopped it is all there is to say of it; a fault of our own is not hidden.</summary>
    public async Task ToEndAsync(Task run, CancellationToken stopping)
    {
        try
        {
            await run.ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // Stopped by the user.
        }

        if (Fault is not null) ExceptionDispatchInfo.Throw(Fault);
    }
}
