using NanoBanana.Engine.Transport;

namespace NanoBanana.Engine.Jobs;

/// <summary>One job's record: what is written here is in the journal before anybody goes on.</summary>
/// <param name="context">What all jobs of a run share.</param>
/// <param name="first">The record as it is found, or as it is meant to be.</param>
internal sealed class JobBook(RunContext context, JobRecord first)
{
    /// <summary>The record as it stands.</summary>
    public JobRecord Job { get; private set; } = first;

    /// <summary>Writes the intent down. Nothing may be sent before this returns.</summary>
    /// <exception cref="NBException">OutputWriteFailed: the journal cannot be written to.</exception>
    public async ValueTask OpenAsync(CancellationToken cancellationToken)
    {
        try
        {
            await context.Journal.WriteAsync(Job, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new NBException(
                NBErrorId.OutputWriteFailed,
                $"The job could not be written down ({exception.Message}), so nothing was sent. Free some space, or let NB_STATE_PATH name a folder that can be written to.",
                exception);
        }

        await context.PublishAsync(new JobStarted(Job.ToPublic())).ConfigureAwait(false);
    }

    /// <summary>Writes the next state down, whoever stops meanwhile.</summary>
    public async ValueTask WriteAsync(JobRecord next)
    {
        Job = next with { UpdatedAt = context.TimeProvider.GetUtcNow() };
        await context.Journal.WriteAsync(Job, CancellationToken.None).ConfigureAwait(false);
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
        try
        {
            await WriteAsync(Job with { State = state, ErrorId = told.ErrorId, ErrorMessage = told.Message }).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            string remote = Job.Remote is { } known ? $"the request {known.Id}" : "no request yet";
            string text = $"{told.Message} Besides, the job's state could not be written down ({exception.Message}); {Job.Provider} knows it as {remote}.";
            told = new NBException(told.ErrorId, text, error).ForJob(Job.Id, Job.Provider);
        }

        await context.PublishAsync(new JobFailed(told, Job.Prompt, Job.Id)).ConfigureAwait(false);
    }

    private ValueTask ProgressAsync() => context.PublishAsync(new JobProgressed(Job.Id, Job.State, Job.QueuePosition));
}
