using System.Text;
using NanoBanana.Engine.Jobs;
using NanoBanana.Engine.Tests.Support;
using NanoBanana.Engine.Transport;

namespace NanoBanana.Engine.Tests.Jobs;

/// <summary>By the stream where it works, else by looking.</summary>
public sealed class WaitingTests : IDisposable
{
    private readonly EngineRig rig = new();
    private int looks;

    public void Dispose() => rig.Dispose();

    [Fact]
    public async Task A_stream_that_works_needs_no_looks()
    {
        await rig.RunAsync();

        Assert.Empty(rig.Fal.Looks);
    }

    [Theory]
    [InlineData("refused")]
    [InlineData("no event stream")]
    [InlineData("broken off")]
    [InlineData("ended early")]
    [InlineData("nonsense")]
    [InlineData("unknown state")]
    [InlineData("endless event")]
    [InlineData("429")]
    public async Task Without_a_stream_the_job_is_looked_at(string stream)
    {
        rig.Fal.Instead = request => FalStub.IsStream(request) ? Stream(stream)
            : FalStub.IsLook(request) ? Answers.Json(FalStub.Status(looks++ < 6 ? "IN_PROGRESS" : "COMPLETED")) : null;

        await rig.RunAsync();

        Assert.Equal((NBJobState.Received, 7), (rig.Journal.Last.State, rig.Fal.Looks.Count));
    }

    [Fact]
    public async Task A_stream_that_falls_silent_is_given_up()
    {
        rig.Fal.InsteadAsync = async (request, cancellationToken) =>
        {
            if (!FalStub.IsStream(request)) return null;
            rig.Clock.Advance(TimeSpan.FromSeconds(61));
            await Task.Delay(Timeout.Infinite, cancellationToken);
            return null;
        };

        await rig.RunAsync();

        Assert.Equal(NBJobState.Received, rig.Journal.Last.State);
    }

    [Fact]
    public async Task A_comment_now_and_then_keeps_the_stream()
    {
        rig.Fal.Instead = request => FalStub.IsStream(request)
            ? Answers.Text($": ping\n\n: ping\n\ndata: {FalStub.Status("IN_PROGRESS")}\n\n: ping\n\ndata: {FalStub.Status("COMPLETED")}\n\n", "text/event-stream")
            : null;

        await rig.RunAsync();

        Assert.Empty(rig.Fal.Looks);
    }

    [Fact]
    public async Task A_stream_that_keeps_breaking_is_not_opened_for_ever()
    {
        rig.Fal.Instead = request => FalStub.IsStream(request) ? Stream("refused")
            : FalStub.IsLook(request) ? Answers.Json(FalStub.Status(looks++ < 20 ? "IN_PROGRESS" : "COMPLETED")) : null;

        await rig.RunAsync();

        Assert.InRange(rig.Fal.Handler.Requests.Count(FalStub.IsStream), 1, 3);
    }

    [Fact]
    public async Task The_key_goes_to_the_stream_at_the_providers_own_host()
    {
        await rig.RunAsync();

        Assert.Equal("Key " + FalStub.Key, rig.Fal.Handler.Requests.Single(FalStub.IsStream).Header("Authorization"));
    }

    [Fact]
    public async Task Looks_that_fail_for_a_moment_are_repeated()
    {
        rig.Fal.Instead = request => FalStub.IsStream(request) ? Stream("refused")
            : FalStub.IsLook(request) && looks++ < 3 ? Answers.Html(502) : null;

        await rig.RunAsync();

        Assert.Equal(NBJobState.Received, rig.Journal.Last.State);
    }

    [Fact]
    public async Task A_job_that_cannot_be_looked_at_any_more_goes_on_in_the_journal()
    {
        rig.Fal.Instead = request => FalStub.IsStream(request) || FalStub.IsLook(request) ? Answers.Html(502) : null;

        await rig.RunAsync(batch: new BatchOptions { MaximumRetryCount = 0 });

        Assert.Equal((NBJobState.Submitted, "req-1"), (rig.Journal.Last.State, rig.Journal.Last.Remote?.Id));
    }

