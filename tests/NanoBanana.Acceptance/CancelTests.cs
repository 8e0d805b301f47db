using NanoBanana.Engine.Jobs;
using NanoBanana.Engine.Transport;
using NanoBanana.Sandbox;

namespace NanoBanana.Acceptance;

/// <summary>Cancelling, over a real socket: the provider's word is told, and nothing more.</summary>
public sealed class CancelTests
{
    [Fact]
    public async Task A_running_job_is_cancelled_and_costs_nothing()
    {
        await using Stage stage = await Stage.SetAsync(latencyMs: 600_000);
        IReadOnlyList<JobEvent>? cancelled = null;
        var events = new List<JobEvent>();
        await foreach (JobEvent next in stage.Engine.RunAsync(Stage.Stream([stage.Request()]), new BatchOptions()))
        {
            events.Add(next);
            if (next is JobProgressed { State: NBJobState.Submitted } progress && cancelled is null)
            {
                cancelled = await CancelAsync(stage, progress.JobId);
            }
        }

        Assert.Single(cancelled!.OfType<JobSeen>());
        Assert.Empty(cancelled!.OfType<JobFailed>());
        Assert.Equal(NBErrorId.JobCancelled, Assert.Single(events.OfType<JobFailed>()).Error.ErrorId);
        Assert.Equal(LedgerState.Cancelled, Assert.Single(stage.Ledger.Snapshot()).State);
        Assert.Equal(0m, stage.Ledger.TotalBilled);
    }

    [Fact]
    public async Task A_job_that_has_ended_is_told_as_such()
    {
        await using Stage stage = await Stage.SetAsync();
        NBImage image = (await stage.RunAsync(stage.Request())).Image();

        IReadOnlyList<JobEvent> told = await CancelAsync(stage, image.JobId);
        Assert.Contains("ALREADY_COMPLETED", Assert.Single(told.OfType<LogLine>(), log => log.Level == LogLevel.Warning).Text, StringComparison.Ordinal);
        Assert.Equal(NBJobState.Received, Assert.Single(told.OfType<JobSeen>()).Job.State);
        Assert.Equal(0.08m, stage.Ledger.TotalBilled);
    }

    [Fact]
    public async Task A_provider_that_cannot_cancel_is_not_asked()
    {
        await using Stage stage = await Stage.SetAsync();
        NBImage image = (await stage.RunAsync(EveryProviderTests.Request(stage, "ApiDot"))).Image();

        Assert.Equal(NBErrorId.InvalidRequest, Assert.Single((await CancelAsync(stage, image.JobId)).OfType<JobFailed>()).Error.ErrorId);
    }

    [Fact]
    public async Task An_unknown_job_is_not_found()
    {
        await using Stage stage = await Stage.SetAsync();

        Assert.Equal(NBErrorId.JobNotFound, Assert.Single((await CancelAsync(stage, "01m0000000000000")).OfType<JobFailed>()).Error.ErrorId);
    }

    private static async Task<IReadOnlyList<JobEvent>> CancelAsync(Stage stage, string id) =>
        await stage.Engine.ResumeAsync(new[] { id }.ToAsyncEnumerable(), new ResumeOptions { Goal = ResumeGoal.Cancel }, new BatchOptions()).ToListAsync();
}
