using System.Globalization;
using NanoBanana.Engine.Imaging;
using NanoBanana.Engine.Providers;
using NanoBanana.Engine.Requests;
using NanoBanana.Engine.Transport;

namespace NanoBanana.Engine.Jobs;

/// <summary>Carries a job on that is in the journal, whoever began it and whatever ended it.</summary>
internal sealed class JobResumer(RunContext context, string id, ResumeOptions options) : IJobWork
{
    private bool isLeft;
    private static readonly TimeSpan LockPace = TimeSpan.FromMilliseconds(250);

    /// <summary>Does what is asked. Errors become events; only the end of the whole run is thrown.</summary>
    /// <param name="stopping">Cancelled when the user stops.</param>
    public async Task RunAsync(CancellationToken stopping)
    {
        try
        {
            JobRecord? job = await FindAsync(stopping).ConfigureAwait(false);
            if (job is null) return;
            await context.PublishAsync(new JobStarted(job.ToPublic())).ConfigureAwait(false);
            isLeft = NeedsWork(job) && job.Remote is not null; // Until somebody has done it.
            if (NeedsWork(job)) await WorkAsync(job, stopping).ConfigureAwait(false);
            else await TellAsync(job, wasReceivedBefore: true).ConfigureAwait(false);
        }
        catch (NBException error)
        {
            await context.PublishAsync(new JobFailed(context.Redacted(error), Prompt: null, id)).ConfigureAwait(false);
        }
        finally
        {
            await context.PublishAsync(new JobEnded(id) { IsLeft = isLeft }).ConfigureAwait(false);
        }
    }

    private bool NeedsWork(JobRecord job) => job.State switch
    {
        NBJobState.Intent or NBJobState.Submitted or NBJobState.Running or NBJobState.SubmitOutcomeUnknown => true,
        NBJobState.Succeeded => options.Goal == ResumeGoal.Receive,
        NBJobState.Received => options is { Goal: ResumeGoal.Receive, Again: true },
        NBJobState.Expired => options is { Goal: ResumeGoal.Receive, Again: true },
        _ => false,
    };

    private async Task<JobRecord?> FindAsync(CancellationToken stopping)
    {
        if (await context.Journal.FindAsync(id, stopping).ConfigureAwait(false) is { } job) return job;
        throw new NBException(NBErrorId.JobNotFound, $"No job '{id}' is in the journal. Get-NBJob lists those that are.") { JobId = id };
    }

    private async Task WorkAsync(JobRecord job, CancellationToken stopping)
    {
        using IJobLock? held = await LockAsync(job, stopping).ConfigureAwait(false);
        isLeft = false;
        JobRecord? fresh = await context.Journal.FindAsync(id, stopping).ConfigureAwait(false);
        if (held is not null) held.DeleteOnRelease = fresh is null or { IsOver: true };
        if (fresh is null) return; // Removed meanwhile.
        if (held is null || !NeedsWork(fresh))
        {
            await TellAsync(fresh, wasReceivedBefore: false).ConfigureAwait(false);
            return;
        }

        var line = new Line(context, fresh with { Output = OutputFor(fresh) });
        try
        {
            await line.Ending.GuardAsync(patience => CarryAsync(line, patience), stopping).ConfigureAwait(false);
        }
        finally
        {
            line.Receiver.Clean();
            held.DeleteOnRelease = line.Job.IsOver;
            isLeft = line.Job.Remote is not null && !(options.Goal == ResumeGoal.Receive ? line.Job.IsOver : line.Job.HasEnded);
        }

        if (options.Goal != ResumeGoal.Receive) await context.PublishAsync(new JobSeen(line.Job.ToPublic())).ConfigureAwait(false);
        else if (!line.Job.HasEnded && (line.Job.ErrorId is null || IsStillOpen(fresh, line.Job))) await TellAsync(line.Job, wasReceivedBefore: false).ConfigureAwait(false);
    }

