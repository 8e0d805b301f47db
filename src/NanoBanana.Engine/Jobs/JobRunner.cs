using NanoBanana.Engine.Providers;
using NanoBanana.Engine.Requests;
using NanoBanana.Engine.Transport;

namespace NanoBanana.Engine.Jobs;

/// <summary>
/// Carries one request from the intent to the files: the state machine. Every state is in the journal before the next
/// call is made.
/// </summary>
internal sealed class JobRunner : IJobWork
{
    private readonly RunContext context;
    private readonly ImageRequest request;
    private readonly ProviderSession session;
    private readonly JobBook book;
    private readonly JobCarrier carrier;
    private readonly JobReceiver receiver;
    private readonly JobEnding ending;
    private readonly PromptTicket ticket;
    private OpenSubmit? submitting;

    /// <summary>Makes a runner for one request.</summary>
    /// <param name="context">What all jobs of a run share.</param>
    /// <param name="request">The validated request.</param>
    /// <param name="price">What it costs.</param>
    /// <param name="ticket">Counts the prompt when a budget leaves it out.</param>
    public JobRunner(RunContext context, ImageRequest request, NBPrice price, PromptTicket ticket)
    {
        this.context = context;
        this.ticket = ticket;
        session = context.SessionFor(request.Provider!);
        bool needsKey = session.Provider.Capabilities.Has(Capability.Idempotency) && request.IdempotencyKey is null;
        this.request = needsKey ? request with { IdempotencyKey = Guid.NewGuid().ToString() } : request;
        JobRecord intent = JobRecord.Intend(this.request, price, context.TimeProvider.GetUtcNow(), context.IsSandbox);
        book = new JobBook(context, intent with { SubmitBody = BodyKnownNow() }) { Input = request.Input };
        carrier = new JobCarrier(context, session, book);
        receiver = new JobReceiver(context, session, book);
        ending = new JobEnding(context, session, book, carrier) { CancelOnStop = request.CancelOnStop };
        if (request.CallbackUri is { } callback) context.Redactor.AddCallback(callback);
    }

    /// <summary>Whether another provider is asked when this one certainly does not take the job; then the error is not told.</summary>
    public bool PassesOn
    {
        get => ending.PassesOn;
        init => ending.PassesOn = value;
    }

    /// <summary>Why this provider did not take the job, where another is to be asked; null otherwise.</summary>
    public NBException? PassedOver => ending.PassedOver;

    private JobRecord Job => book.Job;

    /// <summary>What may be sent again under its key stands in the intent from the beginning, unless references go into it first.</summary>
    private string? BodyKnownNow() => session.Provider.Capabilities.Has(Capability.Idempotency) && request.References.Count == 0
        ? session.Provider.Submit(request, []).RepeatableBody
        : null;

    /// <summary>Runs the job. Errors become events; only the end of the whole run is thrown.</summary>
    /// <param name="stopping">Cancelled when the user stops: no new submit, no more waiting.</param>
    public async Task RunAsync(CancellationToken stopping)
    {
        if (await BeginAsync(stopping).ConfigureAwait(false) is not { } held) return;
        try
        {
            await ending.GuardAsync(CarryAsync, stopping).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested && Job.State == NBJobState.Intent)
        {
            // Certainly not sent: nothing is to be found again.
            await book.WriteAsync(Job with { State = NBJobState.Cancelled, ErrorId = NBErrorId.JobCancelled, ErrorMessage = "The command ended before the request was sent." }).ConfigureAwait(false);
            throw;
        }
        finally
        {
            receiver.Clean();
            held.DeleteOnRelease = Job.IsOver;
            held.Dispose();
            submitting?.Dispose();
            bool isTold = !stopping.IsCancellationRequested && (Job.Remote is null || request.NoWait);
            await context.PublishAsync(new JobEnded(Job.Id) { IsLeft = !Job.IsOver && !isTold }).ConfigureAwait(false);
        }
    }

