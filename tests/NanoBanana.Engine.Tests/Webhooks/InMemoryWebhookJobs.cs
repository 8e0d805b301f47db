using NanoBanana.Engine.Jobs;
using NanoBanana.Engine.Webhooks;

namespace NanoBanana.Engine.Tests.Webhooks;

/// <summary>Jobs that last as long as the process, in the place of a journal.</summary>
internal sealed class InMemoryWebhookJobs : IWebhookJobs
{
    private readonly Dictionary<(string Provider, string RemoteId), JobRecord> jobs = [];
    private readonly object gate = new();

    public ValueTask<JobRecord?> FindByRemoteIdAsync(string provider, string remoteId, CancellationToken cancellationToken)
    {
        lock (gate) return ValueTask.FromResult(jobs.GetValueOrDefault((provider, remoteId)));
    }

    public ValueTask WriteAsync(JobRecord job, CancellationToken cancellationToken)
    {
        if (job.Remote is not { } remote) return ValueTask.CompletedTask; // Not taken yet: no delivery can name it.
        lock (gate) jobs[(job.Provider, remote.Id)] = job;
        return ValueTask.CompletedTask;
    }
}
