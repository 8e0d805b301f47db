using NanoBanana.Engine.Jobs;
using NanoBanana.Engine.Tests.Support;

namespace NanoBanana.Engine.Tests.Transport;

/// <summary>A submit that certainly was not taken is sent again.</summary>
public sealed class SubmitRepeatTests : IDisposable
{
    private readonly EngineRig rig = new();
    private int attempts;

    public void Dispose() => rig.Dispose();

    [Theory]
    [InlineData(HttpRequestError.NameResolutionError)]
    [InlineData(HttpRequestError.ConnectionError)]
    [InlineData(HttpRequestError.SecureConnectionError)]
    public async Task A_submit_that_never_left_is_sent_again(HttpRequestError error)
    {
        rig.Fal.Handler.Connect = _ => attempts++ < 2 ? Answers.NotSent(error) : null;

        await rig.RunAsync();

        Assert.Equal(NBJobState.Received, rig.Journal.Last.State);
    }

    [Fact]
    public async Task A_submit_that_never_left_costs_one_job_only()
    {
        rig.Fal.Handler.Connect = _ => attempts++ < 2 ? Answers.NotSent(HttpRequestError.NameResolutionError) : null;

        await rig.RunAsync();

        Assert.Single(rig.Fal.Submits);
    }

    [Fact]
    public async Task A_submit_that_never_could_leave_ends_as_ProviderUnavailable()
    {
        rig.Fal.Handler.Connect = _ => Answers.NotSent(HttpRequestError.NameResolutionError);

        List<JobEvent> events = await rig.RunAsync();

        Assert.Equal(NBErrorId.ProviderUnavailable, events.Error().ErrorId);
    }

    [Theory]
    [InlineData(429, false)]
    [InlineData(429, true)]
    [InlineData(503, true)]
    public async Task A_submit_that_the_server_did_not_take_is_sent_again(int status, bool saysWhen)
    {
        rig.Fal.Instead = request => FalStub.IsSubmit(request) && attempts++ < 2 ? Refusal(status, saysWhen) : null;

        await rig.RunAsync();

        Assert.Equal(3, rig.Fal.Submits.Count);
    }

    [Fact]
    public async Task The_wait_is_what_the_server_asks_for_in_seconds()
    {
        rig.Fal.Instead = request => FalStub.IsSubmit(request) && attempts++ < 1 ? Answers.Json("{}", 429).RetryAfter(17) : null;

        await rig.RunAsync();

        Assert.Contains(TimeSpan.FromSeconds(17), rig.Clock.Delays);
    }

    [Fact]
    public async Task The_wait_is_what_the_server_asks_for_by_date_and_its_own_clock()
    {
        rig.Fal.Instead = request => FalStub.IsSubmit(request) && attempts++ < 1
            ? Answers.Json("{}", 429).With("Date", "Sat, 21 Nov 2026 03:00:00 GMT").With("Retry-After", "Sat, 21 Nov 2026 03:00:13 GMT")
            : null;

        await rig.RunAsync();

        Assert.Contains(TimeSpan.FromSeconds(13), rig.Clock.Delays);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4)]
    public async Task MaximumRetryCount_is_the_number_of_repeats(int allowed)
    {
        rig.Fal.Instead = request => FalStub.IsSubmit(request) ? Answers.Json("{}", 429).RetryAfter(1) : null;

        await rig.RunAsync(batch: new BatchOptions { MaximumRetryCount = allowed });

        Assert.Equal(1 + allowed, rig.Fal.Submits.Count);
    }

    [Fact]
    public async Task A_429_that_stays_is_RateLimited()
    {
        rig.Fal.Instead = request => FalStub.IsSubmit(request) ? Answers.Json("{}", 429).RetryAfter(1) : null;

        List<JobEvent> events = await rig.RunAsync();

        Assert.Equal(NBErrorId.RateLimited, events.Error().ErrorId);
    }

    [Fact]
    public async Task A_submit_that_was_not_taken_is_Failed_and_not_unknown()
    {
        rig.Fal.Instead = request => FalStub.IsSubmit(request) ? Answers.Json("{}", 503).RetryAfter(1) : null;

        await rig.RunAsync();

        Assert.Equal(NBJobState.Failed, rig.Journal.Last.State);
    }

    [Fact]
    public async Task Each_attempt_carries_a_body_of_its_own()
    {
        rig.Fal.Instead = request => FalStub.IsSubmit(request) && attempts++ < 1 ? Answers.Json("{}", 429).RetryAfter(1) : null;

        await rig.RunAsync();

        Assert.NotSame(rig.Fal.Submits[0].Content, rig.Fal.Submits[1].Content);
    }

    [Fact]
    public async Task Each_attempt_carries_the_same_bytes()
    {
        rig.Fal.Instead = request => FalStub.IsSubmit(request) && attempts++ < 1 ? Answers.Json("{}", 429).RetryAfter(1) : null;

        await rig.RunAsync();

        Assert.Equal(["""{"prompt":"a lighthouse at dusk"}""", """{"prompt":"a lighthouse at dusk"}"""], rig.Fal.Submits.Select(s => s.Text));
    }

    private static HttpResponseMessage Refusal(int status, bool saysWhen) =>
        saysWhen ? Answers.Json("{}", status).RetryAfter(2) : Answers.Json("{}", status);
}