    [Fact]
    public async Task A_network_that_is_away_for_a_while_ends_no_waiting()
    {
        int away = 20;
        rig.Fal.Instead = request => FalStub.IsStream(request) || (FalStub.IsLook(request) && away-- > 0) ? Answers.Html(502) : null;

        List<JobEvent> events = await rig.RunAsync(batch: new BatchOptions { MaximumRetryCount = 2 });

        Assert.NotNull(events.Image().Path);
        Assert.True(rig.Fal.Looks.Count > 20, $"{rig.Fal.Looks.Count} looks");
    }

    [Fact]
    public async Task One_look_is_repeated_no_more_often_than_asked_for()
    {
        await rig.RunAsync(rig.Request() with { NoWait = true });
        rig.Fal.Instead = request => FalStub.IsLook(request) ? Answers.Html(502) : null;

        List<JobEvent> events = await rig.Engine.ResumeAsync(
            EngineRig.Stream([rig.Journal.Last.Id]), new ResumeOptions { Goal = ResumeGoal.Look }, new BatchOptions { MaximumRetryCount = 2 }).ToListAsync();

        Assert.Equal(NBErrorId.ProviderUnavailable, events.Error().ErrorId);
        Assert.Equal(3, rig.Fal.Looks.Count);
    }

    [Fact]
    public async Task The_place_in_the_queue_is_told_as_it_changes()
    {
        rig.Fal.Instead = request => FalStub.IsStream(request)
            ? Answers.Events("""{"status":"IN_QUEUE","queue_position":3}""", """{"status":"IN_QUEUE","queue_position":3}""", """{"status":"IN_QUEUE","queue_position":1}""", FalStub.Status("COMPLETED"))
            : null;

        List<JobEvent> events = await rig.RunAsync();

        Assert.Equal([3, 1], events.OfType<JobProgressed>().Where(e => e.QueuePosition > 0).Select(e => e.QueuePosition!.Value));
    }

    [Fact]
    public async Task A_line_of_the_providers_log_is_told_once()
    {
        const string Log = """{"status":"IN_PROGRESS","logs":[{"message":"painting the sea"}]}""";
        rig.Fal.Instead = request => FalStub.IsStream(request) ? Answers.Events(Log, Log, Log, FalStub.Status("COMPLETED")) : null;

        List<JobEvent> events = await rig.RunAsync();

        Assert.Single(events.OfType<LogLine>(), line => line.Level == LogLevel.Verbose && line.Text.Contains("painting the sea", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_finished_job_with_an_error_says_the_results_own_words()
    {
        rig.Fal.Instead = request => FalStub.IsStream(request) ? Answers.Events("""{"status":"COMPLETED","error":"failed","error_type":"x"}""")
            : FalStub.IsResult(request) ? Answers.Json("""{"detail":[{"loc":["body","prompt"],"msg":"in full","type":"content_policy_violation"}]}""", 422) : null;

        NBException error = (await rig.RunAsync()).Error();

        Assert.Contains("in full", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_finished_job_with_an_error_is_Failed_though_its_result_cannot_be_had()
    {
        rig.Fal.Instead = request => FalStub.IsStream(request) ? Answers.Events("""{"status":"COMPLETED","error":"it broke","error_type":"generation_timeout"}""")
            : FalStub.IsResult(request) ? Answers.Html(502) : null;

        List<JobEvent> events = await rig.RunAsync();

        Assert.Equal((NBJobState.Failed, true), (rig.Journal.Last.State, events.Error().Message.Contains("it broke", StringComparison.Ordinal)));
    }

    private static HttpResponseMessage Stream(string how) => how switch
    {
        "refused" => Answers.Json("""{"detail":"no"}""", 404),
        "429" => Answers.Json("{}", 429).RetryAfter(1),
        "no event stream" => Answers.Json(FalStub.Status("IN_PROGRESS")),
        "broken off" => Broken($"data: {FalStub.Status("IN_PROGRESS")}\n\ndata: {{"),
        "ended early" => Answers.Events(FalStub.Status("IN_PROGRESS")),
        "nonsense" => Answers.Events("nonsense"),
        "endless event" => Answers.Events(new string('x', 2 * 1024 * 1024)),
        _ => Answers.Events("""{"status":"PAUSED"}"""),
    };

    private static HttpResponseMessage Broken(string text)
    {
        var response = new HttpResponseMessage { Content = new StreamContent(new ChunkedStream(Encoding.UTF8.GetBytes(text), () => 10, new IOException("reset"))) };
        response.Content.Headers.ContentType = new("text/event-stream");
        return response;
    }
}
