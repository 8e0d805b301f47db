using NanoBanana.Engine.Jobs;
using NanoBanana.Engine.Requests;
using NanoBanana.Sandbox;
using NanoBanana.Sandbox.Wires;

namespace NanoBanana.Acceptance;

/// <summary>Stopping: nothing more is submitted, no partial file is left, and what was submitted is known.</summary>
public sealed class FalStopTests
{
    [Fact]
    public async Task A_stop_while_waiting_leaves_no_file_and_the_job_at_the_provider()
    {
        await using Stage stage = await Stage.SetAsync(latencyMs: 600_000);
        using var stop = new CancellationTokenSource();
        var events = new List<JobEvent>();
        await foreach (JobEvent next in stage.Engine.RunAsync(Stage.Stream([stage.Request()]), new BatchOptions(), stop.Token))
        {
            events.Add(next);
            if (next is JobProgressed { State: NBJobState.Submitted }) await stop.CancelAsync();
        }

        Assert.Empty(events.OfType<JobFailed>());
        Assert.Empty(stage.Files);
        Assert.Equal(LedgerState.Accepted, Assert.Single(stage.Ledger.Snapshot()).State);
    }

    [Fact]
    public async Task A_stop_while_downloading_leaves_no_partial_file()
    {
        await using Stage stage = await Stage.SetAsync("download:slow=600000*");
        using var stop = new CancellationTokenSource();
        await foreach (JobEvent next in stage.Engine.RunAsync(Stage.Stream([stage.Request()]), new BatchOptions(), stop.Token))
        {
            if (next is JobProgressed { State: NBJobState.Succeeded }) await stop.CancelAsync();
        }

        Assert.Empty(stage.Files);
        Assert.Equal(0.08m, stage.Ledger.TotalBilled);
    }

    [Fact]
    public async Task A_submit_that_is_on_its_way_is_let_through_so_that_its_job_is_known()
    {
        await using Stage stage = await Stage.SetAsync("submit:slow=50", latencyMs: 600_000, clock: TimeProvider.System);
        using var stop = new CancellationTokenSource();
        var states = new List<NBJobState>();
        await foreach (JobEvent next in stage.Engine.RunAsync(Stage.Stream([stage.Request()]), new BatchOptions(), stop.Token))
        {
            if (next is JobProgressed progress) states.Add(progress.State);
            if (next is JobStarted)
            {
                while (stage.Ledger.Requests(WireAction.Submit) == 0) await Task.Yield();
                await stop.CancelAsync();
            }
        }

        Assert.Contains(NBJobState.Submitted, states);
        Assert.Equal(1, stage.Ledger.Accepted);
    }

    [Fact]
    public async Task Taking_the_first_two_of_a_thousand_submits_a_handful()
    {
        await using Stage stage = await Stage.SetAsync();
        int taken = 0;
        ImageRequest[] requests = [.. Enumerable.Range(1, 1000).Select(i => stage.Request($"prompt {i}"))];
        await foreach (JobEvent next in stage.Engine.RunAsync(Stage.Stream(requests), new BatchOptions { ThrottleLimit = 4 }))
        {
            if (next is ImageReceived && ++taken == 2) break;
        }

        Assert.InRange(stage.Ledger.Accepted, 2, 24);
    }
}
