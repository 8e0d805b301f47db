using NanoBanana.Engine.Providers;
using NanoBanana.Engine.Transport;

namespace NanoBanana.Engine.Jobs;

/// <summary>Carries a job that the provider has taken to its end: waits, and reads the result.</summary>
internal sealed class JobCarrier(RunContext context, ProviderSession session, JobBook book)
{
    private const int MaxNamed = 5;
    private const int MaxFurtherUris = 1000;

    /// <summary>How long after a job's completion its result may not be there yet.</summary>
    private static readonly TimeSpan MaxResultLag = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan ResultPause = TimeSpan.FromSeconds(2);
    private readonly PromptCover cover = new(context.Redactor.LogPrompts ? string.Empty : book.Job.Prompt ?? string.Empty);
    private int logsSeen;

    /// <summary>Whether the provider itself said that the job is over, without a picture.</summary>
    public bool HasEndedBadly { get; private set; }

    /// <summary>Writes down that the provider has the job, under which id, and its pictures where they came at once.</summary>
    public async ValueTask AcceptAsync(Submission submission)
    {
        JobRecord accepted = book.Job with
        {
            State = NBJobState.Submitted,
            Remote = submission.Job,
            QueuePosition = submission.QueuePosition,
            SubmittedAt = context.TimeProvider.GetUtcNow(),
            ErrorId = null,
            ErrorMessage = null,
            ErrorStatus = null,
            ErrorType = null,
        };
        if (submission.Result is null)
        {
            await book.WriteAsync(accepted).ConfigureAwait(false);
            return;
        }

        // One write for both states: a process that died between two would leave a job without its pictures, and one that
        // was answered at once cannot be asked for again.
        await book.NoteAsync(accepted).ConfigureAwait(false);
        await SucceedAsync(submission.Result).ConfigureAwait(false);
    }

    /// <summary>Waits until the job has ended, and writes down where its pictures are.</summary>
    /// <param name="scope">What surrounds its calls.</param>
    /// <param name="patience">Ends the waiting, not the job.</param>
    /// <exception cref="NBException">The job failed, or its result cannot be had.</exception>
    public async Task WaitAsync(CallScope scope, CancellationToken patience)
    {
        var waiter = new JobWaiter(session, context.UsualDuration(session), context.TimeProvider);
        TimeSpan age = context.TimeProvider.GetUtcNow() - (book.Job.SubmittedAt ?? book.Job.CreatedAt);
        if (age < TimeSpan.Zero) age = TimeSpan.Zero; // The clock was set back.
        RemoteStatus status = await AskAsync(
            isAgain => waiter.WaitAsync(book.Job.Remote!, isAgain ? age + JobWaiter.LongAgo + ResultPause : age, scope, FollowAsync, patience),
            scope,
            patience).ConfigureAwait(false);
        await EndAsync(status, scope, patience).ConfigureAwait(false);
    }

    /// <summary>Asks once how the job stands, and writes it down.</summary>
    /// <exception cref="NBException">The job failed, or its result cannot be had.</exception>
    public async Task LookAsync(CallScope scope, CancellationToken patience)
    {
        RemoteStatus status = await session.StatusAsync(book.Job.Remote!, scope, patience).ConfigureAwait(false);
        await FollowAsync(status).ConfigureAwait(false);
        if (status.HasEnded) await EndAsync(status, scope, patience).ConfigureAwait(false);
    }

    /// <summary>Writes down that the images exist, and where; says what is missing of them, or too many.</summary>
    public async ValueTask SucceedAsync(ImageResult result)
    {
        // What came inside the answer is here already; of addresses no more are fetched than images were asked for.
        int asked = book.Job.Count;
        ImageOutput[] kept = [.. result.Outputs.Where((output, index) => output.File is not null || index < asked)];
        await book.WriteAsync(book.Job with
        {
            State = book.Job.State == NBJobState.Received ? NBJobState.Received : NBJobState.Succeeded, // What is here is not unsaid by asking again.
            QueuePosition = null,
            Credits = result.Credits,
            ReportedCost = result.ReportedCost,
            Description = result.Description,
            EndedAt = book.Job.EndedAt ?? context.TimeProvider.GetUtcNow(),
            ErrorId = null,
            ErrorMessage = null,
            ErrorStatus = null,
            ErrorType = null,
            Pictures = [.. kept.Select((output, index) => Merge(output, book.Job.Pictures.ElementAtOrDefault(index)))],
            FurtherUris = [.. result.Outputs.Except(kept).Select(static output => output.Uri).OfType<Uri>().Take(MaxFurtherUris)],
        }).ConfigureAwait(false);
        foreach (string warning in Differences(result, kept.Length)) await context.LogAsync(LogLevel.Warning, warning).ConfigureAwait(false);
    }

    private IEnumerable<string> Differences(ImageResult result, int kept)
    {
        string job = $"(job {book.Job.Id})";
        foreach (string text in result.Unusable.Take(MaxNamed))
        {
            yield return $"{book.Job.Provider} sent '{text}' in the place of an image, which is not an address; the other images are kept {job}.";
        }

        int asked = book.Job.Count;
        int came = result.Outputs.Count;
        if (came < asked) yield return $"{came} of {asked} images came from {book.Job.Provider} {job}.";
        if (came > kept) yield return $"{book.Job.Provider} sent {came} image addresses for {asked} {(asked == 1 ? "image" : "images")}; the further {came - kept} were not downloaded {job}.";
    }

