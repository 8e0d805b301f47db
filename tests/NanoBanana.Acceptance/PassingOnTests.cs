using NanoBanana.Engine.Jobs;
using NanoBanana.Engine.Requests;
using NanoBanana.Engine.Transport;

namespace NanoBanana.Acceptance;

/// <summary>A request goes on to the next provider only when the one before certainly did not take it. Over real sockets.</summary>
public sealed class PassingOnTests
{
    [Theory]
    [InlineData("submit:unauthorized")]
    [InlineData("submit:credits")]
    [InlineData("submit:credits=402")]
    [InlineData("submit:429=1*6")]
    [InlineData("submit:503-retry=1*6")]
    [InlineData("submit:400")]
    public async Task Who_certainly_did_not_take_it_is_passed_over(string faults)
    {
        await using Stage stage = await Stage.SetAsync(faults);

        Outcome outcome = await stage.RunAsync(Request(stage, "Fal", "ApiDot"));

        Assert.Equal("ApiDot", outcome.Image().Provider);
        Assert.Equal((1, 1, 0.05m), (stage.Ledger.Accepted, stage.Ledger.Billed, stage.Ledger.TotalBilled));
        Assert.Contains(outcome.Events.OfType<LogLine>(), line => line.Level == LogLevel.Verbose && line.Text.Contains("Fal certainly did not take the job", StringComparison.Ordinal) && line.Text.Contains("ApiDot is asked instead", StringComparison.Ordinal));
        JobStarted[] jobs = [.. outcome.Events.OfType<JobStarted>()];
        Assert.Equal(["Fal", "ApiDot"], jobs.Select(job => job.Provider));
        Assert.Equal(2, jobs.Select(job => job.JobId).Distinct(StringComparer.Ordinal).Count());
        Assert.Contains(outcome.Events.OfType<JobProgressed>(), next => next.JobId == jobs[0].JobId && next.State == NBJobState.Failed);
    }

    [Theory]
    [InlineData("submit:lost", NBErrorId.SubmitOutcomeUnknown)]
    [InlineData("submit:taken=502", NBErrorId.SubmitOutcomeUnknown)]
    [InlineData("submit:500", NBErrorId.SubmitOutcomeUnknown)]
    [InlineData("submit:failed", NBErrorId.ProviderUnavailable)]
    [InlineData("submit:empty", NBErrorId.NoImageReturned)]
    [InlineData("submit:rejected", NBErrorId.ContentRejected)]
    [InlineData("download:expired*", NBErrorId.OutputExpired)]
    [InlineData("download:wrongtype*", NBErrorId.InvalidImageContent)]
    public async Task Who_took_it_or_may_have_is_not(string faults, NBErrorId expected)
    {
        await using Stage stage = await Stage.SetAsync(faults);

        Outcome outcome = await stage.RunAsync(Request(stage, "Fal", "ApiDot"));

        Assert.Equal((expected, "Fal"), (outcome.Error().ErrorId, outcome.Error().Provider));
        Assert.DoesNotContain(stage.Ledger.Snapshot(), entry => entry.Provider == "ApiDot");
    }

    [Theory]
    [InlineData("Fal", "direct:failed", NBErrorId.ProviderUnavailable)]
    [InlineData("Fal", "direct:empty", NBErrorId.NoImageReturned)]
    [InlineData("Fal", "direct:rejected", NBErrorId.ContentRejected)]
    [InlineData("ApiMaster", "direct:empty", NBErrorId.NoImageReturned)]
    [InlineData("Prospolabs", "direct:empty", NBErrorId.NoImageReturned)]
    [InlineData("Prospolabs", "direct:rejected", NBErrorId.ContentRejected)]
    public async Task A_synchronous_answer_that_tells_of_a_failure_comes_from_who_took_it(string first, string faults, NBErrorId expected)
    {
        await using Stage stage = await Stage.SetAsync(faults);

        Outcome outcome = await stage.RunAsync(Request(stage, first, first == "Fal" ? "Prospolabs" : "Fal") with { Direct = true });

        Assert.Equal((expected, first), (outcome.Error().ErrorId, outcome.Error().Provider));
        Assert.Single(outcome.Events.OfType<JobStarted>());
    }

    [Fact]
    public async Task A_refusal_that_comes_as_200_is_passed_over_too()
    {
        await using Stage stage = await Stage.SetAsync("submit:bodycode=402");
        Outcome outcome = await stage.RunAsync(Request(stage, "ApiDot", "Fal"));
        Assert.Equal("Fal", outcome.Image().Provider);
        Assert.Equal(1, stage.Ledger.Billed);
    }

    [Fact]
    public async Task The_last_one_tells_its_error_as_if_it_were_alone()
    {
        await using Stage stage = await Stage.SetAsync("submit:unauthorized*");
        Outcome outcome = await stage.RunAsync(Request(stage, "Fal", "ApiDot"));
        Assert.Equal((NBErrorId.AuthenticationFailed, "ApiDot"), (outcome.Error().ErrorId, outcome.Error().Provider));
        Assert.Equal(0, stage.Ledger.Accepted);
    }

    [Fact]
    public async Task Four_pictures_of_one_job_become_four_jobs_where_one_makes_one()
    {
        await using Stage stage = await Stage.SetAsync("submit:unauthorized");

        Outcome outcome = await stage.RunAsync(Request(stage, "Fal", "ApiDot") with { Count = 4, Seed = 7 });

        Assert.Equal(4, outcome.Images.Count);
        Assert.Equal(4, outcome.Images.Select(image => image.Path).Distinct(StringComparer.Ordinal).Count());
        Assert.Equal([7L, 8L, 9L, 10L], outcome.Images.Select(image => image.Seed!.Value).Order());
        Assert.All(stage.Ledger.Snapshot(), entry => Assert.Equal(("ApiDot", 1), (entry.Provider, entry.Count)));
        Assert.Equal((4, 0.20m), (stage.Ledger.Billed, stage.Ledger.TotalBilled));
    }

    [Fact]
    public async Task Of_four_jobs_the_one_that_is_refused_goes_on_alone()
    {
        await using Stage stage = await Stage.SetAsync("submit:unauthorized");

        Outcome outcome = await stage.RunAsync(Request(stage, "ApiDot", "Fal") with { Count = 4 });

        Assert.Equal(["ApiDot", "ApiDot", "ApiDot", "Fal"], outcome.Images.Select(image => image.Provider).Order(StringComparer.Ordinal));
        Assert.All(stage.Ledger.Snapshot(), entry => Assert.Equal(1, entry.Count));
    }

    [Fact]
    public async Task Under_a_limit_nobody_is_asked_whose_price_is_not_known()
    {
        await using Stage stage = await Stage.SetAsync("submit:unauthorized*");
        var events = new List<JobEvent>();
        await foreach (JobEvent next in stage.Engine.RunAsync(Stage.Stream([Request(stage, "Fal", "Apiframe")]), new() { MaxCost = 1m })) events.Add(next);

        Assert.Equal("Fal", new Outcome(events).Error().Provider);
        Assert.Equal("Fal", Assert.Single(events.OfType<JobStarted>()).Provider);
    }

    private static ImageRequest Request(Stage stage, params string[] providers) => stage.Request() with { Providers = providers };
}
