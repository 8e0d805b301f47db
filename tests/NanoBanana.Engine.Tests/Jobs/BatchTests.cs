using NanoBanana.Engine.Jobs;
using NanoBanana.Engine.Requests;
using NanoBanana.Engine.Tests.Support;

namespace NanoBanana.Engine.Tests.Jobs;

/// <summary>Many requests, some at once.</summary>
public sealed class BatchTests : IDisposable
{
    private readonly EngineRig rig = new();
    private int open;
    private int mostOpen;
    private int answered;
    private int mostAhead;

    public void Dispose() => rig.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task As_many_jobs_as_allowed_run_at_once_and_never_more(int throttle)
    {
        var full = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        rig.Fal.InsteadAsync = async (request, _) =>
        {
            if (!FalStub.IsSubmit(request)) return null;
            int now = Interlocked.Increment(ref open);
            Raise(ref mostOpen, now);
            if (now == throttle) full.TrySetResult();
            await full.Task;
            for (int i = 0; i < 50; i++) await Task.Yield();
            Interlocked.Decrement(ref open);
            return null;
        };

        await rig.RunAsync(Many(12), new BatchOptions { ThrottleLimit = throttle });

        Assert.Equal(throttle, mostOpen);
    }

    [Fact]
    public async Task Every_request_of_a_long_stream_is_carried_out()
    {
        List<JobEvent> events = await rig.RunAsync(Many(500), new BatchOptions { ThrottleLimit = 16 });

        Assert.Equal(500, events.OfType<ImageReceived>().Select(e => e.Image.JobId).Distinct(StringComparer.Ordinal).Count());
    }

    [Fact]
    public async Task Of_10000_requests_only_a_handful_is_read_ahead()
    {
        rig.Fal.InsteadAsync = async (_, _) =>
        {
            await Task.Yield();
            Interlocked.Increment(ref answered);
            return null;
        };

        await foreach (JobEvent unused in rig.Engine.RunAsync(Counted(10_000), new BatchOptions { ThrottleLimit = 4 }))
        {
            // Only drained.
        }

        Assert.Equal((10_000, true), (answered, mostAhead <= 6));
    }

    [Fact]
    public async Task Ending_the_enumeration_early_ends_the_submits()
    {
        await foreach (JobEvent next in rig.Engine.RunAsync(EngineRig.Stream(Many(10_000)), new BatchOptions { ThrottleLimit = 2 }))
        {
            if (next is ImageReceived) break;
        }

        int afterwards = rig.Fal.Submits.Count;
        Assert.InRange(afterwards, 1, 100);
    }

    [Fact]
    public async Task A_request_that_fails_does_not_stop_the_others()
    {
        rig.Fal.Instead = request => FalStub.IsSubmit(request) && request.Text.Contains("bad", StringComparison.Ordinal) ? Answers.Json("""{"detail":"no"}""", 422) : null;

        List<JobEvent> events = await rig.RunAsync([rig.Request("bad"), rig.Request("good"), rig.Request("bad"), rig.Request("good")]);

        Assert.Equal((2, 2), (events.OfType<ImageReceived>().Count(), events.OfType<JobFailed>().Count()));
    }

    [Fact]
    public async Task A_failure_names_its_prompt_and_its_job()
    {
        rig.Fal.Instead = request => FalStub.IsSubmit(request) ? Answers.Json("""{"detail":"no"}""", 422) : null;

        JobFailed failed = (await rig.RunAsync(rig.Request("bad"))).OfType<JobFailed>().Single();

        Assert.Equal(("bad", rig.Journal.Last.Id), (failed.Prompt, failed.Error.JobId));
    }

    [Fact]
    public async Task A_fault_of_our_own_ends_the_run_in_sight()
    {
        rig.Journal.Fail = record => record.State == NBJobState.Succeeded ? new InvalidOperationException("a bug") : null;

        InvalidOperationException fault = await Assert.ThrowsAsync<InvalidOperationException>(() => rig.RunAsync());

        Assert.Equal("a bug", fault.Message);
    }

    [Fact]
    public async Task A_source_that_fails_ends_the_run_with_its_reason() =>
        await Assert.ThrowsAsync<FormatException>(() => rig.RunAsync(Many(1).Select<ImageRequest, ImageRequest>(_ => throw new FormatException("line 7"))));

    [Fact]
    public async Task No_requests_are_no_events() => Assert.Empty(await rig.RunAsync(Many(0)));

    [Fact]
    public async Task An_engine_can_be_run_again()
    {
        await rig.RunAsync();

        Assert.Single((await rig.RunAsync()).OfType<ImageReceived>());
    }

    private static void Raise(ref int most, int value)
    {
        int seen;
        while ((seen = Volatile.Read(ref most)) < value && Interlocked.CompareExchange(ref most, value, seen) != seen)
        {
            // Somebody else raised it meanwhile.
        }
    }

    private IEnumerable<ImageRequest> Many(int count) => Enumerable.Range(0, count).Select(i => rig.Request($"cat {i}"));

    private async IAsyncEnumerable<ImageRequest> Counted(int count)
    {
        for (int i = 0; i < count; i++)
        {
            await Task.Yield();
            Raise(ref mostAhead, i + 1 - Volatile.Read(ref answered));
            yield return rig.Request($"cat {i}", noDownload: true) with { Direct = true };
        }
    }
}
