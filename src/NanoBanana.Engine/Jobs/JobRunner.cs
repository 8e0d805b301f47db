using System.Globalization;
using NanoBanana.Engine.Imaging;
using NanoBanana.Engine.Providers;
using NanoBanana.Engine.Requests;
using NanoBanana.Engine.Transport;

namespace NanoBanana.Engine.Jobs;

/// <summary>
/// Carries one request from the intent to the files: the state machine. Every state is in the journal before the next
/// call is made.
/// </summary>
/// <param name="context">What all jobs of a run share.</param>
/// <param name="request">The validated request.</param>
/// <param name="price">What it costs.</param>
internal sealed class JobRunner(RunContext context, ImageRequest request, NBPrice price)
{
    private readonly ProviderSession session = context.SessionFor(request.Provider!);
    private ImageRequest request = request;
    private readonly List<string> logsSeen = [];
    private readonly List<string> partials = [];
    private bool hasEndedAtProvider;
    private long started;
    private JobRecord job = null!;

    /// <summary>Runs the job. Errors become events; only the end of the whole run is thrown.</summary>
    /// <param name="stopping">Cancelled when the user stops: no new submit, no more waiting.</param>
    public async Task RunAsync(CancellationToken stopping)
    {
        try
        {
            await BeginAsync(stopping).ConfigureAwait(false);
            await CarryAsync(stopping).ConfigureAwait(false);
        }
        catch (NBException error)
        {
            await FailAsync(error).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            await FailAsync(new NBException(
                NBErrorId.OutputWriteFailed,
                $"The picture could not be written ({exception.Message}). Free some space or choose another -OutDirectory.",
                exception)).ConfigureAwait(false);
        }
        finally
        {
            if (job is not null) await context.PublishAsync(new JobEnded(job.Id)).ConfigureAwait(false);
        }
    }

    private async Task BeginAsync(CancellationToken stopping)
    {
        started = context.TimeProvider.GetTimestamp();
        if (session.Provider.Capabilities.Has(Capability.Idempotency) && request.IdempotencyKey is null)
        {
            request = request with { IdempotencyKey = Guid.NewGuid().ToString() };
        }

        DateTimeOffset now = context.TimeProvider.GetUtcNow();
        var intent = new JobRecord
        {
            Id = JobId.New(now),
            State = NBJobState.Intent,
            Provider = request.Provider!,
            Model = request.Model!,
            Operation = request.Operation,
            Prompt = request.Prompt,
            Count = request.Count,
            Resolution = request.Resolution,
            AspectRatio = request.AspectRatio,
            OutputFormat = request.OutputFormat,
            Seed = request.Seed,
            Sandbox = context.IsSandbox,
            IdempotencyKey = request.IdempotencyKey,
            Part = request.Part,
            CreatedAt = now,
            UpdatedAt = now,
            Cost = price.Total,
        };
        await context.Journal.WriteAsync(intent, stopping).ConfigureAwait(false);
        job = intent;
        await context.PublishAsync(new JobStarted(job.ToPublic())).ConfigureAwait(false);
    }

