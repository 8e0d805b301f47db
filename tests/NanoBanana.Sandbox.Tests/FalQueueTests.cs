using System.Net;

namespace NanoBanana.Sandbox.Tests;

public sealed class FalQueueTests
{
    private const string Prompt = """{"prompt":"a lighthouse"}""";
    private static readonly TimeSpan Latency = TimeSpan.FromSeconds(9);

    [Fact]
    public async Task A_job_moves_up_the_queue_runs_and_completes_by_the_clock()
    {
        var clock = new FakeTimeProvider();
        using var desk = new FalDesk(latency: Latency, clock: clock);
        var ticket = await desk.TakeAsync(Prompt);
        using var response = await desk.GetAsync(FalDesk.Text(ticket, "status_url") + "/stream");
        var seen = new List<string>();
        await foreach (var status in FalDesk.EventsAsync(response))
        {
            var name = FalDesk.Text(status, "status");
            seen.Add(status.TryGetProperty("queue_position", out var position) ? name + position.GetInt32() : name);
            // A third of nine seconds in the queue, a second for each place in it; the rest at work.
            clock.Advance(TimeSpan.FromSeconds(name == "IN_PROGRESS" ? 6 : 1));
        }

        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        Assert.Equal(["IN_QUEUE2", "IN_QUEUE1", "IN_QUEUE0", "IN_PROGRESS", "COMPLETED"], seen);
    }

    [Fact]
    public async Task A_clock_that_jumps_while_a_timer_is_set_makes_no_job_late()
    {
        var clock = new JumpingTimeProvider(TimeSpan.FromSeconds(3));
        using var desk = new FalDesk(latency: Latency, clock: clock);
        var ticket = await desk.TakeAsync(Prompt);
        using var response = await desk.GetAsync(FalDesk.Text(ticket, "status_url") + "/stream");

        await foreach (var status in FalDesk.EventsAsync(response))
        {
            if (FalDesk.Text(status, "status") == "IN_PROGRESS")
                return; // Its three seconds in the queue are over, though nobody moved the clock on.
        }

        Assert.Fail("The job never came to be worked on.");
    }

    [Fact]
    public async Task Status_answers_202_until_the_job_is_completed_and_then_200()
    {
        var clock = new FakeTimeProvider();
        using var desk = new FalDesk(latency: Latency, clock: clock);
        var ticket = await desk.TakeAsync(Prompt);
        using var before = await desk.GetAsync(FalDesk.Text(ticket, "status_url"));
        Assert.Equal(HttpStatusCode.Accepted, before.StatusCode);
        clock.Advance(Latency);
        var last = await desk.FinishAsync(ticket);
        using var after = await desk.GetAsync(FalDesk.Text(ticket, "status_url"));
        Assert.Equal(HttpStatusCode.OK, after.StatusCode);
        Assert.Equal("COMPLETED", FalDesk.Text(last, "status"));
        Assert.True(last.GetProperty("metrics").GetProperty("inference_time").GetDouble() >= 0);
    }

    [Fact]
    public async Task Logs_come_only_when_asked_for_and_repeat()
    {
        using var desk = new FalDesk();
        var ticket = await desk.TakeAsync(Prompt);
        await desk.FinishAsync(ticket);
        using var without = await desk.GetAsync(FalDesk.Text(ticket, "status_url"));
        using var with = await desk.GetAsync(FalDesk.Text(ticket, "status_url") + "?logs=1");
        Assert.Equal(System.Text.Json.JsonValueKind.Null, (await FalDesk.JsonAsync(without)).GetProperty("logs").ValueKind);
        Assert.Equal(2, (await FalDesk.JsonAsync(with)).GetProperty("logs").GetArrayLength());
    }

