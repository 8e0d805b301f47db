using NanoBanana.Engine.Jobs;
using NanoBanana.Engine.Jobs.Journal;
using NanoBanana.Engine.Pricing;
using NanoBanana.Engine.Pricing.Budgets;
using NanoBanana.Engine.State;

namespace NanoBanana.Engine;

/// <summary>The jobs that were written down: found, listed and forgotten. Asks no provider.</summary>
public sealed class JobStore
{
    private readonly IJobJournal real;
    private readonly IJobJournal sandbox;
    private readonly DailyBudget budget;

    /// <summary>Opens the journals of a state folder; nothing is created or read yet.</summary>
    /// <param name="folder">The state folder.</param>
    public JobStore(StateFolder folder)
    {
        ArgumentNullException.ThrowIfNull(folder);
        real = new FileJobJournal(folder.Jobs(sandbox: false));
        sandbox = new FileJobJournal(folder.Jobs(sandbox: true));
        budget = new DailyBudget(folder, real, limit: 0m, TimeProvider.System);
    }

    /// <summary>Finds a job by its id, that of a provider or of the sandbox.</summary>
    /// <param name="id">The id.</param>
    /// <returns>The job; null when there is none.</returns>
    /// <exception cref="NBException">JournalDamaged or JournalUnavailable: its file cannot be read.</exception>
    public NBJob? Find(string id) => (real.Find(id) ?? sandbox.Find(id)) is { } job ? Describe(job) : null;

    /// <summary>Lists jobs, the newest first, each read when it is asked for.</summary>
    /// <param name="filter">Which.</param>
    /// <param name="report">Is told of files that cannot be read; the listing goes on.</param>
    /// <returns>The jobs.</returns>
    public IEnumerable<NBJob> List(JobFilter filter, Action<NBException> report)
    {
        ArgumentNullException.ThrowIfNull(filter);
        JobQuery query = filter.ToQuery();
        IEnumerable<JobRecord> found = filter.Sandbox switch
        {
            true => sandbox.Read(query, report),
            false => real.Read(query, report),
            null => Merge(real.Read(query, report), sandbox.Read(query, report)),
        };
        return found.Select(Describe);
    }

    /// <summary>Counts what the jobs of providers came to; those of the sandbox cost nothing and are not counted.</summary>
    /// <param name="query">Which, and by what.</param>
    /// <param name="report">Is told of files that cannot be read; the counting goes on.</param>
    /// <param name="cancellationToken">Ends the counting.</param>
    /// <returns>A row for each group that has jobs.</returns>
    /// <exception cref="NBException">InvalidRequest: the time ends before it begins.</exception>
    public IReadOnlyList<NBUsage> Usage(UsageQuery query, Action<NBException> report, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(query);
        var usage = new UsageReport(query);
        foreach (JobRecord job in real.Read(usage.Jobs, report))
        {
            cancellationToken.ThrowIfCancellationRequested();
            usage.Add(job);
        }

        return usage.Make();
    }

    /// <summary>Forgets a job. Its files stay. What an open submit holds of the daily budget is given back.</summary>
    /// <param name="id">The id.</param>
    /// <param name="force">Whether also one that is unfinished, or whose pictures were not received.</param>
    /// <returns>The job as it was.</returns>
    /// <exception cref="NBException">JobNotFound, or InvalidRequest: it is unfinished, unreceived, or worked on.</exception>
    public NBJob Remove(string id, bool force)
    {
        IJobJournal journal = real.Find(id) is not null ? real : sandbox;
        JobRecord job = journal.Find(id) ?? throw NotFound(id);
        if (!MayRemove(job, force)) throw Refused(job);
        using IJobLock held = journal.TryLock(id)
            ?? throw new NBException(NBErrorId.InvalidRequest, $"Job {id} is being worked on by process {job.ProcessId} on {job.MachineName}; it cannot be removed meanwhile. End that first.") { JobId = id };
        job = journal.Find(id) ?? throw NotFound(id);
        if (!MayRemove(job, force)) throw Refused(job);
        if (!job.Sandbox && job.State is NBJobState.Intent or NBJobState.SubmitOutcomeUnknown) budget.ReleaseAsync(job).GetAwaiter().GetResult();
        held.DeleteOnRelease = true;
        journal.Remove(id);
        return job.ToPublic();
    }

