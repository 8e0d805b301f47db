using NanoBanana.Engine.Jobs;
using NanoBanana.Engine.Webhooks;

namespace NanoBanana.Engine.Tests.Webhooks;

/// <summary>Jobs that last as long as the process, in the place of a journal.</summary>
internal sealed class InMemoryWebhookJobs : IWebhookJobs
{
    private readonly Dictionary<(string Provider, string RemoteId), JobRecord> jobs = [];

    /// <summary>What was changed, in order.</summary>
    public List<JobRecord> Written { get; } = [];

    public void Put(JobRecord job) => jobs[(job.Provider, job.Remote!.Id)] = job;

    public ValueTask<WebhookChange?> ChangeAsync(string provider, string remoteId, Func<JobRecord, JobRecord?> change, CancellationToken cancellationToken) =>
        ValueTask.FromResult(Change(provider, remoteId, change));

    private WebhookChange? Change(string provider, string remoteId, Func<JobRecord, JobRecord?> change)
    {
        if (!jobs.TryGetValue((provider, remoteId), out JobRecord? job)) return null;
        if (change(job) is not { } next) return new WebhookChange(job, IsWritten: false);
        Put(next);
        Written.Add(next);
        return new WebhookChange(next, IsWritten: true);
    }
}
