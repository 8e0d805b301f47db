using NanoBanana.Engine.Providers;
using NanoBanana.Engine.Transport;

namespace NanoBanana.Engine.Jobs;

/// <summary>Looks for submits whose answer was lost in the provider's own list; takes the one exact match and never guesses.</summary>
internal static class LostSubmits
{
    /// <summary>The provider's clock and ours may differ so much.</summary>
    private static readonly TimeSpan ClockSkew = TimeSpan.FromMinutes(2);

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
    /// <returns>The provider's job and what was found in words; the job is null when none, or more than one, can be it.</returns>
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
        context.Remotes.Read(lost.From - LongestSubmit, lost.Until + ClockSkew);
        RemoteJob[] open = [.. found.Where(remote => context.Remotes.JobOf(job.Provider, remote.Id) is not { } other || other == job.Id)];
        return open.Length switch
        {
            0 => (null, $"{job.Provider}'s list of requests holds none that says the same. It may not have been taken; the list can lag behind by some minutes."),
            1 => (open[0], $"{job.Provider}'s list holds the request {open[0].Id}, the only one that says the same: the job goes on with it."),
            _ => (null, $"{job.Provider}'s list holds {open.Length} requests that say the same ({string.Join(", ", open.Take(5).Select(remote => remote.Id))}); which one is this job cannot be told."),
        };
    }
}
