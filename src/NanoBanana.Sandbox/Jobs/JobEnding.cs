using NanoBanana.Sandbox.Wires;

namespace NanoBanana.Sandbox.Jobs;

/// <summary>Ends of jobs: waiting for them, and what faults make of them.</summary>
internal static class JobEnding
{
    /// <summary>The end a fault asks for; null leaves the job its own.</summary>
    public static JobEnd? ToEnd(this JobDoom doom) => doom switch
    {
        JobDoom.Rejected => JobEnd.Rejected,
        JobDoom.Failed => JobEnd.Failed,
        JobDoom.Empty => JobEnd.Empty,
        _ => null,
    };

    /// <summary>The job named, when this provider took it; a fault that came with the request has struck it.</summary>
    public static SandboxJob? FindJob(this Exchange exchange, string provider, string id)
    {
        var job = exchange.Simulator.Jobs.Find(id);
        if (job is null || !string.Equals(job.Order.Provider, provider, StringComparison.Ordinal))
            return null;
        if (exchange.Doom.ToEnd() is { } end)
            job.Spoil(exchange.Simulator.Clock.GetUtcNow(), end);
        return job;
    }

    /// <summary>The job at its end. Giving up waiting leaves the job as it is.</summary>
    public static async ValueTask<JobSnapshot> WaitForEndAsync(this SandboxJob job, CancellationToken cancellationToken)
    {
        var look = job.Look();
        while (look.Phase != JobPhase.Ended)
        {
            await look.Changed.WaitAsync(cancellationToken).ConfigureAwait(false);
            look = job.Look();
        }

        return look;
    }
}
