using NanoBanana.Engine.Jobs;
using NanoBanana.Engine.Pricing.Budgets;

namespace NanoBanana.Engine.Webhooks;

/// <summary>The jobs of the journal, by the providers' ids.</summary>
/// <param name="journal">The journal.</param>
/// <param name="dailyBudget">Where jobs that end are settled; null where no budget is set.</param>
/// <param name="timeProvider">The clock.</param>
internal sealed class JournalWebhookJobs(IJobJournal journal, DailyBudget? dailyBudget, TimeProvider timeProvider) : IWebhookJobs
{
    /// <summary>Providers repeat a delivery for hours, and no picture takes days; older jobs are not looked through.</summary>
    private static readonly TimeSpan LongestLife = TimeSpan.FromDays(7);

    /// <summary>
    /// Other deliveries and looks hold a job for a moment only. Who holds it longer waits for it, and hears the same from the
    /// provider; to wait until that is done would hold up the deliveries behind this one for as long as a picture takes.
    /// </summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan LockPace = TimeSpan.FromMilliseconds(50);
    private readonly RemoteIndex index = new(journal);

    public async ValueTask<WebhookChange?> ChangeAsync(
        string provider, string remoteId, Func<JobRecord, JobRecord?> change, CancellationToken cancellationToken)
    {
        if (index.Find(provider, remoteId, timeProvider.GetUtcNow() - LongestLife, cancellationToken) is not { } id) return null;
        long started = timeProvider.GetTimestamp();
        while (true)
        {
            if (journal.Find(id) is not { } seen) return null; // Removed.
            if (change(seen) is null) return new WebhookChange(seen, IsWritten: false);
            using (IJobLock? held = journal.TryLock(id))
            {
                if (held is not null) return await ChangeAsync(held, id, change).ConfigureAwait(false);
            }

            if (timeProvider.GetElapsedTime(started) >= LongestWait) return new WebhookChange(seen, IsWritten: false, IsBusy: true);
            await Task.Delay(LockPace, timeProvider, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Changes what was read under the lock: what was seen before may have been outrun since.</summary>
    private async ValueTask<WebhookChange?> ChangeAsync(IJobLock held, string id, Func<JobRecord, JobRecord?> change)
    {
        JobRecord? job = journal.Find(id);
        held.DeleteOnRelease = job is null or { IsOver: true };
        if (job is null) return null;
        if (change(job) is not { } next) return new WebhookChange(job, IsWritten: false);
        held.DeleteOnRelease = false;
        await journal.WriteAsync(next, CancellationToken.None).ConfigureAwait(false); // What is written is also settled.
        held.DeleteOnRelease = next.IsOver;
        await SettleAsync(job, next).ConfigureAwait(false);
        return new WebhookChange(next, IsWritten: true);
    }

    /// <summary>
    /// Corrects what the day counts, once for each change that is written. Also the other way: a picture that exists after all
    /// takes back what its failure had given free.
    /// </summary>
    private async ValueTask SettleAsync(JobRecord job, JobRecord next)
    {
        if (dailyBudget is null || Counted(next) == Counted(job)) return;
        try
        {
            await dailyBudget.SettleAsync(next).ConfigureAwait(false);
        }
        catch (NBException)
        {
            // The change itself is written, and where the day cannot be counted nothing more is spent.
        }
    }

    /// <summary>What a job counts for: the estimate until it is over, as in <see cref="Budget"/>.</summary>
    private static decimal Counted(JobRecord job) => (job.IsOver ? job.Cost : job.Estimate) ?? 0m;
}