    /// <summary>Whether it is as unknown as before what became of the submit; that was told when it was written down, not now.</summary>
    private static bool IsStillOpen(JobRecord before, JobRecord now) =>
        before.State == NBJobState.SubmitOutcomeUnknown && now.State == NBJobState.SubmitOutcomeUnknown && now.UpdatedAt == before.UpdatedAt;

    private async Task CarryAsync(Line line, CancellationToken patience)
    {
        CallScope scope = line.Session.Scope(context.MaximumRetryCount, context.Timeout, context.LogAsync, line.Receiver.PicturePath);
        PictureStore.Sweep(line.Job);
        if (line.Job.Remote is null && !await RecoverAsync(line, scope, patience).ConfigureAwait(false)) return;
        bool mustAsk = line.Job.State is NBJobState.Submitted or NBJobState.Running || line.Job.Pictures.Count == 0 || line.Job.Pictures.Any(IsOutOfReach);
        if (mustAsk && options.Waits) await line.Carrier.WaitAsync(scope, patience).ConfigureAwait(false);
        else if (mustAsk) await line.Carrier.LookAsync(scope, patience).ConfigureAwait(false);
        if (options.Goal == ResumeGoal.Receive && line.Job.HasPictures) await ReceiveAsync(line, scope, patience).ConfigureAwait(false);
    }

    /// <summary>A picture without an address whose file is gone.</summary>
    private static bool IsOutOfReach(JobPicture picture) =>
        picture.Path is null && picture.Uri is null && !(picture.PartialPath is { } partial && File.Exists(partial));

    /// <summary>An address that no longer serves may have been signed for a while only: the result is asked for again, once.</summary>
    private async Task ReceiveAsync(Line line, CallScope scope, CancellationToken patience)
    {
        if (options.Again)
        {
            await line.Book.NoteAsync(line.Job with { Pictures = [.. line.Job.Pictures.Select(picture => picture.Uri is null ? picture : picture with { Path = null })] }).ConfigureAwait(false);
        }

        IReadOnlyList<JobPicture> before = line.Job.Pictures;
        try
        {
            await line.Receiver.ReceiveAsync(scope, patience).ConfigureAwait(false);
        }
        catch (NBException error) when (error.ErrorId == NBErrorId.OutputExpired)
        {
            await line.Carrier.LookAsync(scope, patience).ConfigureAwait(false);
            if (line.Job.Pictures.Select(picture => picture.Uri).SequenceEqual(before.Select(picture => picture.Uri))) throw;
            await line.Receiver.ReceiveAsync(scope, patience).ConfigureAwait(false);
        }
    }

    /// <summary>Finds out what became of a submit that nobody heard the answer to. Where nobody can be asked, it stays open.</summary>
    /// <returns>Whether the provider has the job.</returns>
    private async Task<bool> RecoverAsync(Line line, CallScope scope, CancellationToken patience)
    {
        try
        {
            return await TryRecoverAsync(line, scope, patience).ConfigureAwait(false);
        }
        catch (NBException error) when (line.Job.Remote is null && error.ErrorId is not (NBErrorId.SubmitOutcomeUnknown or NBErrorId.JobCancelled))
        {
            // No key, no credits, no network, a key that the provider knows: all of it is said of this call, and of none before.
            throw line.Ending.Unknown(new NBException(
                NBErrorId.SubmitOutcomeUnknown,
                $"{line.Job.Provider}: what became of the request could not be found out ({error.ProviderMessage ?? error.Message}).",
                error)
            { StatusCode = error.StatusCode, RequestId = error.RequestId, ProviderErrorType = error.ProviderErrorType });
        }
    }

