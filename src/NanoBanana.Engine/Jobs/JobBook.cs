using NanoBanana.Engine.Transport;

namespace NanoBanana.Engine.Jobs;

/// <summary>One job's record: what is written here is in the journal before anybody goes on.</summary>
/// <param name="context">What all jobs of a run share.</param>
/// <param name="first">The record as it is found, or as it is meant to be.</param>
internal sealed class JobBook(RunContext context, JobRecord first)
{
    private readonly long opened = context.TimeProvider.GetTimestamp();
    private bool isWarned;

    /// <summary>What the caller made the request from, for the events of errors.</summary>
    public object? Input { get; init; }

    /// <summary>The record as it stands.</summary>
    public JobRecord Job { get; private set; } = first;

    /// <summary>The time since the record was opened here; no change of the clock alters it.</summary>
    public TimeSpan SinceOpened => context.TimeProvider.GetElapsedTime(opened);

    /// <summary>Takes the job for oneself and writes the intent down. Nothing may be sent before this returns.</summary>
    /// <returns>The lock, to be kept as long as the job is worked on.</returns>
    /// <exception cref="NBException">OutputWriteFailed: the journal cannot be written to.</exception>
    public async ValueTask<IJobLock> OpenAsync(CancellationToken cancellationToken)
    {
        IJobLock? held = null;
        try
        {
            held = context.Journal.TryLock(Job.Id) ?? throw new IOException($"job {Job.Id} is taken");
            await context.Journal.WriteAsync(Job, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or NBException)
        {
            held?.Dispose();
            throw NotWritten(exception);
        }
        catch
        {
            held?.Dispose();
            throw;
        }

        return held;
    }

    /// <summary>Takes the intent back: the job is not submitted.</summary>
    /// <param name="held">The lock; it is released.</param>
    public void Forget(IJobLock held)
    {
        using (held)
        {
            try
            {
                context.Journal.Remove(Job.Id);
                held.DeleteOnRelease = true;
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // It stays as an intent that was certainly not sent.
            }
        }
    }

    /// <summary>
    /// Writes down what is about to be sent. It belongs to the intent: who finds the job later takes a body that is missing
    /// for one that was never sent.
    /// </summary>
    /// <param name="next">The job.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="NBException">OutputWriteFailed: it cannot be written, so nothing may be sent.</exception>
    public async ValueTask WriteIntentAsync(JobRecord next, CancellationToken cancellationToken)
    {
        try
        {
            Take(next);
            await context.Journal.WriteAsync(Job, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or NBException)
        {
            throw NotWritten(exception);
        }
    }

    /// <summary>
    /// Writes the next state down, whoever stops meanwhile. What has been submitted goes on even when it cannot be written:
    /// the picture is paid for, and the user is told how to find it.
    /// </summary>
    public async ValueTask WriteAsync(JobRecord next)
    {
        bool endsNow = next.IsOver && !Job.IsOver;
        Take(next);
        try
        {
            await context.Journal.WriteAsync(Job, CancellationToken.None).ConfigureAwait(false);
            if (endsNow) await SettleAsync().ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or NBException)
        {
            if (!isWarned) await context.LogAsync(LogLevel.Warning, Unwritten(exception)).ConfigureAwait(false);
            isWarned = true;
        }

        await ProgressAsync().ConfigureAwait(false);
        await context.LogAsync(LogLevel.Verbose, $"{Job.Provider} {Job.Id}: {Job.State}").ConfigureAwait(false);
    }

    /// <summary>Takes note of what need not be kept, as the place in a queue.</summary>
    public async ValueTask NoteAsync(JobRecord next)
    {
        Job = next;
        await ProgressAsync().ConfigureAwait(false);
    }

    /// <summary>Writes an error down and tells it; it is told even when it cannot be written.</summary>
    public async ValueTask FailAsync(NBException error, NBJobState state)
    {
        NBException told = context.Redacted(error.ForJob(Job.Id, Job.Provider));
        await WriteAsync(Job with { State = state, ErrorId = told.ErrorId, ErrorMessage = told.Message, ErrorStatus = told.StatusCode, ErrorType = told.ProviderErrorType }).ConfigureAwait(false);
        await context.PublishAsync(new JobFailed(told, Job.Prompt, Job.Id) { State = state, Input = Input }).ConfigureAwait(false);
    }

    private async ValueTask SettleAsync()
    {
        try
        {
            await context.Budget.SettleAsync(Job).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or NBException)
        {
            await context.LogAsync(LogLevel.Warning, $"What job {Job.Id} cost could not be noted for today's limit ({exception.Message}). The sum stays set aside, which spends nothing.").ConfigureAwait(false);
        }
    }

    private void Take(JobRecord next) => Job = next with
    {
        UpdatedAt = context.TimeProvider.GetUtcNow(),
        ProcessId = Environment.ProcessId,
        MachineName = Environment.MachineName,
    };

    private static NBException NotWritten(Exception exception) => new(
        NBErrorId.OutputWriteFailed,
        $"The job could not be written down ({exception.Message}), so nothing was sent. Free some space, or let NB_STATE_PATH name a folder that can be written to.",
        exception);

    private string Unwritten(Exception exception)
    {
        string remote = Job.Remote is { } known ? $"{Job.Provider} knows it as {known.Id}" : "no request was made";
        return $"The state of job {Job.Id} could not be written down ({exception.Message}). It goes on; should this command end before it does, note: {remote}.";
    }

    private ValueTask ProgressAsync() => context.PublishAsync(new JobProgressed(Job.Id, Job.State, Job.QueuePosition));
}