    /// <summary>A result that is read again may name other addresses; what was fetched already stays fetched.</summary>
    private static JobPicture Merge(ImageOutput output, JobPicture? known) => known?.Path is not null ? known with { Uri = output.Uri ?? known.Uri } : new JobPicture
    {
        Uri = output.Uri,
        PartialPath = output.File,
        Width = output.Width,
        Height = output.Height,
        Format = output.Format,
        Length = output.Length,
    };

    private async Task EndAsync(RemoteStatus status, CallScope scope, CancellationToken patience)
    {
        HasEndedBadly = status.State != RemoteState.Completed || status.Error is not null;
        if (status.State == RemoteState.Cancelled) throw status.Error ?? new NBException(NBErrorId.JobCancelled, $"{book.Job.Provider}: the job was cancelled.");

        ImageResult? result = status.Result;
        if (status.State == RemoteState.Completed && result is null && session.Provider.Result(book.Job.Remote!) is { } call)
        {
            result = await FetchAsync(call, scope, status.Error, patience).ConfigureAwait(false);
        }

        if (result is null) throw status.Error ?? new NBException(NBErrorId.ProviderUnavailable, $"{book.Job.Provider}: the job failed and no reason was given.");
        await SucceedAsync(result).ConfigureAwait(false);
    }

    /// <summary>The result of a job that failed is its error in full; the one on the status is shorter.</summary>
    private async Task<ImageResult> FetchAsync(ApiCall call, CallScope scope, NBException? statusError, CancellationToken patience)
    {
        try
        {
            // A job that is known to have failed is asked once for its words; a good one as often as allowed.
            if (statusError is not null) return await session.ResultAsync(call, scope.Once(), patience).ConfigureAwait(false);
            return await AskAsync(_ => session.ResultAsync(call, scope, patience), scope, patience).ConfigureAwait(false);
        }
        catch (NBException error) when (statusError is not null && (IsOfAsking(error) || error.ErrorId is NBErrorId.ProviderUnavailable or NBErrorId.NoImageReturned))
        {
            throw error.StatusCode >= 400 && !IsOfAsking(error) ? WithStatus(statusError!, error.StatusCode) : statusError!;
        }
        catch (NBException error)
        {
            // A typed error is the provider's own word on the job; a bare 5xx may be a gateway's, and the job is kept.
            HasEndedBadly |= error.ProviderErrorType is not null && !IsOfAsking(error);
            throw;
        }
    }

    /// <summary>Asks for what a completed job must have; while the answer gives no reason why it is missing, again for a while.</summary>
    /// <param name="ask">Asks; it is told whether it asked before.</param>
    /// <param name="scope">What surrounds its calls. Who asks for no repeats gets none.</param>
    /// <param name="patience">Ends the asking.</param>
    private async Task<T> AskAsync<T>(Func<bool, Task<T>> ask, CallScope scope, CancellationToken patience)
    {
        long? first = null;
        while (true)
        {
            try
            {
                return await ask(first is not null).ConfigureAwait(false);
            }
            catch (NBException error) when (scope.MaximumRetryCount > 0 && ProviderErrors.IsUnexplained(error) && (first is null || context.TimeProvider.GetElapsedTime(first.Value) < MaxResultLag))
            {
                first ??= context.TimeProvider.GetTimestamp();
                await context.LogAsync(LogLevel.Verbose, $"{book.Job.Provider} {book.Job.Id}: the result is not there yet; it is asked for again").ConfigureAwait(false);
            }

            await Task.Delay(ResultPause, context.TimeProvider, patience).ConfigureAwait(false);
        }
    }

    /// <summary>Whether an error is about who asks and how often, and not about the job, though the provider gives it a type.</summary>
    private static bool IsOfAsking(NBException error) => error.ErrorId
        is NBErrorId.RateLimited or NBErrorId.AuthenticationFailed or NBErrorId.AccessDenied or NBErrorId.InsufficientCredits or NBErrorId.JobNotFound;

    /// <summary>The status's own words with the status of the result: a 5xx is not on the bill.</summary>
    private static NBException WithStatus(NBException error, int? statusCode) => new(error.ErrorId, error.Message, error.InnerException)
    {
        Provider = error.Provider,
        StatusCode = error.StatusCode ?? statusCode,
        RequestId = error.RequestId,
        ProviderErrorType = error.ProviderErrorType,
        ProviderMessage = error.ProviderMessage,
        RetryAfter = error.RetryAfter,
        Parameter = error.Parameter,
    };

    private async ValueTask FollowAsync(RemoteStatus status)
    {
        foreach (string line in status.Logs.Skip(logsSeen))
        {
            await context.LogAsync(LogLevel.Verbose, $"{book.Job.Provider} {book.Job.Id}: {cover.Hide(line)}").ConfigureAwait(false);
        }

        logsSeen = Math.Max(logsSeen, status.Logs.Count);
        NBJobState state = status.State == RemoteState.Queued ? NBJobState.Submitted : NBJobState.Running;
        if (state == NBJobState.Running && book.Job.State == NBJobState.Submitted)
        {
            await book.WriteAsync(book.Job with
            {
                State = NBJobState.Running,
                QueuePosition = null,
                StartedAt = status.State == RemoteState.Running ? context.TimeProvider.GetUtcNow() : null, // An end may be all that is seen.
            }).ConfigureAwait(false);
        }
        else if (status.QueuePosition != book.Job.QueuePosition)
        {
            await book.NoteAsync(book.Job with { QueuePosition = status.QueuePosition }).ConfigureAwait(false);
        }
    }
}