    /// <summary>The error for an id that is in no journal.</summary>
    /// <param name="id">The id.</param>
    /// <returns>The error.</returns>
    public static NBException NotFound(string id) =>
        new(NBErrorId.JobNotFound, $"No job '{id}' is in the journal. Get-NBJob lists those that are.") { JobId = id };

    /// <summary>What was certainly not sent is as good as over, once its process has ended.</summary>
    private static bool MayRemove(JobRecord job, bool force) => force || job.IsOver || job.WasNotSent;

    /// <summary>A job whose process ended while it submitted it says so.</summary>
    private static NBJob Describe(JobRecord job)
    {
        if (job.State != NBJobState.Intent || !job.IsOwnerGone) return job.ToPublic();
        string ended = $"The process that was to submit the job ({job.ProcessId}) has ended";
        JobRecord described = job.WasNotSent
            ? job with { ErrorId = NBErrorId.JobCancelled, ErrorMessage = $"{ended} before anything was sent." }
            : job with
            {
                ErrorId = NBErrorId.SubmitOutcomeUnknown,
                ErrorMessage = $"{ended} before the answer was recorded; {job.Provider} may have taken the job and may charge for it. Get-NBJob {job.Id} | Receive-NBJob -Wait finds out what can be found out.",
            };
        return described.ToPublic();
    }

    private static NBException Refused(JobRecord job)
    {
        string why = job.State switch
        {
            NBJobState.Succeeded => $"its pictures are paid for and were not received: Receive-NBJob {job.Id} fetches them",
            NBJobState.SubmitOutcomeUnknown => $"it may have been taken and paid for: check it first with Get-NBJob {job.Id} -Refresh",
            _ => $"it is {job.State}: Wait-NBJob {job.Id} | Receive-NBJob goes on with it",
        };
        return new NBException(NBErrorId.InvalidRequest, $"Job {job.Id} is not removed, for {why}. -Force removes it all the same; what is paid stays paid.") { JobId = job.Id };
    }

    private static IEnumerable<JobRecord> Merge(IEnumerable<JobRecord> first, IEnumerable<JobRecord> second)
    {
        using IEnumerator<JobRecord> a = first.GetEnumerator();
        using IEnumerator<JobRecord> b = second.GetEnumerator();
        bool hasA = a.MoveNext();
        bool hasB = b.MoveNext();
        while (hasA || hasB)
        {
            bool takesA = hasA && (!hasB || string.CompareOrdinal(a.Current.Id, b.Current.Id) >= 0);
            yield return takesA ? a.Current : b.Current;
            if (takesA) hasA = a.MoveNext();
            else hasB = b.MoveNext();
        }
    }
}

/// <summary>Which jobs to list; null means all.</summary>
public sealed record JobFilter
{
    /// <summary>By id.</summary>
    public Func<string, bool>? IsWanted { get; init; }

    /// <summary>Their providers' names, in any case.</summary>
    public IReadOnlyCollection<string>? Providers { get; init; }

    /// <summary>Where they stand.</summary>
    public IReadOnlyCollection<NBJobState>? States { get; init; }

    /// <summary>Made at or after this.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Whether those of the sandbox, or those of providers; null for both.</summary>
    public bool? Sandbox { get; init; }

    internal JobQuery ToQuery() => new()
    {
        IsWanted = IsWanted,
        Providers = Providers is null ? null : new HashSet<string>(Providers, StringComparer.OrdinalIgnoreCase),
        States = States?.ToHashSet(),
        Since = Since,
    };
}
