using NanoBanana.Engine.Providers;
using NanoBanana.Engine.Requests;
using NanoBanana.Engine.Transport;

namespace NanoBanana.Engine.Jobs;

/// <summary>Finds out what became of a submit whose answer nobody heard: sends it again where that is safe, or looks for it.</summary>
/// <param name="context">What the run shares.</param>
/// <param name="job">The job; no provider is known to have it.</param>
/// <param name="looksOnly">Whether nothing may be ordered.</param>
internal sealed class JobRecovery(RunContext context, ResumedJob job, bool looksOnly)
{
    private static readonly TimeSpan LockPace = TimeSpan.FromMilliseconds(250);

    private JobRecord Job => job.Record;

    /// <summary>Finds out what became of a submit that nobody heard the answer to. Where nobody can be asked, it stays open.</summary>
    /// <returns>Whether the provider has the job.</returns>
    public async Task<bool> RunAsync(CallScope scope, CancellationToken patience)
    {
        if (Job.WasNotSent)
        {
            await job.Book.FailAsync(Job.NotSent(), NBJobState.Failed).ConfigureAwait(false);
            return false;
        }

        try
        {
            return await TryRecoverAsync(scope, patience).ConfigureAwait(false);
        }
        catch (NBException error) when (Job.Remote is null && error.ErrorId is not (NBErrorId.SubmitOutcomeUnknown or NBErrorId.JobCancelled))
        {
            // No key, no credits, no network, a key that the provider knows: all of it is said of this call, and of none before.
            throw job.Ending.Unknown(new NBException(
                NBErrorId.SubmitOutcomeUnknown,
                $"{Job.Provider}: what became of the request could not be found out ({error.ProviderMessage ?? error.Message}).",
                error)
            { StatusCode = error.StatusCode, RequestId = error.RequestId, ProviderErrorType = error.ProviderErrorType });
        }
    }

    private async Task<bool> TryRecoverAsync(CallScope scope, CancellationToken patience)
    {
        IImageProvider provider = job.Session.Provider;
        TimeSpan age = context.TimeProvider.GetUtcNow() - Job.CreatedAt;
        bool isKnown = age < provider.IdempotencyWindow && age > -LostSubmits.ClockSkew; // After the clock was set back its age is not known.
        if (isKnown && Job is { SubmitBody: { } body, IdempotencyKey: { } key } && provider.SubmitAgain(body, key) is { } again)
        {
            if (looksOnly) return false; // Looking orders nothing.
            await context.LogAsync(LogLevel.Verbose, $"{Job.Provider} {Job.Id}: sent again under its idempotency key").ConfigureAwait(false);
            await SubmitAgainAsync(again, scope, patience).ConfigureAwait(false);
            return true;
        }

        (bool isFound, string words) = await AdoptAsync(scope, patience).ConfigureAwait(false);
        if (isFound) return true;

        if (Job.State == NBJobState.SubmitOutcomeUnknown)
        {
            if (provider.FindSubmits(LostSubmits.Describe(Job)) is not null) await context.LogAsync(LogLevel.Warning, $"Job {Job.Id}: {words}").ConfigureAwait(false);
            return false;
        }

        throw job.Ending.Unknown(new NBException(
            NBErrorId.SubmitOutcomeUnknown, $"{Job.Provider}: the process that sent the request ended before it heard the answer. {words}"));
    }

    /// <summary>One after the other, in all processes: of two jobs that say the same, only one may take the one request there is.</summary>
    private async Task<(bool IsFound, string Words)> AdoptAsync(CallScope scope, CancellationToken patience)
    {
        IJobLock? turn;
        while ((turn = context.Journal.TryLock(JobId.Nobody)) is null) await Task.Delay(LockPace, context.TimeProvider, patience).ConfigureAwait(false);
        using (turn)
        {
            (RemoteJob? found, string words) = await LostSubmits.FindAsync(context, job.Session, Job, scope, patience).ConfigureAwait(false);
            if (found is null) return (false, words);
            await context.LogAsync(LogLevel.Verbose, $"{Job.Provider} {Job.Id}: {words}").ConfigureAwait(false);
            await job.Carrier.AcceptAsync(new Submission { Job = found }).ConfigureAwait(false);
            return (true, words);
        }
    }

    private async Task SubmitAgainAsync(ApiCall again, CallScope scope, CancellationToken patience)
    {
        var known = new ImageRequest { Prompt = Job.Prompt ?? string.Empty, Model = Job.Model, Output = Job.Output };
        try
        {
            await job.Carrier.AcceptAsync(await job.Session.SubmitAsync(again, known, scope, patience).ConfigureAwait(false)).ConfigureAwait(false);
        }
        catch (NBException error) when (error.ErrorId == NBErrorId.SubmitOutcomeUnknown)
        {
            throw job.Ending.Unknown(error);
        }
    }
}
