using NanoBanana.Engine.Jobs;
using NanoBanana.Engine.Providers;
using NanoBanana.Sandbox;

namespace NanoBanana.Acceptance;

/// <summary>Cancelling, over a real socket: the provider's word is told, and nothing more.</summary>
public sealed class CancelTests
{
    [Fact]
    public async Task A_running_job_is_cancelled_and_costs_nothing()
    {
        await using Stage stage = await Stage.SetAsync(latencyMs: 600_000);
        CancelOutcome? outcome = null;
        var events = new List<JobEvent>();
        await foreach (JobEvent next in stage.Engine.RunAsync(Stage.Stream([stage.Request()]), new BatchOptions()))
        {
            events.Add(next);
            if (next is JobProgressed { State: NBJobState.Submitted } progress && outcome is null)
            {
                outcome = await stage.Engine.CancelAsync(progress.JobId, CancellationToken.None);
            }
        }

        Assert.Equal(CancelOutcome.Requested, outcome);
        Assert.Equal(NBErrorId.JobCancelled, Assert.Single(events.OfType<JobFailed>()).Error.ErrorId);
        Assert.Equal(LedgerState.Cancelled, Assert.Single(stage.Ledger.Snapshot()).State);
        Assert.Equal(0m, stage.Ledger.TotalBilled);
    }

    [Fact]
    public async Task A_job_that_has_ended_is_told_as_such()
    {
        await using Stage stage = await Stage.SetAsync();
        NBImage image = (await stage.RunAsync(stage.Request())).Image();

        Assert.Equal(CancelOutcome.AlreadyCompleted, await stage.Engine.CancelAsync(image.JobId, CancellationToken.None));
        Assert.Equal(0.08m, stage.Ledger.TotalBilled);
    }

    [Fact]
    public async Task A_provider_that_cannot_cancel_is_not_asked()
    {
        await using Stage stage = await Stage.SetAsync();
        NBImage image = (await stage.RunAsync(EveryProviderTests.Request(stage, "ApiDot"))).Image();

        NBException error = await Assert.ThrowsAsync<NBException>(() => stage.Engine.CancelAsync(image.JobId, CancellationToken.None));
        Assert.Equal(NBErrorId.InvalidRequest, error.ErrorId);
    }

    [Fact]
    public async Task An_unknown_job_is_not_found()
    {
        await using Stage stage = await Stage.SetAsync();

        NBException error = await Assert.ThrowsAsync<NBException>(() => stage.Engine.CancelAsync("01m0000000000000", CancellationToken.None));
        Assert.Equal(NBErrorId.JobNotFound, error.ErrorId);
    }
}
