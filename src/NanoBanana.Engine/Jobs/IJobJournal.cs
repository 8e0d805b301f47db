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
    /// <returns>The newest state, or null.</returns>
    JobRecord? Find(string id);

    /// <summary>Reads jobs, the newest first, each when it is asked for.</summary>
    /// <param name="query">Which.</param>
    /// <param name="report">Is told of what cannot be read; the reading goes on.</param>
    IEnumerable<JobRecord> Read(JobQuery query, Action<NBException>? report = null);

    /// <summary>Takes a job for oneself; released when it is disposed of, or when the process dies.</summary>
    /// <param name="id">The job's id.</param>
    /// <returns>The lock; null when another process, or another worker of this one, has the job.</returns>
    IJobLock? TryLock(string id);

    /// <summary>Forgets a job.</summary>
    /// <param name="id">The job's id.</param>
    void Remove(string id);
}

/// <summary>A job that nobody else works on.</summary>
internal interface IJobLock : IDisposable
{
    /// <summary>
    /// Whether nothing of the lock is left behind. Only for jobs that are over: who waited for the old lock and who makes a
    /// new one may then both go on, and both find that there is nothing to do.
    /// </summary>
    bool DeleteOnRelease { get; set; }
}

/// <summary>Which jobs to read; null means all.</summary>
internal sealed record JobQuery
{
    /// <summary>By id, before a file is opened.</summary>
    public Func<string, bool>? IsWanted { get; init; }

    public IReadOnlySet<string>? Providers { get; init; }

    public IReadOnlySet<NBJobState>? States { get; init; }

    /// <summary>Made at or after this.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Made before this.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>Whether a job is meant.</summary>
    public bool Matches(JobRecord job) =>
        IsWanted?.Invoke(job.Id) != false
        && Providers?.Contains(job.Provider) != false
        && States?.Contains(job.State) != false
        && !(job.CreatedAt < Since)
        && !(job.CreatedAt >= Until);
}

/// <summary>A journal that lasts as long as the process. It keeps the newest jobs only, so that a long batch stays small.</summary>
internal sealed class InMemoryJobJournal : IJobJournal
{
    private const int MostJobs = 1000;
    private readonly ConcurrentDictionary<string, JobRecord> jobs = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, bool> locked = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<string> order = new();

    public ValueTask WriteAsync(JobRecord job, CancellationToken cancellationToken)
    {
        if (jobs.TryAdd(job.Id, job)) order.Enqueue(job.Id);
        else jobs[job.Id] = job;

        while (order.Count > MostJobs && order.TryDequeue(out string? oldest)) jobs.TryRemove(oldest, out _);
        return ValueTask.CompletedTask;
    }

    public JobRecord? Find(string id) => jobs.GetValueOrDefault(id);

    public IEnumerable<JobRecord> Read(JobQuery query, Action<NBException>? report = null) =>
        jobs.Values.Where(query.Matches).OrderByDescending(job => job.Id, StringComparer.Ordinal);

    public IJobLock? TryLock(string id) => locked.TryAdd(id, true) ? new Lock(() => locked.TryRemove(id, out _)) : null;

    public void Remove(string id) => jobs.TryRemove(id, out _);

    private sealed class Lock(Action release) : IJobLock
    {
        public bool DeleteOnRelease { get; set; }

        public void Dispose() => release();
    }
}
