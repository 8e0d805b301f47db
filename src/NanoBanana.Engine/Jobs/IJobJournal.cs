using System.Collections.Concurrent;

namespace NanoBanana.Engine.Jobs;

/// <summary>
/// Where jobs are written down. Every transition is written before the next call is made, so that what was paid for can
/// be found again.
/// </summary>
internal interface IJobJournal
{
    /// <summary>Writes a job's newest state. When this returns, the state survives whatever the journal promises to survive.</summary>
    /// <param name="job">The job.</param>
    /// <param name="cancellationToken">Ends the writing of an intent; later states are written in any case.</param>
    ValueTask WriteAsync(JobRecord job, CancellationToken cancellationToken);

    /// <summary>Finds a job.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>The newest state, or null.</returns>
    ValueTask<JobRecord?> FindAsync(string id, CancellationToken cancellationToken);
}

/// <summary>A journal that lasts as long as the process. It keeps the newest jobs only, so that a long batch stays small.</summary>
internal sealed class InMemoryJobJournal : IJobJournal
{
    private const int MostJobs = 1000;
    private readonly ConcurrentDictionary<string, JobRecord> jobs = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<string> order = new();

    public ValueTask WriteAsync(JobRecord job, CancellationToken cancellationToken)
    {
        if (jobs.TryAdd(job.Id, job)) order.Enqueue(job.Id);
        else jobs[job.Id] = job;

        while (order.Count > MostJobs && order.TryDequeue(out string? oldest)) jobs.TryRemove(oldest, out _);
        return ValueTask.CompletedTask;
    }

    public ValueTask<JobRecord?> FindAsync(string id, CancellationToken cancellationToken) =>
        ValueTask.FromResult(jobs.TryGetValue(id, out JobRecord? job) ? job : null);
}
