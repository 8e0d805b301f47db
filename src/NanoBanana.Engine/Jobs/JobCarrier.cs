using NanoBanana.Engine.Providers;
using NanoBanana.Engine.Transport;

namespace NanoBanana.Engine.Jobs;

/// <summary>Carries a job that the provider has taken to its end: waits, and reads the result.</summary>
internal sealed class JobCarrier(RunContext context, ProviderSession session, JobBook book)
{
    private int logsSeen;

    /// <summary>Whether the provider itself said that the job is over, without a picture.</summary>
    public bool HasEndedBadly { get; private set; }

    /// <summary>Waits until the job has ended, and reads its pictures' addresses.</summary>
    /// <param name="scope">What surrounds its calls.</param>
    /// <param name="patience">Ends the waiting, not the job.</param>
    /// <exception cref="NBException">The job failed, or its result cannot be had.</exception>
    public async Task<ImageResult> WaitAsync(CallScope scope, CancellationToken patience)
    {
        RemoteJob remote = book.Job.Remote!;
        var waiter = new JobWaiter(session, context.UsualDuration(session), context.TimeProvider);
        RemoteStatus status = await waiter.WaitAsync(remote, scope, FollowAsync, patience).ConfigureAwait(false);
        HasEndedBadly = status.State != RemoteState.Completed || status.Error is not null;
        if (status.State == RemoteState.Cancelled) throw status.Error ?? new NBException(NBErrorId.JobCancelled, $"{book.Job.Provider}: the job was cancelled.");

        ImageResult? result = status.Result;
        if (status.State == RemoteState.Completed && result is null && session.Provider.Result(remote) is { } call)
        {
            result = await FetchAsync(call, scope, status.Error, patience).ConfigureAwait(false);
        }

        if (result is null) throw status.Error ?? new NBException(NBErrorId.ProviderUnavailable, $"{book.Job.Provider}: the job failed and no reason was given.");
        await SucceedAsync(result).ConfigureAwait(false);
        return result;
    }

    /// <summary>Writes down that the pictures exist, and where.</summary>
    public ValueTask SucceedAsync(ImageResult result) => book.WriteAsync(book.Job with
    {
        State = NBJobState.Succeeded,
        QueuePosition = null,
        Credits = result.Credits,
        Outputs = [.. result.Outputs.Select(output => output.Uri).OfType<Uri>()],
    });

    /// <summary>The result of a job that failed is its error in full; the one on the status is shorter.</summary>
    private async Task<ImageResult> FetchAsync(ApiCall call, CallScope scope, NBException? statusError, CancellationToken patience)
    {
        try
        {
            // A job that is known to have failed is asked once for its words; a good one as often as allowed.
            CallScope patient = statusError is null ? scope : scope.Once();
            return await session.ResultAsync(call, patient, patience).ConfigureAwait(false);
        }
        catch (NBException error) when (statusError is not null && error.ErrorId is NBErrorId.ProviderUnavailable or NBErrorId.NoImageReturned)
        {
            throw statusError!;
        }
        catch (NBException error)
        {
            // A typed error is the provider's own word on the job; a bare 5xx may be a gateway's, and the job is kept.
            HasEndedBadly |= error.ProviderErrorType is not null;
            throw;
        }
    }

    private async ValueTask FollowAsync(RemoteStatus status)
    {
        foreach (string line in status.Logs.Skip(logsSeen))
        {
            await context.LogAsync(LogLevel.Verbose, $"{book.Job.Provider} {book.Job.Id}: {line}").ConfigureAwait(false);
        }

        logsSeen = Math.Max(logsSeen, status.Logs.Count);
        NBJobState state = status.State == RemoteState.Queued ? NBJobState.Submitted : NBJobState.Running;
        if (state == NBJobState.Running && book.Job.State == NBJobState.Submitted)
        {
            await book.WriteAsync(book.Job with { State = NBJobState.Running, QueuePosition = null }).ConfigureAwait(false);
        }
        else if (status.QueuePosition != book.Job.QueuePosition)
        {
            await book.NoteAsync(book.Job with { QueuePosition = status.QueuePosition }).ConfigureAwait(false);
        }
    }
}
