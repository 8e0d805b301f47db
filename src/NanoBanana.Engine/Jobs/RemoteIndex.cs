namespace NanoBanana.Engine.Jobs;

/// <summary>
/// Which of our jobs a provider knows by which id. A job's id at its provider never changes, so the file of a job that has one
/// is opened once; what has none yet is looked at again each time, for another process may give it one. Only ids are kept.
/// </summary>
/// <param name="journal">The journal.</param>
internal sealed class RemoteIndex(IJobJournal journal)
{
    private readonly object gate = new();
    private readonly Dictionary<string, string> jobs = new(StringComparer.Ordinal);
    private readonly HashSet<string> settled = new(StringComparer.Ordinal);

    /// <summary>Finds the job that a provider knows by an id, the newest files first.</summary>
    /// <param name="provider">The provider's name.</param>
    /// <param name="remoteId">The provider's id of it.</param>
    /// <param name="since">Older jobs are not looked through.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>Our id of it; null when there is none.</returns>
    public string? Find(string provider, string remoteId, DateTimeOffset since, CancellationToken cancellationToken)
    {
        string wanted = Key(provider, remoteId);
        lock (gate)
        {
            if (jobs.TryGetValue(wanted, out string? known)) return known;

            // Each reading lists the names of all files. It goes on for as many as were opened before it, so that few are needed.
            int ahead = settled.Count;
            foreach (JobRecord job in journal.Read(new JobQuery { Since = since, IsWanted = IsOpen }))
            {
                cancellationToken.ThrowIfCancellationRequested();
                Add(job);
                if (jobs.ContainsKey(wanted) && ahead-- <= 0) break;
            }

            return jobs.GetValueOrDefault(wanted);
        }
    }

    /// <summary>Takes in the jobs of a time.</summary>
    /// <returns>Those that no provider is known to have, and that are not over.</returns>
    /// <param name="since">Made at or after this.</param>
    /// <param name="until">Made before this.</param>
    public IReadOnlyList<JobRecord> Read(DateTimeOffset since, DateTimeOffset until)
    {
        var unanswered = new List<JobRecord>();
        lock (gate)
        {
            foreach (JobRecord job in journal.Read(new JobQuery { Since = since, Until = until, IsWanted = IsOpen }))
            {
                Add(job);
                if (job.Remote is null && !job.IsOver) unanswered.Add(job);
            }
        }

        return unanswered;
    }

    /// <summary>Our id of the job that a provider knows by an id; null when none that was taken in is.</summary>
    public string? JobOf(string provider, string remoteId)
    {
        lock (gate) return jobs.GetValueOrDefault(Key(provider, remoteId));
    }

    /// <summary>One text is the key: no provider's name has a blank in it.</summary>
    private static string Key(string provider, string remoteId) => $"{provider} {remoteId}";

    private bool IsOpen(string id) => !settled.Contains(id);

    private void Add(JobRecord job)
    {
        if (job.Remote is { } remote) jobs.TryAdd(Key(job.Provider, remote.Id), job.Id);
        if (job.Remote is not null || job.State is NBJobState.Failed or NBJobState.Cancelled) settled.Add(job.Id); // Nobody works on those again.
    }
}
