using NanoBanana.Engine.Jobs;

namespace NanoBanana.Engine.Webhooks;

/// <summary>The jobs of the journal, by the providers' ids.</summary>
/// <param name="journal">The journal.</param>
/// <param name="timeProvider">The clock.</param>
internal sealed class JournalWebhookJobs(IJobJournal journal, TimeProvider timeProvider) : IWebhookJobs
{
    /// <summary>Providers repeat a delivery for hours, and no picture takes days; older jobs are not looked through.</summary>
    private static readonly TimeSpan LongestLife = TimeSpan.FromDays(7);

    public ValueTask<JobRecord?> FindByRemoteIdAsync(string provider, string remoteId, CancellationToken cancellationToken)
    {
        var query = new JobQuery
        {
            Providers = new HashSet<string>([provider], StringComparer.OrdinalIgnoreCase),
            Since = timeProvider.GetUtcNow() - LongestLife,
        };
        foreach (JobRecord job in journal.Read(query))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (job.Remote?.Id == remoteId) return new ValueTask<JobRecord?>(job);
        }

        return new ValueTask<JobRecord?>((JobRecord?)null);
    }

    /// <summary>
    /// Writes what a delivery changes. Whoever works on the job meanwhile hears the same from the provider and knows more
    /// than the delivery does: then nothing is written.
    /// </summary>
    /// <param name="job">The job's next state.</param>
    /// <param name="cancellationToken">Ends the writing.</param>
    public async ValueTask WriteAsync(JobRecord job, CancellationToken cancellationToken)
    {
        using IJobLock? held = journal.TryLock(job.Id);
        if (held is null) return;
        JobRecord? fresh = journal.Find(job.Id);
        bool isOutrun = fresh is null || (fresh.State != job.State && fresh.State is NBJobState.Succeeded or NBJobState.Received && job.State != NBJobState.Received);
        if (isOutrun) return;
        await journal.WriteAsync(job, cancellationToken).ConfigureAwait(false);
        held.DeleteOnRelease = job.IsOver;
    }
}