    private async Task<bool> TryRecoverAsync(Line line, CallScope scope, CancellationToken patience)
    {
        IImageProvider provider = line.Session.Provider;
        bool isKnown = context.TimeProvider.GetUtcNow() - line.Job.CreatedAt < provider.IdempotencyWindow;
        if (isKnown && line.Job is { SubmitBody: { } body, IdempotencyKey: { } key } && provider.SubmitAgain(body, key) is { } again)
        {
            if (options.Goal == ResumeGoal.Look) return false; // Looking orders nothing.
            await context.LogAsync(LogLevel.Verbose, $"{line.Job.Provider} {id}: sent again under its idempotency key").ConfigureAwait(false);
            await SubmitAgainAsync(line, again, scope, patience).ConfigureAwait(false);
            return true;
        }

        if (WasNeverSent(line)) throw new NBException(NBErrorId.JobCancelled, $"{line.Job.Provider}: the process ended before the request was sent. Nothing is paid; order it again.");
        (bool isFound, string words) = await AdoptAsync(line, scope, patience).ConfigureAwait(false);
        if (isFound) return true;

        if (line.Job.State == NBJobState.SubmitOutcomeUnknown)
        {
            if (provider.FindSubmits(LostSubmits.Describe(line.Job)) is not null) await context.LogAsync(LogLevel.Warning, $"Job {id}: {words}").ConfigureAwait(false);
            return false;
        }

        throw line.Ending.Unknown(new NBException(
            NBErrorId.SubmitOutcomeUnknown, $"{line.Job.Provider}: the process that sent the request ended before it heard the answer. {words}"));
    }

    /// <summary>One after the other, in all processes: of two jobs that say the same, only one may take the one request there is.</summary>
    private async Task<(bool IsFound, string Words)> AdoptAsync(Line line, CallScope scope, CancellationToken patience)
    {
        IJobLock? turn;
        while ((turn = context.Journal.TryLock(JobId.Nobody)) is null) await Task.Delay(LockPace, context.TimeProvider, patience).ConfigureAwait(false);
        using (turn)
        {
            (RemoteJob? found, string words) = await LostSubmits.FindAsync(context, line.Session, line.Job, scope, patience).ConfigureAwait(false);
            if (found is null) return (false, words);
            await context.LogAsync(LogLevel.Verbose, $"{line.Job.Provider} {id}: {words}").ConfigureAwait(false);
            await line.Carrier.AcceptAsync(new Submission { Job = found }).ConfigureAwait(false);
            return (true, words);
        }
    }

    /// <summary>
    /// Where a body is written down before it is sent, an intent without one was still waiting for its references. (Where
    /// prompts are not kept, bodies are not either, and nothing is proved.)
    /// </summary>
    private static bool WasNeverSent(Line line) =>
        line.Job is { State: NBJobState.Intent, SubmitBody: null, Prompt: not null, IdempotencyKey: { } key }
        && line.Session.Provider.SubmitAgain("{}", key) is not null;

    private static async Task SubmitAgainAsync(Line line, ApiCall again, CallScope scope, CancellationToken patience)
    {
        var known = new ImageRequest { Prompt = line.Job.Prompt ?? string.Empty, Model = line.Job.Model, Output = line.Job.Output };
        try
        {
            await line.Carrier.AcceptAsync(await line.Session.SubmitAsync(again, known, scope, patience).ConfigureAwait(false)).ConfigureAwait(false);
        }
        catch (NBException error) when (error.ErrorId == NBErrorId.SubmitOutcomeUnknown)
        {
            throw line.Ending.Unknown(error);
        }
    }