    [Fact]
    public async Task A_quiet_stream_is_kept_alive_with_comments()
    {
        var clock = new FakeTimeProvider();
        using var desk = new FalDesk(latency: TimeSpan.FromHours(3), clock: clock);
        var ticket = await desk.TakeAsync(Prompt);
        using var response = await desk.GetAsync(FalDesk.Text(ticket, "status_url") + "/stream");
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
        Assert.StartsWith("data: ", await reader.ReadLineAsync(), StringComparison.Ordinal);
        Assert.Equal("", await reader.ReadLineAsync());
        var next = reader.ReadLineAsync();
        while (!next.IsCompleted)
        {
            clock.Advance(TimeSpan.FromSeconds(16));
            await Task.WhenAny(next, Task.Delay(1));
        }

        Assert.Equal(": ping", await next);
    }

    [Fact]
    public async Task The_result_is_refused_until_the_job_is_completed()
    {
        using var desk = new FalDesk(latency: TimeSpan.FromHours(1));
        var ticket = await desk.TakeAsync(Prompt);
        using var response = await desk.GetAsync(FalDesk.Text(ticket, "response_url"));
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal("Request is still in progress", FalDesk.Text(await FalDesk.JsonAsync(response), "detail"));
    }

    [Fact]
    public async Task The_result_names_every_picture_with_its_facts()
    {
        using var desk = new FalDesk();
        using var response = await desk.MakeAsync("""{"prompt":"a","num_images":4,"resolution":"2K","aspect_ratio":"16:9","output_format":"jpeg"}""");
        var output = await FalDesk.JsonAsync(response);
        Assert.Equal(4, output.GetProperty("images").GetArrayLength());
        Assert.Equal("", FalDesk.Text(output, "description"));
        Assert.Equal("6", Assert.Single(response.Headers.GetValues("x-fal-billable-units")));
        foreach (var image in output.GetProperty("images").EnumerateArray())
        {
            var bytes = await desk.Http.GetByteArrayAsync(new Uri(FalDesk.Text(image, "url")));
            Assert.Equal("image/jpeg", FalDesk.Text(image, "content_type"));
            Assert.Equal((2752, 1536), (image.GetProperty("width").GetInt32(), image.GetProperty("height").GetInt32()));
            Assert.Equal(bytes.Length, image.GetProperty("file_size").GetInt32());
            Assert.Equal(("jpeg", 2752, 1536), PictureHeader.Read(bytes));
        }
    }

    [Fact]
    public async Task Reading_the_result_twice_bills_once()
    {
        using var desk = new FalDesk();
        var ticket = await desk.TakeAsync(Prompt);
        await desk.FinishAsync(ticket);
        for (var i = 0; i < 2; i++)
            (await desk.GetAsync(FalDesk.Text(ticket, "response_url"))).Dispose();
        Assert.Equal(0.08m, desk.Ledger.TotalBilled);
    }

    [Fact]
    public async Task Cancelling_a_waiting_job_ends_it_unbilled()
    {
        using var desk = new FalDesk(latency: TimeSpan.FromHours(1));
        var ticket = await desk.TakeAsync(Prompt);
        using var cancel = await desk.SendAsync(HttpMethod.Put, FalDesk.Text(ticket, "cancel_url"));
        Assert.Equal(HttpStatusCode.Accepted, cancel.StatusCode);
        Assert.Equal("CANCELLATION_REQUESTED", FalDesk.Text(await FalDesk.JsonAsync(cancel), "status"));
        var last = await desk.FinishAsync(ticket);
        Assert.Equal(("COMPLETED", "client_cancelled"), (FalDesk.Text(last, "status"), FalDesk.Text(last, "error_type")));
        using var result = await desk.GetAsync(FalDesk.Text(ticket, "response_url"));
        Assert.Equal(499, (int)result.StatusCode);
        Assert.Equal((LedgerState.Cancelled, 0m), (desk.Ledger.Snapshot()[0].State, desk.Ledger.TotalBilled));
    }

    [Fact]
    public async Task Cancelling_a_finished_job_answers_400()
    {
        using var desk = new FalDesk();
        var ticket = await desk.TakeAsync(Prompt);
        await desk.FinishAsync(ticket);
        using var cancel = await desk.SendAsync(HttpMethod.Put, FalDesk.Text(ticket, "cancel_url"));
        Assert.Equal(HttpStatusCode.BadRequest, cancel.StatusCode);
        Assert.Equal("ALREADY_COMPLETED", FalDesk.Text(await FalDesk.JsonAsync(cancel), "status"));
        Assert.Equal(1, desk.Ledger.Billed);
    }

