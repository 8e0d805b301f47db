using NanoBanana.Engine.Jobs;
using NanoBanana.Engine.Tests.Support;

namespace NanoBanana.Engine.Tests.Pricing;

/// <summary>What a job costs after it went through the engine, as fal answers.</summary>
public sealed class JobCostFlowTests
{
    [Theory]
    [InlineData(500, """{"detail":"Internal server error","error_type":"internal_error"}""")]
    [InlineData(503, """{"detail":"No runner","error_type":"runner_scheduling_failure"}""")]
    public async Task A_job_that_fal_failed_costs_nothing(int status, string body)
    {
        using var rig = new EngineRig();
        rig.Fal.Instead = request => FalStub.IsResult(request) ? Answers.Json(body, status) : null;

        await rig.RunAsync();

        Assert.Equal(NBJobState.Failed, rig.Journal.Last.State);
        Assert.Equal((0m, false), (rig.Journal.Last.Cost, rig.Journal.Last.ToPublic().IsCostUncertain));
    }

    [Fact]
    public async Task A_status_that_speaks_of_an_error_and_a_result_of_500_cost_nothing()
    {
        using var rig = new EngineRig();
        const string failed = """{"status":"COMPLETED","request_id":"req-1","error":"the runner fell over"}""";
        rig.Fal.Instead = request => FalStub.IsStream(request) ? Answers.Events(failed)
            : FalStub.IsLook(request) ? Answers.Json(failed)
            : FalStub.IsResult(request) ? Answers.Text("oh", "text/plain", 500)
            : null;

        await rig.RunAsync();

        Assert.Equal((NBJobState.Failed, 500, 0m), (rig.Journal.Last.State, rig.Journal.Last.ErrorStatus, rig.Journal.Last.Cost));
    }

    [Fact]
    public async Task A_refused_prompt_may_cost_all_that_was_asked_for()
    {
        using var rig = new EngineRig();
        rig.Fal.Instead = request => FalStub.IsResult(request)
            ? Answers.Json("""{"detail":[{"loc":["body","prompt"],"msg":"refused","type":"content_policy_violation"}]}""", 422)
            : null;

        await rig.RunAsync(rig.Request() with { Count = 3 });

        Assert.Equal(NBErrorId.ContentRejected, rig.Journal.Last.ErrorId);
        Assert.Equal((0.24m, true), (rig.Journal.Last.Cost, rig.Journal.Last.ToPublic().IsCostUncertain));
    }

    [Fact]
    public async Task A_key_that_is_not_accepted_costs_nothing()
    {
        using var rig = new EngineRig();
        rig.Fal.Instead = request => FalStub.IsSubmit(request) ? Answers.Json("""{"detail":"no"}""", 401) : null;

        await rig.RunAsync();

        Assert.Equal((NBJobState.Failed, 0m), (rig.Journal.Last.State, rig.Journal.Last.Cost));
    }

    [Fact]
    public async Task Two_of_three_pictures_cost_two()
    {
        using var rig = new EngineRig();
        rig.Fal.Instead = request => FalStub.IsResult(request) ? Answers.Json(FalStub.Output("https://v3.fal.media/files/1.png", "https://v3.fal.media/files/2.png")) : null;

        List<JobEvent> events = await rig.RunAsync(rig.Request() with { Count = 3 });

        Assert.Equal(0.16m, rig.Journal.Last.Cost);
        Assert.Equal([0.08m, 0.08m], events.OfType<ImageReceived>().Select(received => received.Image.Cost!.Value));
    }

    [Fact]
    public async Task A_lost_answer_counts_in_full_and_says_so()
    {
        using var rig = new EngineRig();
        rig.Fal.Instead = request => FalStub.IsSubmit(request) ? Answers.Text("gateway", "text/html", 502) : null;

        await rig.RunAsync();

        Assert.Equal(NBJobState.SubmitOutcomeUnknown, rig.Journal.Last.State);
        Assert.Equal((0.08m, true), (rig.Journal.Last.Cost, rig.Journal.Last.ToPublic().IsCostUncertain));
    }

    [Fact]
    public async Task A_job_that_ran_unseen_before_it_was_cancelled_gives_nothing_back()
    {
        using var rig = new EngineRig();
        await rig.RunAsync(rig.Request() with { NoWait = true });
        const string cancelled = """{"status":"COMPLETED","request_id":"req-1","error":"cancelled","error_type":"client_cancelled"}""";
        rig.Fal.Instead = request => FalStub.IsLook(request) ? Answers.Json(cancelled)
            : FalStub.IsResult(request) ? Answers.Json("""{"detail":"cancelled","error_type":"client_cancelled"}""", 499)
            : null;

        await foreach (JobEvent _ in rig.Engine.ResumeAsync(EngineRig.Stream([rig.Journal.Last.Id]), new ResumeOptions { Goal = ResumeGoal.Cancel }, new BatchOptions()))
        {
            // Only what is written down counts here.
        }

        Assert.Equal((NBJobState.Cancelled, 0.08m), (rig.Journal.Last.State, rig.Journal.Last.Cost));
        Assert.True(rig.Journal.Last.ToPublic().IsCostUncertain);
    }
}