    /// <summary>Takes the job for oneself; while somebody else has it, waits until it is free or done.</summary>
    /// <returns>The lock; null when there is nothing left to do, or somebody else does it and we only look.</returns>
    private async Task<IJobLock?> LockAsync(JobRecord job, CancellationToken stopping)
    {
        using var deadline = new CancellationTokenSource(context.Timeout, context.TimeProvider);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(stopping, deadline.Token);
        bool isTold = false;
        while (true)
        {
            if (context.Journal.TryLock(id) is { } held) return held;
            if (options.Goal == ResumeGoal.Look) return null;
            JobRecord? now = await context.Journal.FindAsync(id, stopping).ConfigureAwait(false);
            if (now is null || !NeedsWork(now)) return null;
            string owner = string.Create(CultureInfo.InvariantCulture, $"process {now.ProcessId} on {now.MachineName}");
            if (!options.Waits) throw Busy(owner);
            if (!isTold) await context.LogAsync(LogLevel.Verbose, $"{job.Provider} {id}: {owner} works on it; waiting").ConfigureAwait(false);
            isTold = true;
            try
            {
                await Task.Delay(LockPace, context.TimeProvider, patience.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (!stopping.IsCancellationRequested)
            {
                throw Busy(owner);
            }
        }
    }

    private NBException Busy(string owner) => new(
        NBErrorId.JobTimedOut, $"Job {id} is being worked on by {owner}. It goes on there; wait for it with Wait-NBJob {id}, or end that process first.")
    { JobId = id };

    /// <summary>Where the pictures go: where the job was told to put them, unless this command says otherwise.</summary>
    private OutputOptions OutputFor(JobRecord job) => job.Output with
    {
        Directory = options.Directory ?? job.Output.Directory,
        Force = job.Output.Force && !options.Again,
        NoDownload = job.Output.NoDownload && !options.Again,
    };

    /// <summary>Says how a job stands on which there is nothing to do.</summary>
    private async ValueTask TellAsync(JobRecord job, bool wasReceivedBefore)
    {
        if (options.Goal != ResumeGoal.Receive)
        {
            await context.PublishAsync(new JobSeen(job.ToPublic())).ConfigureAwait(false);
            return;
        }

        if (job.State == NBJobState.Received)
        {
            if (wasReceivedBefore) await context.LogAsync(LogLevel.Warning, Received(job)).ConfigureAwait(false);
            foreach (NBImage image in job.ToImages(RetentionOf(job)))
            {
                await context.PublishAsync(new ImageReceived(image)).ConfigureAwait(false);
            }

            return;
        }

        NBException error = job.ErrorId is { } cause
            ? new NBException(cause, job.ErrorMessage ?? $"Job {id} is {job.State}.")
            : new NBException(NBErrorId.InvalidRequest, $"Job {id} is {job.State}: its pictures are not there yet. Receive-NBJob {id} -Wait waits for them.");
        await context.PublishAsync(new JobFailed(context.Redacted(error.ForJob(id, job.Provider)), job.Prompt, id) { State = job.State }).ConfigureAwait(false);
    }

    /// <summary>Known without a key: what was received is told also where there is none.</summary>
    private static TimeSpan? RetentionOf(JobRecord job) =>
        ProviderRegistry.KnownProviders.FirstOrDefault(known => known.Provider == job.Provider)?.Retention;

    private static string Received(JobRecord job)
    {
        string? gone = job.Pictures.Select(picture => picture.Path).FirstOrDefault(path => path is not null && !File.Exists(path));
        return gone is null
            ? $"Job {job.Id} was received before, at {job.UpdatedAt:yyyy-MM-dd HH:mm} UTC; -Force fetches its pictures once more."
            : $"Job {job.Id} was received before, but '{gone}' is no longer there; -Force fetches its pictures once more while {job.Provider} still has them.";
    }

    /// <summary>Those who work on one job.</summary>
    private sealed class Line
    {
        public Line(RunContext context, JobRecord job)
        {
            Session = context.SessionFor(job.Provider);
            Book = new JobBook(context, job);
            Carrier = new JobCarrier(context, Session, Book);
            Receiver = new JobReceiver(context, Session, Book) { IsResumed = true };
            Ending = new JobEnding(context, Session, Book, Carrier) { MayHaveBeenSent = true };
        }

        public ProviderSession Session { get; }

        public JobBook Book { get; }

        public JobCarrier Carrier { get; }

        public JobReceiver Receiver { get; }

        public JobEnding Ending { get; }

        public JobRecord Job => Book.Job;
    }
}
