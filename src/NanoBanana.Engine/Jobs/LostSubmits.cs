using NanoBanana.Engine.Providers;
using NanoBanana.Engine.Transport;

namespace NanoBanana.Engine.Jobs;

/// <summary>
/// Looks for submits whose answer was lost in the provider's own list, for requests that say the same and that no other job has. Equal
/// jobs are interchangeable: each takes one of them.
/// </summary>
internal static class LostSubmits
{
    /// <summary>The provider's clock and ours may differ so much.</summary>
    public static readonly TimeSpan ClockSkew = TimeSpan.FromMinutes(2);

    /// <summary>A submit is on its way for so long at most: every attempt, and the pauses between them.</summary>
    private static readonly TimeSpan LongestSubmit = TimeSpan.FromMinutes(30);

    /// <summary>What is known of it.</summary>
    public static LostSubmit Describe(JobRecord job) => new()
    {
        Model = job.Model,
        Operation = job.Operation,
        From = job.CreatedAt - ClockSkew,
        Until = job.CreatedAt + LongestSubmit,
        IsPrompt = prompt => job.Prompt is { } known ? known == prompt : NBJob.HashPrompt(prompt) == job.PromptHash,
        Count = job.Count,
        Resolution = job.Resolution,
        AspectRatio = job.AspectRatio,
        OutputFormat = job.OutputFormat,
        Seed = job.Seed,
    };

    /// <summary>Looks for a lost submit.</summary>
    /// <returns>The provider's job and what was found in words; the job is null when none can be it.</returns>
    public static async Task<(RemoteJob? Job, string Words)> FindAsync(
        RunContext context, ProviderSession session, JobRecord job, CallScope scope, CancellationToken cancellationToken)
    {
        LostSubmit lost = Describe(job);
        if (session.Provider.FindSubmits(lost) is not { } call) return (null, $"{job.Provider} documents no list to look for it in.");
        if (await session.FindSubmitsAsync(call, lost, scope, cancellationToken).ConfigureAwait(false) is not { } found)
        {
            return (null, $"{job.Provider}'s list of requests around that time is too long to be looked through.");
        }

        // Requests that other jobs of ours already know are theirs; a job may have waited as long as a submit can before it was sent.
        IReadOnlyList<JobRecord> unanswered = context.Remotes.Read(lost.From - LongestSubmit, lost.Until + ClockSkew);
        RemoteJob[] open = [.. found.Where(remote => context.Remotes.JobOf(job.Provider, remote.Id) is not { } other || other == job.Id)];
        if (open.Length == 0) return (null, $"{job.Provider}'s list of requests holds none that says the same. It may not have been taken; the list can lag behind by some minutes.");

        // One that is still being submitted will learn from its own answer which request it has: that one must not be given away before.
        if (unanswered.FirstOrDefault(other => other.Id != job.Id && IsEqual(other, job) && IsBeingSubmitted(context, other)) is { } busy)
        {
            return (null, $"Job {busy.Id}, which says the same, is still being submitted; which request is whose is known when that has ended. Try again then.");
        }

        return (open[0], $"{job.Provider}'s list holds the request {open[0].Id}, which says the same and belongs to no other job: the job goes on with it.");
    }

    private static bool IsEqual(JobRecord one, JobRecord other) =>
        (one.Provider, one.Model, one.Operation, one.Count, one.Resolution, one.AspectRatio, one.OutputFormat, one.Seed)
            == (other.Provider, other.Model, other.Operation, other.Count, other.Resolution, other.AspectRatio, other.OutputFormat, other.Seed)
        && (one.PromptHash ?? NBJob.HashPrompt(one.Prompt ?? string.Empty)) == (other.PromptHash ?? NBJob.HashPrompt(other.Prompt ?? string.Empty));

    /// <summary>Whoever submits holds the job's lock, and so does whoever takes up what a dead process left: then the record names that process.</summary>
    private static bool IsBeingSubmitted(RunContext context, JobRecord job)
    {
        if (job.State != NBJobState.Intent) return false;
        if (job.MachineName == Environment.MachineName && job.ProcessId == Environment.ProcessId) return context.OpenSubmits.Contains(job.Id);
        if (job.IsOwnerGone) return false;
        using IJobLock? held = context.Journal.TryLock(job.Id);
        return held is null;
    }
}