    [Theory]
    [InlineData("GET", "")]
    [InlineData("GET", "/status")]
    [InlineData("GET", "/status/stream")]
    [InlineData("PUT", "/cancel")]
    public async Task An_unknown_job_answers_404(string method, string tail)
    {
        using var desk = new FalDesk();
        using var response = await desk.SendAsync(new HttpMethod(method), $"{FalDesk.Queue}{FalDesk.Model}/requests/{Guid.NewGuid()}{tail}");
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
    }

    [Fact]
    public async Task A_jobs_address_with_the_subpath_is_not_served()
    {
        using var desk = new FalDesk();
        var ticket = await desk.TakeAsync("""{"prompt":"a","image_urls":["https://example.com/a.png"]}""", FalDesk.Model + "/edit");
        using var response = await desk.GetAsync($"{FalDesk.Queue}{FalDesk.Model}/edit/requests/{FalDesk.Text(ticket, "request_id")}/status");
        Assert.Equal(HttpStatusCode.MethodNotAllowed, response.StatusCode);
    }

    [Fact]
    public async Task A_job_that_does_not_start_in_time_ends_with_504_unbilled()
    {
        var clock = new FakeTimeProvider();
        using var desk = new FalDesk(latency: Latency, clock: clock);
        var ticket = await desk.TakeAsync(Prompt, FalDesk.Model, ("X-Fal-Request-Timeout", "2"));
        clock.Advance(Latency);
        Assert.Equal("request_timeout", FalDesk.Text(await desk.FinishAsync(ticket), "error_type"));
        using var result = await desk.GetAsync(FalDesk.Text(ticket, "response_url"));
        Assert.Equal(HttpStatusCode.GatewayTimeout, result.StatusCode);
        Assert.Equal("user", Assert.Single(result.Headers.GetValues("X-Fal-Request-Timeout-Type")));
        Assert.Equal("request_timeout", FalDesk.Text(await FalDesk.JsonAsync(result), "error_type"));
        Assert.Equal(0m, desk.Ledger.TotalBilled);
    }

    [Fact]
    public async Task Low_priority_waits_twice_as_long_in_the_queue()
    {
        var clock = new FakeTimeProvider();
        using var desk = new FalDesk(latency: Latency, clock: clock);
        var ticket = await desk.TakeAsync(Prompt, FalDesk.Model, ("X-Fal-Queue-Priority", "low"));
        using var response = await desk.GetAsync(FalDesk.Text(ticket, "status_url") + "/stream");
        var start = clock.GetUtcNow();
        await foreach (var status in FalDesk.EventsAsync(response))
        {
            if (FalDesk.Text(status, "status") == "IN_PROGRESS")
                break;
            clock.Advance(TimeSpan.FromSeconds(2));
        }

        Assert.Equal(TimeSpan.FromSeconds(6), clock.GetUtcNow() - start);
    }

    [Fact]
    public async Task Closing_a_body_ends_its_producer()
    {
        var ended = new TaskCompletionSource();
        var body = ResponseBody.FromWriter(async (destination, cancel) =>
        {
            await destination.WriteAsync("first"u8.ToArray(), cancel);
            await using (cancel.Register(ended.SetResult))
                await Task.Delay(Timeout.InfiniteTimeSpan, cancel);
        });
        var stream = ChunkPipe.Start(body);
        Assert.True(await stream.ReadAsync(new byte[16]) > 0);
        await stream.DisposeAsync();
        await ended.Task;
    }

    /// <summary>A clock that goes on by so much in the moment in which its first timer is set, and then stands still.</summary>
    private sealed class JumpingTimeProvider(TimeSpan jump) : FakeTimeProvider
    {
        private int _timers;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            if (Interlocked.Increment(ref _timers) == 1)
                Advance(jump);
            return base.CreateTimer(callback, state, dueTime, period);
        }
    }
}
