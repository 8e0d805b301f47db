using System.Globalization;
using NanoBanana.Engine.Providers;
using NanoBanana.Engine.Requests;
using NanoBanana.Engine.Transport;

namespace NanoBanana.Engine.Jobs;

/// <summary>
/// Carries one request from the intent to the files: the state machine. Every state is in the journal before the next
/// call is made.
/// </summary>
internal sealed class JobRunner
{
    private readonly RunContext context;
    private readonly ImageRequest request;
    private readonly ProviderSession session;
    private readonly JobBook book;
    private readonly JobCarrier carrier;
    private readonly JobReceiver receiver;

    /// <summary>Makes a runner for one request.</summary>
    /// <param name="context">What all jobs of a run share.</param>
    /// <param name="request">The validated request.</param>
    /// <param name="price">What it costs.</param>
    public JobRunner(RunContext context, ImageRequest request, NBPrice price)
    {
        this.context = context;
        session = context.SessionFor(request.Provider!);
        bool needsKey = session.Provider.Capabilities.Has(Capability.Idempotency) && request.IdempotencyKey is null;
        this.request = needsKey ? request with { IdempotencyKey = Guid.NewGuid().ToString() } : request;
        book = new JobBook(context, JobRecord.Intend(this.request, price, context.TimeProvider.GetUtcNow(), context.IsSandbox));
        carrier = new JobCarrier(context, session, book);
        receiver = new JobReceiver(context, session, book);
    }

    private JobRecord Job => book.Job;

    /// <summary>Runs the job. Errors become events; only the end of the whole run is thrown.</summary>
    /// <param name="stopping">Cancelled when the user stops: no new submit, no more waiting.</param>
    public async Task RunAsync(CancellationToken stopping)
    {
        try
        {
            await book.OpenAsync(stopping).ConfigureAwait(false);
        }
        catch (NBException error)
        {
            await context.PublishAsync(new JobFailed(context.Redacted(error), request.Prompt, JobId: null)).ConfigureAwait(false);
            return;
        }

        try
        {
            await CarryAsync(stopping).ConfigureAwait(false);
        }
        catch (NBException error)
        {
            await FailAsync(error).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            var error = new NBException(
                NBErrorId.OutputWriteFailed,
                $"The picture could not be written ({exception.Message}). Free some space or choose another -OutDirectory.",
                exception);
            await FailAsync(error).ConfigureAwait(false);
        }
        finally
        {
            receiver.Clean();
            await context.PublishAsync(new JobEnded(Job.Id)).ConfigureAwait(false);
        }
    }