    /// <summary>Reserves the job's estimate and writes the intent down.</summary>
    /// <returns>The lock; null when the job is not submitted.</returns>
    private async Task<IJobLock?> BeginAsync(CancellationToken stopping)
    {
        await context.BeforeSubmit(stopping).ConfigureAwait(false);
        if (!context.Budget.TryReserve(Job))
        {
            ticket.Skip();
            return null;
        }

        IJobLock? held = null;
        bool hasBegun = false;
        try
        {
            held = await book.OpenAsync(stopping).ConfigureAwait(false);
            hasBegun = await context.Budget.TryReserveTodayAsync(Job, stopping).ConfigureAwait(false);
            if (!hasBegun) ticket.Skip();
        }
        catch (NBException error)
        {
            await context.PublishAsync(new JobFailed(context.Redacted(error), request.Prompt, JobId: null) { Input = request.Input }).ConfigureAwait(false);
        }
        finally
        {
            if (!hasBegun) context.Budget.Release(Job);
            if (!hasBegun && held is not null) book.Forget(held);
        }

        if (!hasBegun) return null;
        await context.PublishAsync(new JobStarted(Job.Id, Job.Provider, Job.Prompt, Job.State)).ConfigureAwait(false);
        return held;
    }

    private async Task CarryAsync(CancellationToken patience, CancellationToken deadline)
    {
        CallScope scope = session.Scope(context.MaximumRetryCount, context.Timeout, context.LogAsync, receiver.PicturePath, patience);
        IReadOnlyList<PreparedReference> references = await PrepareAsync(scope, patience).ConfigureAwait(false);
        await SubmitAsync(session.Provider.Submit(request, references), scope, patience, deadline).ConfigureAwait(false);
        if (Job.State == NBJobState.Succeeded)
        {
            // Answered at once: the stop of the command ends nothing of it, for it is one call with the submit.
            await receiver.ReceiveAsync(scope, deadline).ConfigureAwait(false);
            return;
        }

        submitting?.Dispose();
        if (request.NoWait)
        {
            await context.PublishAsync(new JobSeen(Job.ToPublic())).ConfigureAwait(false);
            return;
        }

        patience.ThrowIfCancellationRequested();
        await carrier.WaitAsync(scope, patience).ConfigureAwait(false);
        await receiver.ReceiveAsync(scope, patience).ConfigureAwait(false);
    }

    private Task<IReadOnlyList<PreparedReference>> PrepareAsync(CallScope scope, CancellationToken patience)
    {
        if (request.UploadVia is null) return context.References.PrepareAsync(request, session, scope, session.Provider.InlinesFiles, patience);
        ProviderSession via = context.SessionFor(request.UploadVia);
        CallScope viaScope = via.Scope(context.MaximumRetryCount, context.Timeout, context.LogAsync, picturePath: null);
        return context.References.PrepareAsync(request, via, viaScope, inline: false, patience);
    }

    /// <summary>
    /// Sends the job. Once it is under way a stop does not end it, only its time does: its outcome is written down in any case.
    /// </summary>
    private async Task SubmitAsync(ApiCall call, CallScope scope, CancellationToken patience, CancellationToken deadline)
    {
        patience.ThrowIfCancellationRequested();
        if (call.RepeatableBody is { } body && body != Job.SubmitBody) await book.WriteIntentAsync(Job with { SubmitBody = body }, patience).ConfigureAwait(false);
        await context.BeforeSubmit(patience).ConfigureAwait(false);
        submitting = context.OpenSubmits.Begin(Job.Id);
        ending.IsUnderWay = true;
        try
        {
            call = call with { BeforeBody = MarkSendStartedAsync };
            Submission submission = await session.SubmitAsync(call, request, scope, deadline, onTaken: () => ending.PassesOn = false).ConfigureAwait(false);
            await carrier.AcceptAsync(submission).ConfigureAwait(false);
        }
        catch (NBException error) when (error.ErrorId == NBErrorId.SubmitOutcomeUnknown)
        {
            throw ending.Unknown(error);
        }
    }

    /// <summary>From here on nobody can say that nothing was sent.</summary>
    private Task MarkSendStartedAsync(CancellationToken cancellationToken) =>
        Job.SendStarted == true ? Task.CompletedTask : book.WriteIntentAsync(Job with { SendStarted = true }, cancellationToken).AsTask();
}
