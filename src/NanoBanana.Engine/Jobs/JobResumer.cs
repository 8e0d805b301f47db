using System.Globalization;
using System.Runtime.ExceptionServices;
using NanoBanana.Engine.Imaging;
using NanoBanana.Engine.Providers;
using NanoBanana.Engine.Requests;
using NanoBanana.Engine.Transport;

namespace NanoBanana.Engine.Jobs;

/// <summary>Carries a job on that is in the journal, whoever began it and whatever ended it.</summary>
internal sealed class JobResumer(RunContext context, string id, ResumeOptions options) : IJobWork
{
    private const int MostCancels = 1;
    private static readonly TimeSpan LongestCancel = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LockPace = TimeSpan.FromMilliseconds(250);

    private bool isLeft;
    private bool isTaken;

    /// <summary>Does what is asked. Errors become events; only the end of the whole run is thrown.</summary>
    /// <param name="stopping">Cancelled when the user stops.</param>
    public async Task RunAsync(CancellationToken stopping)
    {
        try
        {
            JobRecord job = context.Journal.Find(id) ?? throw JobStore.NotFound(id);
            await context.PublishAsync(new JobStarted(job.Id, job.Provider, job.Prompt, job.State)).ConfigureAwait(false);
            if (options.Goal == ResumeGoal.Cancel) await CancelAsync(job, stopping).ConfigureAwait(false);
            (isLeft, isTaken) = (NeedsWork(job), job.Remote is not null); // Until somebody has done it.
            if (NeedsWork(job)) await WorkAsync(job, stopping).ConfigureAwait(false);
            else await TellAsync(job, wasReceivedBefore: true).ConfigureAwait(false);
        }
        catch (NBException error)
        {
            await context.PublishAsync(new JobFailed(context.Redacted(error), Prompt: null, id)).ConfigureAwait(false);
        }
        finally
        {
            await context.PublishAsync(new JobEnded(id) { IsLeft = isLeft && (isTaken || stopping.IsCancellationRequested) }).ConfigureAwait(false);
        }
    }

    /// <summary>Asks the provider to cancel the job, also while somebody else waits for it, who then learns of it from the provider.</summary>
    private async Task CancelAsync(JobRecord job, CancellationToken stopping)
    {
        if (job.Remote is not { } remote) throw new NBException(NBErrorId.JobNotFound, $"No job '{id}' that a provider has taken is in the journal.") { JobId = id };
        ProviderSession session = context.SessionFor(job.Provider);
        if (session.Provider.Cancel(remote) is not { } call) throw new NBException(NBErrorId.InvalidRequest, $"{job.Provider} documents no way to cancel a job; it goes on and may be paid for.") { JobId = id };
        CallScope scope = session.Scope(MostCancels, LongestCancel, context.LogAsync, picturePath: null);
        switch (await session.CancelAsync(call, scope, stopping).ConfigureAwait(false))
        {
            case CancelOutcome.AlreadyCompleted:
                await context.LogAsync(
                    LogLevel.Warning,
                    $"Job {id} had ended at {job.Provider} before it could be cancelled (ALREADY_COMPLETED); it is paid for if it ended well. Receive-NBJob {id} fetches its pictures.").ConfigureAwait(false);
                break;
            case CancelOutcome.NotFound:
                throw new NBException(NBErrorId.JobNotFound, $"{job.Provider} does not know job {id} as {remote.Id}. Get-NBJob {id} -Refresh looks again.") { JobId = id };
        }
    }

    private bool NeedsWork(JobRecord job) => job.State switch
    {
        NBJobState.Intent or NBJobState.Submitted or NBJobState.Running or NBJobState.SubmitOutcomeUnknown => true,
        NBJobState.Succeeded => options.Goal == ResumeGoal.Receive,
        NBJobState.Received => options is { Goal: ResumeGoal.Receive, Again: true },
        NBJobState.Expired => options.Goal == ResumeGoal.Receive,
        _ => false,
    };

    private async Task WorkAsync(JobRecord job, CancellationToken stopping)
    {
        using IJobLock? held = await LockAsync(job, stopping).ConfigureAwait(false);
        isLeft = false;
        JobRecord? fresh = context.Journal.Find(id);
        if (held is not null) held.DeleteOnRelease = fresh is null or { IsOver: true };
        if (fresh is null) return; // Removed meanwhile.
        if (held is null || !NeedsWork(fresh))
        {
            await TellAsync(fresh, wasReceivedBefore: false).ConfigureAwait(false);
            return;
        }

        var line = new ResumedJob(context, fresh with { Output = OutputFor(fresh) }, options.Again);
        try
        {
            await line.Ending.GuardAsync((patience, _) => CarryAsync(line, patience), stopping).ConfigureAwait(false);
        }
        finally
        {
            line.Receiver.Clean();
            held.DeleteOnRelease = line.Record.IsOver;
            (isLeft, isTaken) = (!(options.Goal == ResumeGoal.Receive ? line.Record.IsOver : line.Record.HasEnded), line.Record.Remote is not null);
        }

        if (options.Goal != ResumeGoal.Receive) await context.PublishAsync(new JobSeen(line.Record.ToPublic())).ConfigureAwait(false);
        else if (!line.Record.HasEnded && (line.Record.ErrorId is null || IsStillOpen(fresh, line.Record))) await TellAsync(line.Record, wasReceivedBefore: false).ConfigureAwait(false);
    }