    private async Task CarryAsync(CancellationToken stopping)
    {
        long started = context.TimeProvider.GetTimestamp();
        using var deadline = new CancellationTokenSource(context.Timeout, context.TimeProvider);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(stopping, deadline.Token);
        CallScope scope = session.Scope(context.MaximumRetryCount, context.Timeout, context.LogAsync, receiver.PicturePath);
        try
        {
            IReadOnlyList<PreparedReference> references = await PrepareAsync(scope, patience.Token).ConfigureAwait(false);
            ImageResult result = await SubmitAsync(references, scope, patience.Token).ConfigureAwait(false)
                ?? await carrier.WaitAsync(scope, patience.Token).ConfigureAwait(false);
            TimeSpan duration = context.TimeProvider.GetElapsedTime(started);
            await receiver.ReceiveAsync(result, scope, duration, patience.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested && !stopping.IsCancellationRequested)
        {
            throw TimedOut();
        }
    }

    private Task<IReadOnlyList<PreparedReference>> PrepareAsync(CallScope scope, CancellationToken patience)
    {
        if (request.UploadVia is null) return context.References.PrepareAsync(request, session, scope, session.Provider.InlinesFiles, patience);
        ProviderSession via = context.SessionFor(request.UploadVia);
        CallScope viaScope = via.Scope(context.MaximumRetryCount, context.Timeout, context.LogAsync, picturePath: null);
        return context.References.PrepareAsync(request, via, viaScope, inline: false, patience);
    }

    /// <summary>
    /// A submit that is on its way when the user stops gets a moment to be answered, so that the job can be written down
    /// instead of being lost.
    /// </summary>
    private async Task<ImageResult?> SubmitAsync(IReadOnlyList<PreparedReference> references, CallScope scope, CancellationToken patience)
    {
        patience.ThrowIfCancellationRequested();
        using var grace = new CancellationTokenSource(Timeout.InfiniteTimeSpan, context.TimeProvider);
        CancellationTokenRegistration registration = request.Direct
            ? patience.Register(static state => ((CancellationTokenSource)state!).Cancel(), grace)
            : patience.Register(() => grace.CancelAfter(context.SubmitGrace));
        await using (registration.ConfigureAwait(false))
        {
            Submission submission;
            try
            {
                submission = await session.SubmitAsync(request, references, scope, grace.Token).ConfigureAwait(false);
            }
            catch (NBException error) when (error.ErrorId == NBErrorId.SubmitOutcomeUnknown)
            {
                throw Unknown(error);
            }
            catch (OperationCanceledException exception) when (grace.IsCancellationRequested)
            {
                throw new OperationCanceledException(exception.Message, exception, patience); // Certainly not sent.
            }

            await book.WriteAsync(Job with
            {
                State = NBJobState.Submitted,
                Remote = submission.Job,
                QueuePosition = submission.QueuePosition,
            }).ConfigureAwait(false);
            if (submission.Result is not null) await carrier.SucceedAsync(submission.Result).ConfigureAwait(false);
            return submission.Result;
        }
    }

    /// <summary>A job that was taken and may go on is not to be ordered again for the error of a look at it.</summary>
    private ValueTask FailAsync(NBException error)
    {
        NBJobState state = EndState(error.ErrorId);
        bool goesOn = Job.Remote is not null && error.ErrorId != NBErrorId.JobTimedOut && state is NBJobState.Submitted or NBJobState.Running;
        return book.FailAsync(
            goesOn
                ? error.WithMessage($"{error.Message} The job itself was taken, as request {Job.Remote!.Id}, and may be paid for: see {session.Provider.Capabilities.Dashboard} before you order it again.")
                : error,
            state);
    }

    private NBJobState EndState(NBErrorId cause) => cause switch
    {
        NBErrorId.SubmitOutcomeUnknown => NBJobState.SubmitOutcomeUnknown,
        NBErrorId.JobCancelled => NBJobState.Cancelled,
        NBErrorId.OutputExpired => NBJobState.Expired,

        // The job itself goes on, or its pictures lie at the provider: nothing of that is over.
        NBErrorId.JobTimedOut when Job.Remote is not null => Job.State,
        _ when Job.State == NBJobState.Succeeded => NBJobState.Succeeded,
        NBErrorId.ProviderUnavailable or NBErrorId.UnsafeUrl or NBErrorId.RateLimited or NBErrorId.AuthenticationFailed
            when Job.Remote is not null && !carrier.HasEndedBadly => Job.State,
        _ => NBJobState.Failed,
    };

    private NBException Unknown(NBException error) => new(
        NBErrorId.SubmitOutcomeUnknown,
        $"{error.Message} {HowOften} "
        + string.Create(CultureInfo.InvariantCulture, $"It was sent at {Job.CreatedAt:yyyy-MM-dd HH:mm:ss} UTC: look for it at {session.Provider.Capabilities.Dashboard} before you order it again."),
        error.InnerException)
    {
        Provider = Job.Provider,
        StatusCode = error.StatusCode,
        RequestId = error.RequestId,
        ProviderErrorType = error.ProviderErrorType,
    };

    private string HowOften => session.Provider.Capabilities.Has(Capability.Idempotency)
        ? $"It was sent under the idempotency key {Job.IdempotencyKey}; with -IdempotencyKey {Job.IdempotencyKey} the same order is not paid twice."
        : "It was not sent again, because it may have been taken and would then be paid twice.";

    private NBException TimedOut() => new(
        NBErrorId.JobTimedOut,
        string.Create(CultureInfo.InvariantCulture, $"The time of {context.Timeout.TotalSeconds:0.#} s was over before the job was. ")
        + (Job.Remote is { } remote
            ? $"The job goes on at {Job.Provider} as request {remote.Id}: see {session.Provider.Capabilities.Dashboard}. Allow more time with -TimeoutSec."
            : "It had not been submitted yet; nothing is paid. Allow more time with -TimeoutSec."));
}
