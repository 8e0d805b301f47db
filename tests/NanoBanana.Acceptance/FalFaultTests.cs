using NanoBanana.Sandbox.Wires;
using NanoBanana.Tests;

namespace NanoBanana.Acceptance;

/// <summary>fal.ai: after every fault, what was billed is what was asked for, or the user is told. Over a real socket.</summary>
public sealed class FalFaultTests
{
    /// <summary>Faults that pass: the picture comes, and is paid once.</summary>
    [Theory]
    [InlineData("submit:429=1")]
    [InlineData("submit:429=date+1")]
    [InlineData("submit:503-retry=1")]
    [InlineData("submit:429=1*3")]
    [InlineData("stream:nostream*")]
    [InlineData("stream:nostream*, status:500*2")]
    [InlineData("stream:nostream*, status:429=1")]
    [InlineData("stream:nostream*, status:malformed")]
    [InlineData("stream:nostream*, status:html")]
    [InlineData("stream:nostream*, status:lost")]
    [InlineData("stream:streambreak*")]
    [InlineData("stream:reset*")]
    [InlineData("stream:500*")]
    [InlineData("result:500")]
    [InlineData("result:502*2")]
    [InlineData("result:429=1")]
    [InlineData("result:malformed")]
    [InlineData("result:html")]
    [InlineData("result:lost")]
    [InlineData("result:reset")]
    [InlineData("download:503")]
    [InlineData("download:429=1")]
    [InlineData("download:lost")]
    [InlineData("download:reset*2")]
    public async Task A_fault_that_passes_costs_nothing_more(string faults)
    {
        await using Stage stage = await Stage.SetAsync(faults);
        NBImage image = (await stage.RunAsync(stage.Request())).Image();

        Assert.True(File.Exists(image.Path));
        Assert.Equal([Path.GetFileName(image.Path!)], stage.Files);
        Assert.Equal((1, 0.08m), (stage.Ledger.Billed, stage.Ledger.TotalBilled));
    }

    /// <summary>Faults that lose the answer to a submit: told as such, and never sent again.</summary>
    [Theory]
    [InlineData("submit:lost", 1)]
    [InlineData("submit:reset", 1)]
    [InlineData("submit:malformed", 1)]
    [InlineData("submit:html", 0)]
    [InlineData("submit:redirect=https://example.com/", 0)]
    [InlineData("submit:500", 0)]
    [InlineData("submit:502", 0)]
    [InlineData("submit:503", 0)]
    public async Task A_lost_answer_to_a_submit_is_never_sent_again(string faults, int accepted)
    {
        await using Stage stage = await Stage.SetAsync(faults);
        NBException error = (await stage.RunAsync(stage.Request())).Error();

        Assert.Equal(NBErrorId.SubmitOutcomeUnknown, error.ErrorId);
        Assert.Contains("https://fal.ai/dashboard/requests", error.Message, StringComparison.Ordinal);
        Assert.Equal((1, accepted), (stage.Ledger.Requests(WireAction.Submit), stage.Ledger.Accepted));
        Assert.Empty(stage.Files);
    }

    [Theory]
    [InlineData("submit:unauthorized", NBErrorId.AuthenticationFailed)]
    [InlineData("submit:credits", NBErrorId.InsufficientCredits)]
    [InlineData("submit:402", NBErrorId.InsufficientCredits)]
    [InlineData("submit:403", NBErrorId.AccessDenied)]
    [InlineData("submit:429*", NBErrorId.RateLimited)]
    [InlineData("submit:rejected", NBErrorId.ContentRejected)]
    [InlineData("submit:failed", NBErrorId.ProviderUnavailable)]
    [InlineData("submit:empty", NBErrorId.NoImageReturned)]
    public async Task A_refusal_has_its_own_error_and_costs_nothing(string faults, NBErrorId expected)
    {
        await using Stage stage = await Stage.SetAsync(faults);
        NBException error = (await stage.RunAsync(stage.Request())).Error();

        Assert.Equal(expected, error.ErrorId);
        Assert.Equal("Fal", error.Provider);
        Assert.NotNull(error.JobId);
        Assert.Equal(0m, stage.Ledger.TotalBilled);
        Assert.Empty(stage.Files);
    }

    [Theory]
    [InlineData("download:expired*", NBErrorId.OutputExpired)]
    [InlineData("download:expired=404*", NBErrorId.OutputExpired)]
    [InlineData("download:expired=403*", NBErrorId.OutputExpired)]
    [InlineData("download:wrongtype*", NBErrorId.InvalidImageContent)]
    [InlineData("download:redirect=http://169.254.169.254/latest*", NBErrorId.UnsafeUrl)]
    [InlineData("download:redirect=https://10.0.0.1/x.png*", NBErrorId.UnsafeUrl)]
    [InlineData("download:503*", NBErrorId.ProviderUnavailable)]
    public async Task A_picture_that_cannot_be_fetched_leaves_no_file_and_is_paid_once(string faults, NBErrorId expected)
    {
        await using Stage stage = await Stage.SetAsync(faults);
        NBException error = (await stage.RunAsync(stage.Request())).Error();

        Assert.Equal(expected, error.ErrorId);
        Assert.Empty(stage.Files);
        Assert.Equal(0.08m, stage.Ledger.TotalBilled);
    }

    [Theory]
    [InlineData("direct:lost", NBErrorId.SubmitOutcomeUnknown)]
    [InlineData("direct:502", NBErrorId.ProviderUnavailable)]
    [InlineData("direct:html", NBErrorId.SubmitOutcomeUnknown)]
    [InlineData("direct:rejected", NBErrorId.ContentRejected)]
    public async Task A_synchronous_submit_is_sent_once(string faults, NBErrorId expected)
    {
        await using Stage stage = await Stage.SetAsync(faults);
        NBException error = (await stage.RunAsync(stage.Request() with { Direct = true })).Error();

        Assert.Equal(expected, error.ErrorId);
        Assert.Equal(1, stage.Ledger.Requests(WireAction.Direct));
    }

    [Fact]
    public async Task A_refused_prompt_does_not_stop_the_batch()
    {
        await using Stage stage = await Stage.SetAsync("submit:rejected@2");
        Outcome outcome = await stage.RunAsync([.. Enumerable.Range(1, 6).Select(i => stage.Request($"prompt {i}"))]);

        Assert.Equal((5, 1), (outcome.Images.Count, outcome.Errors.Count));
        Assert.Equal(5 * 0.08m, stage.Ledger.TotalBilled);
    }

    [Fact]
    public async Task A_job_that_does_not_start_in_time_says_so_and_costs_nothing()
    {
        await using Stage stage = await Stage.SetAsync(latencyMs: 20_000, serverClock: new ImpatientTimeProvider());
        NBException error = (await stage.RunAsync(stage.Request() with { StartTimeout = TimeSpan.FromSeconds(2) })).Error();

        Assert.Equal(NBErrorId.JobTimedOut, error.ErrorId);
        Assert.Equal(0m, stage.Ledger.TotalBilled);
    }
}
