using NanoBanana.Engine.Jobs;

namespace NanoBanana.Engine.Webhooks;

/// <summary>What a receiver of deliveries needs of a journal.</summary>
internal interface IWebhookJobs
{
    /// <summary>Changes the job that a provider knows by an id, while nobody else works on it.</summary>
    /// <param name="provider">The provider's name.</param>
    /// <param name="remoteId">The provider's id, as a delivery names it: a stranger's text that must never become a path.</param>
    /// <param name="change">
    /// Makes the next record of the newest one, null for none. It is asked again when the job is another by the time it is
    /// free; what is written was made of what is overwritten.
    /// </param>
    /// <param name="cancellationToken">Ends the reading and the waiting.</param>
    /// <returns>What became of it; null when there is no such job.</returns>
    ValueTask<WebhookChange?> ChangeAsync(string provider, string remoteId, Func<JobRecord, JobRecord?> change, CancellationToken cancellationToken);
}

/// <summary>What became of a change.</summary>
/// <param name="Job">The job as the journal has it now.</param>
/// <param name="IsWritten">Whether it was changed.</param>
/// <param name="IsBusy">Whether it would have been changed, had not somebody else been working on it.</param>
internal sealed record WebhookChange(JobRecord Job, bool IsWritten, bool IsBusy = false);