    /// <summary>Whether it is as unknown as before what became of the submit; that was told when it was written down, not now.</summary>
    private static bool IsStillOpen(JobRecord before, JobRecord now) =>
        before.State == NBJobState.SubmitOutcomeUnknown && now.State == NBJobState.SubmitOutcomeUnknown && now.UpdatedAt == before.UpdatedAt;

    private async Task CarryAsync(ResumedJob line, CancellationToken patience)
    {
        CallScope scope = line.Session.Scope(context.MaximumRetryCount, context.Timeout, context.LogAsync, line.Receiver.PicturePath);
        PictureStore.Sweep(line.Record);
        if (line.Record.Remote is null && !await new JobRecovery(context, line, options.LooksOnly).RunAsync(scope, patience).ConfigureAwait(false)) return;
        bool mustAsk = line.Record.State is NBJobState.Submitted or NBJobState.Running || line.Record.Pictures.Count == 0 || line.Record.Pictures.Any(IsOutOfReach);
        if (mustAsk && options.Waits) await line.Carrier.WaitAsync(scope, patience).ConfigureAwait(false);
        else if (mustAsk) await line.Carrier.LookAsync(scope, patience).ConfigureAwait(false);
        if (options.Goal == ResumeGoal.Receive && line.Record.HasPictures) await ReceiveAsync(line, scope, patience).ConfigureAwait(false);
    }

    /// <summary>A picture without an address whose file is gone.</summary>
    private static bool IsOutOfReach(JobPicture picture) =>
        picture.Path is null && picture.Uri is null && !(picture.PartialPath is { } partial && File.Exists(partial));

    /// <summary>An address that no longer serves may have been signed for a while only: the result is asked for again, once.</summary>
    private static async Task ReceiveAsync(ResumedJob line, CallScope scope, CancellationToken patience)
    {
        IReadOnlyList<JobPicture> before = line.Record.Pictures;
        try
        {
            await line.Receiver.ReceiveAsync(scope, patience).ConfigureAwait(false);
        }
        catch (NBException expired) when (expired.ErrorId == NBErrorId.OutputExpired)
        {
            try
            {
                await line.Carrier.LookAsync(scope, patience).ConfigureAwait(false);
            }
            catch (NBException)
            {
                ExceptionDispatchInfo.Throw(expired); // Who cannot be asked again has said all there is.
            }

            if (line.Record.Pictures.Select(picture => picture.Uri).SequenceEqual(before.Select(picture => picture.Uri))) throw;
            await line.Receiver.ReceiveAsync(scope, patience).ConfigureAwait(false);
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
            OpenSubmit? submitting = context.OpenSubmits.Find(id); // Then this process holds the lock itself.
            if (submitting is null && context.Journal.TryLock(id) is { } held) return held;
            if (options.LooksOnly) return null;
            JobRecord? now = context.Journal.Find(id);
            if (now is null || !NeedsWork(now)) return null;
            string owner = submitting is null ? string.Create(CultureInfo.InvariantCulture, $"process {now.ProcessId} on {now.MachineName}") : "this session, which is still submitting it";
            if (!options.Waits) throw Busy(owner);
            if (!isTold) await context.LogAsync(LogLevel.Verbose, $"{job.Provider} {id}: {owner} works on it; waiting").ConfigureAwait(false);
            isTold = true;
            try
            {
                await (submitting?.Ended.WaitAsync(patience.Token) ?? Task.Delay(LockPace, context.TimeProvider, patience.Token)).ConfigureAwait(false);
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
            if (options.Directory is { } directory) job = ReceivedCopy.Write(job, directory);
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

    private string Received(JobRecord job)
    {
        string? gone = job.Pictures.Select(picture => picture.Path).FirstOrDefault(path => path is not null && !File.Exists(path));
        return gone is null
            ? string.Create(CultureInfo.InvariantCulture, $"Job {job.Id} was received before, at {job.UpdatedAt:yyyy-MM-dd HH:mm} UTC; {(options.Directory is { } copies ? $"its files are copied to '{copies}'" : "-Force fetches its pictures once more")}.")
            : $"Job {job.Id} was received before, but '{gone}' is no longer there; -Force fetches its pictures once more while {job.Provider} still has them.";
    }
}