    private async Task CarryAsync(CancellationToken stopping)
    {
        using var deadline = new CancellationTokenSource(context.Timeout, context.TimeProvider);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(stopping, deadline.Token);
        CallScope scope = session.Scope(context.MaximumRetryCount, context.Timeout, context.LogAsync, PicturePath);
        try
        {
            IReadOnlyList<PreparedReference> references = await PrepareAsync(scope, patience.Token).ConfigureAwait(false);
            ImageResult result = await SubmitAsync(references, scope, patience.Token).ConfigureAwait(false)
                ?? await WaitAsync(scope, patience.Token).ConfigureAwait(false);
            await ReceiveAsync(result, scope, patience.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested && !stopping.IsCancellationRequested)
        {
            throw TimedOut();
        }
        finally
        {
            foreach (string file in partials) File.Delete(file); // Gone already when it was given its name.
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

            await WriteAsync(job with
            {
                State = NBJobState.Submitted,
                Remote = submission.Job,
                QueuePosition = submission.QueuePosition,
            }).ConfigureAwait(false);
            if (submission.Result is not null) await SucceedAsync(submission.Result).ConfigureAwait(false);
            return submission.Result;
        }
    }

    private async Task<ImageResult> WaitAsync(CallScope scope, CancellationToken patience)
    {
        var waiter = new JobWaiter(session, context.UsualDuration(session), context.TimeProvider);
        RemoteStatus status = await waiter.WaitAsync(job.Remote!, scope, FollowAsync, patience).ConfigureAwait(false);
        hasEndedAtProvider = status.State != RemoteState.Completed || status.Error is not null;
        if (status.State == RemoteState.Cancelled) throw status.Error ?? new NBException(NBErrorId.JobCancelled, $"{job.Provider}: the job was cancelled.");

        ApiCall? call = session.Provider.Result(job.Remote!);
        ImageResult? result = status.Result;
        if (status.State == RemoteState.Completed && result is null && call is not null)
        {
            result = await FetchResultAsync(call, scope, status.Error, patience).ConfigureAwait(false);
        }

        if (result is null) throw status.Error ?? new NBException(NBErrorId.ProviderUnavailable, $"{job.Provider}: the job failed and no reason was given.");
        await SucceedAsync(result).ConfigureAwait(false);
        return result;
    }

    /// <summary>The result of a job that failed is its error in full; the one on the status is shorter.</summary>
    private async Task<ImageResult> FetchResultAsync(ApiCall call, CallScope scope, NBException? statusError, CancellationToken patience)
    {
        try
        {
            // A job that is known to have failed is asked once for its words; a good one as often as allowed.
            CallScope patient = statusError is null ? scope : session.Scope(0, context.Timeout, context.LogAsync, PicturePath);
            return await session.ResultAsync(call, patient, patience).ConfigureAwait(false);
        }
        catch (NBException error) when (statusError is not null && error.ErrorId is NBErrorId.ProviderUnavailable or NBErrorId.NoImageReturned)
        {
            throw statusError!;
        }
    }

    private async Task SucceedAsync(ImageResult result) => await WriteAsync(job with
    {
        State = NBJobState.Succeeded,
        QueuePosition = null,
        Credits = result.Credits,
        Outputs = [.. result.Outputs.Select(output => output.Uri).OfType<Uri>()],
    }).ConfigureAwait(false);

    private async Task ReceiveAsync(ImageResult result, CallScope scope, CancellationToken patience)
    {
        var images = new NBImage[result.Outputs.Count];
        for (int index = 0; index < images.Length; index++)
        {
            ImageOutput output = result.Outputs[index];
            if (request.Output.NoDownload && output.File is null)
            {
                images[index] = Image(result, output, index, stored: null);
                continue;
            }

            StoredPicture stored = await StoreAsync(output, index, scope, patience).ConfigureAwait(false);
            foreach (string warning in stored.Warnings) await context.LogAsync(LogLevel.Warning, warning).ConfigureAwait(false);
            if (TierWarning(stored.Header) is { } tier) await context.LogAsync(LogLevel.Warning, tier).ConfigureAwait(false);
            images[index] = Image(result, output, index, stored);
        }

        await WriteAsync(job with
        {
            State = NBJobState.Received,
            Files = [.. images.Select(image => image.Path).OfType<string>()],
        }).ConfigureAwait(false);
        foreach (NBImage image in images) await context.PublishAsync(new ImageReceived(image)).ConfigureAwait(false);
    }

    private async Task<StoredPicture> StoreAsync(ImageOutput output, int index, CallScope scope, CancellationToken patience)
    {
        string partial = output.File ?? PictureStore.PartialPath(request.Output, job.Id, index);
        try
        {
            if (output.File is null) await context.Downloader.FetchAsync(output.Uri!, partial, scope, patience).ConfigureAwait(false);
            return await PictureStore.KeepAsync(partial, job, request.Output, index, patience).ConfigureAwait(false);
        }
        finally
        {
            File.Delete(partial); // Gone already when it was given its name.
        }
    }

    private NBImage Image(ImageResult result, ImageOutput output, int index, StoredPicture? stored) => new()
    {
        Path = stored?.Path,
        Uri = output.Uri,
        Provider = job.Provider,
        Model = job.Model,
        JobId = job.Id,
        Prompt = request.Prompt,
        Index = index + (request.Part?.Index ?? 0),
        Width = stored?.Header.Width ?? output.Width,
        Height = stored?.Header.Height ?? output.Height,
        Format = stored?.Header.Format ?? output.Format,
        Length = stored?.Length ?? output.Length,
        Seed = request.Seed,
        Resolution = price.Resolution,
        AspectRatio = (request.AspectRatio ?? default).ToString(),
        Cost = price.UnitPrice,
        CostSource = price.UnitPrice is null ? null : "Catalogue",
        Credits = result.Credits,
        ReportedCost = result.ReportedCost,
        Duration = context.TimeProvider.GetElapsedTime(started),
        CreatedAt = job.CreatedAt,
        ExpiresAt = session.Provider.Capabilities.Retention is { } kept ? job.UpdatedAt + kept : null,
        Description = result.Description,
        Sandbox = job.Sandbox,
    };

    /// <summary>Every tier's pictures have about its number of pixels squared, whatever their ratio.</summary>
    private string? TierWarning(ImageHeader header)
    {
        double side = Math.Sqrt((double)header.Width * header.Height);
        double asked = (request.Resolution ?? ImageResolution.OneK) switch
        {
            ImageResolution.HalfK => 512,
            ImageResolution.OneK => 1024,
            ImageResolution.TwoK => 2048,
            _ => 4096,
        };
        if (side > asked * 0.7) return null;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{price.Resolution} was paid for, but {job.Provider} sent {header.Width}x{header.Height} pixels (job {job.Id}).");
    }

    private async ValueTask FollowAsync(RemoteStatus status)
    {
        foreach (string line in status.Logs.Skip(logsSeen.Count))
        {
            logsSeen.Add(line);
            await context.LogAsync(LogLevel.Verbose, $"{job.Provider} {job.Id}: {line}").ConfigureAwait(false);
        }

        NBJobState state = status.State == RemoteState.Queued ? NBJobState.Submitted : NBJobState.Running;
        if (state == NBJobState.Running && job.State == NBJobState.Submitted)
        {
            await WriteAsync(job with { State = NBJobState.Running, QueuePosition = null }).ConfigureAwait(false);
        }
        else if (status.QueuePosition != job.QueuePosition)
        {
            job = job with { QueuePosition = status.QueuePosition };
            await context.PublishAsync(new JobProgressed(job.Id, job.State, job.QueuePosition)).ConfigureAwait(false);
        }
    }

    private string PicturePath(int index)
    {
        partials.Add(PictureStore.PartialPath(request.Output, job.Id, index));
        return partials[^1];
    }

    private async ValueTask WriteAsync(JobRecord next)
    {
        job = next with { UpdatedAt = context.TimeProvider.GetUtcNow() };
        await context.Journal.WriteAsync(job, CancellationToken.None).ConfigureAwait(false);
        await context.PublishAsync(new JobProgressed(job.Id, job.State, job.QueuePosition)).ConfigureAwait(false);
        await context.LogAsync(LogLevel.Verbose, $"{job.Provider} {job.Id}: {job.State}").ConfigureAwait(false);
    }

    private async Task FailAsync(NBException error)
    {
        if (job is null)
        {
            await context.PublishAsync(new JobFailed(error, request.Prompt, JobId: null)).ConfigureAwait(false);
            return;
        }

        NBException told = error.ForJob(job.Id, job.Provider);
        await WriteAsync(job with
        {
            State = EndState(error.ErrorId),
            ErrorId = error.ErrorId,
            ErrorMessage = context.Redactor.Redact(error.Message),
        }).ConfigureAwait(false);
        await context.PublishAsync(new JobFailed(told, request.Prompt, job.Id)).ConfigureAwait(false);
    }

    private NBJobState EndState(NBErrorId cause) => cause switch
    {
        NBErrorId.SubmitOutcomeUnknown => NBJobState.SubmitOutcomeUnknown,
        NBErrorId.JobCancelled => NBJobState.Cancelled,
        NBErrorId.OutputExpired => NBJobState.Expired,

        // The job itself goes on, or its pictures lie at the provider: nothing of that is over.
        NBErrorId.JobTimedOut when job.Remote is not null => job.State,
        _ when job.State == NBJobState.Succeeded => NBJobState.Succeeded,
        NBErrorId.ProviderUnavailable or NBErrorId.UnsafeUrl or NBErrorId.RateLimited when job.Remote is not null && !hasEndedAtProvider => job.State,
        _ => NBJobState.Failed,
    };

    private NBException Unknown(NBException error) => new(
        NBErrorId.SubmitOutcomeUnknown,
        $"{error.Message} It was not sent again, because it may have been taken and would then be paid twice. "
        + string.Create(CultureInfo.InvariantCulture, $"It was sent at {job.CreatedAt:yyyy-MM-dd HH:mm:ss} UTC: look for it at {session.Provider.Capabilities.Dashboard} before you order it again."),
        error.InnerException)
    {
        Provider = job.Provider,
        StatusCode = error.StatusCode,
        RequestId = error.RequestId,
        ProviderErrorType = error.ProviderErrorType,
    };

    private NBException TimedOut() => new(
        NBErrorId.JobTimedOut,
        string.Create(CultureInfo.InvariantCulture, $"The time of {context.Timeout.TotalSeconds:0.#} s was over before the job was. ")
        + (job.Remote is { } remote
            ? $"The job goes on at {job.Provider} as request {remote.Id}: see {session.Provider.Capabilities.Dashboard}. Allow more time with -TimeoutSec."
            : "It had not been submitted yet; nothing is paid. Allow more time with -TimeoutSec."));
}
