using NanoBanana.Engine.Jobs;

namespace NanoBanana.Engine.Webhooks;

/// <summary>What a receiver of deliveries needs of a journal.</summary>
internal interface IWebhookJobs
{
    /// <summary>Finds a job by the provider's id of it.</summary>
    /// <param name="provider">The provider's name.</param>
    /// <param name="remoteId">The provider's id, as a delivery names it: a stranger's text that must never become a path.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>The newest state, or null.</returns>
    ValueTask<JobRecord?> FindByRemoteIdAsync(string provider, string remoteId, CancellationToken cancellationToken);

    /// <summary>Writes a job's newest state.</summary>
    /// <param name="job">The job.</param>
    /// <param name="cancellationToken">Ends the writing.</param>
    ValueTask WriteAsync(JobRecord job, CancellationToken cancellationToken);
}
