using NanoBanana.Engine.Jobs;
using NanoBanana.Engine.Jobs.Journal;
using NanoBanana.Engine.Pricing;
using NanoBanana.Engine.Providers;
using NanoBanana.Engine.Requests;

namespace NanoBanana.Engine.Tests.Pricing;

public sealed class JobCostTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(NBJobState.Intent, true)]
    [InlineData(NBJobState.Submitted, false)]
    [InlineData(NBJobState.Running, false)]
    [InlineData(NBJobState.Succeeded, false)]
    [InlineData(NBJobState.Received, false)]
    [InlineData(NBJobState.Expired, false)]
    [InlineData(NBJobState.SubmitOutcomeUnknown, true)]
    public void What_is_made_or_may_be_made_counts_in_full(NBJobState state, bool isUncertain)
    {
        JobRecord job = Job() with { State = state, Count = 2, Pictures = state is NBJobState.Succeeded or NBJobState.Received ? [new(), new()] : [] };

        Assert.Equal(new JobCost(0.16m, "Catalogue", isUncertain), JobCost.Of(job));
        Assert.Equal((0.16m, "Catalogue", isUncertain), (job.ToPublic().Cost, job.ToPublic().CostSource, job.ToPublic().IsCostUncertain));
    }

    [Theory]
    [InlineData("Fal", 500, null, 0.0, false)]
    [InlineData("Fal", 503, null, 0.0, false)]
    [InlineData("Fal", 422, "content_policy_violation", 0.08, true)]
    [InlineData("Fal", 422, "downstream_service_error", 0.08, true)]
    [InlineData("Fal", null, "runner_scheduling_failure", 0.0, false)]
    [InlineData("Fal", 200, "startup_timeout", 0.0, false)]
    [InlineData("Fal", null, "something_new", 0.08, true)]
    [InlineData("Fal", null, null, 0.08, true)]
    [InlineData("Apiframe", null, null, 0.0, false)]
    [InlineData("Apiframe", 422, null, 0.0, false)]
    [InlineData("Prospolabs", 500, null, 0.0, false)]
    [InlineData("ApiDot", 500, null, 0.08, true)]
    [InlineData("ApiDot", null, null, 0.08, true)]
    [InlineData("ApiMaster", 500, null, 0.08, true)]
    [InlineData("Sixth", 500, null, 0.08, true)]
    public void A_job_that_failed_costs_what_its_provider_says(string provider, int? status, string? type, double cost, bool isUncertain)
    {
        JobRecord job = Job() with { Provider = provider, State = NBJobState.Failed, ErrorId = NBErrorId.ProviderUnavailable, ErrorStatus = status, ErrorType = type };

        Assert.Equal(new JobCost((decimal)cost, "Catalogue", isUncertain), JobCost.Of(job));
    }

    [Theory]
    [InlineData(NBErrorId.InvalidRequest, 400)]
    [InlineData(NBErrorId.AuthenticationFailed, 401)]
    [InlineData(NBErrorId.InsufficientCredits, 402)]
    [InlineData(NBErrorId.RateLimited, 429)]
    [InlineData(NBErrorId.ProviderUnavailable, 503)]
    [InlineData(NBErrorId.ProviderUnavailable, null)]
    [InlineData(NBErrorId.InvalidImageContent, null)]
    [InlineData(NBErrorId.JobTimedOut, null)]
    public void What_no_provider_took_costs_nothing_anywhere(NBErrorId cause, int? status)
    {
        foreach (ProviderCapabilities provider in ProviderRegistry.KnownProviders)
        {
            JobRecord job = Job() with { Provider = provider.Provider, State = NBJobState.Failed, Remote = null, ErrorId = cause, ErrorStatus = status };
            Assert.Equal(new JobCost(0m, "Catalogue", IsUncertain: false), JobCost.Of(job));
        }
    }

    [Theory]
    [InlineData(NBErrorId.ContentRejected, 400)]
    [InlineData(NBErrorId.NoImageReturned, 200)]
    [InlineData(NBErrorId.InvalidRequest, 422)]
    [InlineData(NBErrorId.ProviderUnavailable, 500)]
    public void A_synchronous_call_that_ran_and_failed_may_be_charged(NBErrorId cause, int status)
    {
        JobRecord job = Job() with { Provider = "ApiMaster", State = NBJobState.Failed, Remote = null, ErrorId = cause, ErrorStatus = status };

        Assert.Equal(new JobCost(0.08m, "Catalogue", IsUncertain: true), JobCost.Of(job));
    }

    [Fact]
    public void A_synchronous_answer_without_an_image_may_be_charged_also_where_failed_runs_are_refunded()
    {
        JobRecord job = Job() with { Provider = "Prospolabs", State = NBJobState.Failed, Remote = null, ErrorId = NBErrorId.NoImageReturned };

        Assert.Equal(new JobCost(0.08m, "Catalogue", IsUncertain: true), JobCost.Of(job));
    }

    [Theory]
    [InlineData(false, false)] // -NoWait and a later Stop-NBJob: it may have run while nobody looked.
    [InlineData(false, true)] // The place of the last look, perhaps that of the submit.
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void A_job_that_was_cancelled_after_it_was_taken_may_be_charged_in_full(bool wasSeenRunning, bool hasPlace)
    {
        foreach (ProviderCapabilities provider in ProviderRegistry.KnownProviders)
        {
            JobRecord job = Job() with
            {
                Provider = provider.Provider,
                State = NBJobState.Cancelled,
                StartedAt = wasSeenRunning ? Noon : null,
                QueuePosition = hasPlace ? 3 : null,
            };
            Assert.Equal(new JobCost(0.08m, "Catalogue", IsUncertain: true), JobCost.Of(job));
        }
    }

    [Theory]
    [InlineData(null, null, 0.0, false)] // Stopped before it was sent.
    [InlineData(499, null, 0.08, true)] // A call that was answered was sent.
    [InlineData(null, "client_cancelled", 0.08, true)]
    public void A_job_without_a_request_that_was_cancelled_costs_nothing_unless_it_was_answered(int? status, string? type, double cost, bool isUncertain)
    {
        foreach (ProviderCapabilities provider in ProviderRegistry.KnownProviders)
        {
            JobRecord job = Job() with { Provider = provider.Provider, State = NBJobState.Cancelled, Remote = null, ErrorId = NBErrorId.JobCancelled, ErrorStatus = status, ErrorType = type };
            Assert.Equal(new JobCost((decimal)cost, "Catalogue", isUncertain), JobCost.Of(job));
        }
    }

    [Theory]
    [InlineData("Fal", 0.16, 0.08)]
    [InlineData("ApiMaster", 0.16, 0.08)]
    [InlineData("Sixth", 0.32, 0.16)]
    public void Fewer_pictures_than_asked_for_cost_less_where_each_is_billed(string provider, double cost, double each)
    {
        JobRecord job = Job() with { Provider = provider, State = NBJobState.Received, Count = 4, Pictures = [new(), new()] };

        Assert.Equal((decimal)cost, job.Cost);
        Assert.All(job.ToImages(null), image => Assert.Equal((decimal)each, image.Cost));
        Assert.Equal(job.Cost, job.ToImages(null).Sum(image => image.Cost));
    }

    [Fact]
    public void The_credits_of_a_provider_are_its_own_figure_and_no_dollars()
    {
        JobRecord job = Job() with { Provider = "Apiframe", State = NBJobState.Received, UnitCost = null, CostSource = null, Pictures = [new()] };

        Assert.Equal(new JobCost(null, null, IsUncertain: false), JobCost.Of(job));
        Assert.Equal(new JobCost(null, "Provider", IsUncertain: false), JobCost.Of(job with { Credits = 12m }));
        Assert.Equal(new JobCost(0.05m, "Catalogue", IsUncertain: false), JobCost.Of(job with { Credits = 12m, UnitCost = 0.05m }));
        Assert.Equal((null, "Provider", 12m), Picture(job with { Credits = 12m }));

        static (decimal? Cost, string? Source, decimal? Credits) Picture(JobRecord job)
        {
            NBImage image = Assert.Single(job.ToImages(null));
            return (image.Cost, image.CostSource, image.Credits);
        }
    }

    [Fact]
    public void What_it_is_reckoned_from_is_kept_in_the_file()
    {
        JobRecord job = Job() with { State = NBJobState.Failed, StartedAt = Noon.AddSeconds(3), ErrorId = NBErrorId.ProviderUnavailable, ErrorStatus = 503, ErrorType = "runner_disconnected" };

        JobRecord read = JobReader.Read(JobWriter.Write(job, keepPrompt: true));

        Assert.Equal((job.StartedAt, 503, "runner_disconnected"), (read.StartedAt, read.ErrorStatus, read.ErrorType));
        Assert.Equal(JobCost.Of(job), JobCost.Of(read));
    }

    [Fact]
    public void Every_provider_says_where_its_rules_are_written() =>
        Assert.All(ProviderRegistry.KnownProviders, provider => Assert.True(provider.Billing.Source.Length > 10, provider.Provider));

    internal static JobRecord Job(DateTimeOffset? at = null) => new()
    {
        Id = JobId.New(at ?? Noon),
        State = NBJobState.Received,
        Provider = "Fal",
        Model = "fal-ai/nano-banana-2",
        Operation = ImageOperation.Generate,
        Prompt = "a lighthouse",
        Resolution = ImageResolution.OneK,
        CreatedAt = at ?? Noon,
        UpdatedAt = at ?? Noon,
        Remote = new RemoteJob { Id = "r-1", Model = "fal-ai/nano-banana-2" },
        UnitCost = 0.08m,
        CostSource = "Catalogue",
        Output = new OutputOptions { Directory = "." },
    };
}
