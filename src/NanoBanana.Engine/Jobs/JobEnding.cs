using System.Globalization;
using NanoBanana.Engine.Providers;
using NanoBanana.Engine.Transport;

namespace NanoBanana.Engine.Jobs;

/// <summary>What an error means for a job: whether it is over or goes on, and what the user is told.</summary>
internal sealed class JobEnding(RunContext context, ProviderSession session, JobBook book, JobCarrier carrier)
{
    /// <summary>Whether the provider is asked to cancel the job when the user stops, or the time is over.</summary>
    public bool CancelOnStop { get; init; }

    /// <summary>Whether another provider is asked when this one certainly does not take the job.</summary>
    public bool PassesOn { get; set; }

    /// <summary>Why this provider did not take the job, where another is to be asked.</summary>
    public NBException? PassedOver { get; private set; }

    /// <summary>Whether the submit is on its way: then it may have been taken, whatever ended the waiting for its answer.</summary>
    public bool IsUnderWay { get; set; }

    /// <summary>Whether a job without a remote id may have been taken all the same: it was begun by somebody who is gone.</summary>
    public bool MayHaveBeenSent { get; init; }

    private JobRecord Job => book.Job;

    private string GoOn => $"Receive-NBJob {Job.Id} -Wait";

    /// <summary>Does the work; whatever goes wrong is written down and told. Only the end of the whole run is thrown.</summary>
    /// <param name="work">The work: given what ends it (a stop, or the end of its time), and what ends a submit that is under way (the time alone).</param>
    /// <param name="stopping">Cancelled when the user stops.</param>
    public async Task GuardAsync(Func<CancellationToken, CancellationToken, Task> work, CancellationToken stopping)
    {
        try
        {
            await WithinTimeAsync(work, stopping).ConfigureAwait(false);
        }
        catch (NBException error)
        {
            await FailAsync(error).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            await FailAsync(new NBException(
                NBErrorId.OutputWriteFailed,
                $"The picture could not be written ({exception.Message}). Free some space or choose another -OutDirectory.{(Job.State == NBJobState.Succeeded ? $" It is paid for and not lost: {GoOn} fetches it." : string.Empty)}",
                exception)).ConfigureAwait(false);
        }
        catch (Exception exception) when (!(exception is OperationCanceledException && stopping.IsCancellationRequested))
        {
            // Nobody foresaw it, and it ends the run; but what was paid must be found in the journal.
            await FailAsync(Unforeseen(exception)).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>An answer to the submit that was lost, in words that say what to check.</summary>
    public NBException Unknown(NBException error) => new(
        NBErrorId.SubmitOutcomeUnknown,
        $"{error.Message} {HowOften} "
        + string.Create(CultureInfo.InvariantCulture, $"It was sent at {Job.CreatedAt:yyyy-MM-dd HH:mm:ss} UTC: look for it at {session.Provider.Capabilities.Dashboard} before you order it again.")
        + WhereToAsk,
        error.InnerException)
    {
        Provider = Job.Provider,
        StatusCode = error.StatusCode,
        RequestId = error.RequestId,
        ProviderErrorType = error.ProviderErrorType,
    };

    private string HowOften => session.Provider.Capabilities.Has(Capability.Idempotency)
        ? $"It was sent under the idempotency key {Job.IdempotencyKey}; {(Job.SubmitBody is null ? $"with -IdempotencyKey {Job.IdempotencyKey}" : GoOn + " sends it again under that key, and")} the same order is not paid twice."
        : "It was not sent again, because it may have been taken and would then be paid twice.";

    private string WhereToAsk => session.Provider.FindSubmits(LostSubmits.Describe(Job)) is null
        ? string.Empty
        : $" Get-NBJob {Job.Id} -Refresh looks for it in the account's list.";

    private async Task WithinTimeAsync(Func<CancellationToken, CancellationToken, Task> work, CancellationToken stopping)
    {
        using var deadline = new CancellationTokenSource(context.Timeout, context.TimeProvider);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(stopping, deadline.Token);
        try
        {
            await work(patience.Token, deadline.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested || deadline.IsCancellationRequested)
        {
            string? cancelled = CancelOnStop ? await CancelAsync().ConfigureAwait(false) : null;
            if (stopping.IsCancellationRequested) throw;
            throw TimedOut(cancelled);
        }
    }

    /// <summary>Asks the provider to cancel what nobody waits for any more.</summary>
    /// <returns>What it said; null when there was nothing to cancel.</returns>
    private async Task<string?> CancelAsync()
    {
        if (Job.Remote is not { } remote || Job.State is not (NBJobState.Submitted or NBJobState.Running)) return null;
        if (session.Provider.Cancel(remote) is not { } call) return null;
        using var grace = new CancellationTokenSource(context.CancelGrace, context.TimeProvider);
        CallScope scope = session.Scope(0, context.CancelGrace, context.LogAsync, picturePath: null);
        try
        {
            CancelOutcome outcome = await session.CancelAsync(call, scope, grace.Token).ConfigureAwait(false);
            return outcome switch
            {
                CancelOutcome.Requested => $"{Job.Provider} was asked to cancel it.",
                CancelOutcome.AlreadyCompleted => $"It was too late to cancel it: {GoOn} fetches what is paid for.",
                _ => $"{Job.Provider} did not know it when it was asked to cancel it.",
            };
        }
        catch (Exception exception) when (exception is NBException or OperationCanceledException)
        {
            return $"{Job.Provider} could not be asked to cancel it: Stop-NBJob {Job.Id} tries again.";
        }
    }

    /// <summary>A job that was taken and may go on is not to be ordered again for the error of a look at it.</summary>
    private ValueTask FailAsync(NBException error)
    {
        NBJobState state = EndState(error.ErrorId, ProviderErrors.IsUnexplained(error));
        if (PassesOn && state == NBJobState.Failed && Job.Remote is null && MayPassOn(error.ErrorId))
        {
            PassedOver = context.Redacted(error);
            return book.WriteAsync(Job with { State = state, ErrorId = PassedOver.ErrorId, ErrorMessage = PassedOver.Message, ErrorStatus = PassedOver.StatusCode, ErrorType = PassedOver.ProviderErrorType });
        }

        // Fetching it once more failed; the record of what is here stays as it is.
        if (state == NBJobState.Received) return context.PublishAsync(new JobFailed(context.Redacted(error.ForJob(Job.Id, Job.Provider)), Job.Prompt, Job.Id) { State = state, Input = book.Input });

        bool goesOn = Job.Remote is not null && error.ErrorId != NBErrorId.JobTimedOut && state is NBJobState.Submitted or NBJobState.Running;
        return book.FailAsync(
            goesOn
                ? error.WithMessage($"{error.Message} The job itself was taken, as request {Job.Remote!.Id}, and may be paid for: do not order it again, {GoOn} goes on with it.")
                : error,
            state);
    }

    /// <summary>A content that one refused is not offered to the next, and time that is over is over for all.</summary>
    private static bool MayPassOn(NBErrorId cause) =>
        cause is not (NBErrorId.ContentRejected or NBErrorId.JobTimedOut or NBErrorId.JobCancelled or NBErrorId.OutputWriteFailed);

    private NBJobState EndState(NBErrorId cause, bool isUnexplained) => cause switch
    {
        // Pictures that are here stay here, whatever becomes of fetching them once more.
        _ when Job.State == NBJobState.Received => NBJobState.Received,
        NBErrorId.SubmitOutcomeUnknown => NBJobState.SubmitOutcomeUnknown,
        NBErrorId.JobCancelled => NBJobState.Cancelled,
        NBErrorId.OutputExpired => NBJobState.Expired,

        // The pictures lie at the provider: nothing of that is over.
        _ when Job.State == NBJobState.Succeeded => NBJobState.Succeeded,

        // The sandbox forgets with its process, and asking it under another key is of no use.
        NBErrorId.JobNotFound when context.IsSandbox => NBJobState.Failed,

        // Only the provider's word on the job ends it. No key, no credits, no time, no room on the disk: that is said of our asking.
        _ when Job.Remote is not null && !carrier.HasEndedBadly && (isUnexplained || cause is not (NBErrorId.NoImageReturned or NBErrorId.ContentRejected)) => Job.State,

        // Whether it was taken is as open as before: asking for it failed, no more.
        _ when Job.Remote is null && (MayHaveBeenSent || Job.State == NBJobState.SubmitOutcomeUnknown) => NBJobState.SubmitOutcomeUnknown,
        _ => NBJobState.Failed,
    };

    /// <summary>What to say of an exception that nobody foresaw.</summary>
    private NBException Unforeseen(Exception exception)
    {
        string what = $"{Job.Provider}: {exception.GetType().Name}, which was not foreseen ({exception.Message}).";
        return Job.Remote is null && IsUnderWay
            ? Unknown(new NBException(NBErrorId.SubmitOutcomeUnknown, what, exception))
            : new NBException(NBErrorId.ProviderUnavailable, what, exception);
    }

    private NBException TimedOut(string? cancelled) => new(
        NBErrorId.JobTimedOut,
        string.Create(CultureInfo.InvariantCulture, $"The time of {context.Timeout.TotalSeconds:0.#} s was over before the job was. ")
        + (Job.Remote is { } remote
            ? $"The job {Job.Id} was taken by {Job.Provider} as request {remote.Id}. {cancelled ?? $"It goes on there and is not lost: {GoOn} waits for it and fetches it. Allow more time with -TimeoutSec."}"
            : MayHaveBeenSent
                ? $"Whether {Job.Provider} took it is not known yet, and it may be paid for: {GoOn} asks again. Allow more time with -TimeoutSec."
                : "It had not been submitted yet; nothing is paid. Allow more time with -TimeoutSec."));
}
