using System.Collections.Concurrent;
using NanoBanana.Engine.Jobs;

namespace NanoBanana.Engine.Tests.Support;

/// <summary>A journal that remembers every state it was given, in order.</summary>
internal sealed class RecordingJournal : IJobJournal
{
    private readonly ConcurrentQueue<JobRecord> written = new();
    private readonly ConcurrentDictionary<string, bool> locked = new(StringComparer.Ordinal);
    private int attempts;

    private readonly ConcurrentDictionary<string, bool> removed = new(StringComparer.Ordinal);

    public IReadOnlyList<JobRecord> Written => [.. written];

    public IReadOnlyList<NBJobState> States => [.. written.Select(record => record.State)];

    public JobRecord Last => written.Last();

    /// <summary>Fails the writing of a state; null to let it through.</summary>
    public Func<JobRecord, Exception?> Fail { get; set; } = static _ => null;

    public Action<JobRecord> OnWritten { get; set; } = static _ => { };

    public ValueTask WriteAsync(JobRecord job, CancellationToken cancellationToken)
    {
        if (Fail(job) is { } failure) throw failure;
        written.Enqueue(job);
        OnWritten(job);
        return ValueTask.CompletedTask;
    }

    public JobRecord? Find(string id) => removed.ContainsKey(id) ? null : written.LastOrDefault(record => record.Id == id);

    public IEnumerable<JobRecord> Read(JobQuery query, Action<NBException>? report = null) =>
        written.Reverse().DistinctBy(record => record.Id).Where(record => !removed.ContainsKey(record.Id) && query.Matches(record)).OrderByDescending(record => record.Id, StringComparer.Ordinal);

    /// <summary>How often somebody tried to take a job.</summary>
    public int LockAttempts => attempts;

    public IJobLock? TryLock(string id)
    {
        Interlocked.Increment(ref attempts);
        return locked.TryAdd(id, true) ? new Lock(() => locked.TryRemove(id, out _)) : null;
    }

    /// <summary>What is written stays here to be looked at; it is only no longer found.</summary>
    public void Remove(string id) => removed.TryAdd(id, true);

    private sealed class Lock(Action release) : IJobLock
    {
        public bool DeleteOnRelease { get; set; }

        public void Dispose() => release();
    }
}
