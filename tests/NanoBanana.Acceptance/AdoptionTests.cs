using NanoBanana.Engine.Jobs;

namespace NanoBanana.Acceptance;

/// <summary>A lost submit that is found in the account's list belongs to one job, however many say the same.</summary>
public sealed class AdoptionTests
{
    [Fact]
    public async Task C4_Of_24_equal_prompts_with_lost_answers_every_billed_image_is_received_once()
    {
        await using Stage stage = await Stage.SetAsync("submit:lost%60", clock: TimeProvider.System);
        Outcome first = await stage.RunAsync(new BatchOptions { ThrottleLimit = 24 }, [.. Enumerable.Repeat(stage.Request("twins"), 24)]);
        string[] ids = [.. first.Errors.Select(error => error.JobId!)];
        Assert.True(ids.Length > 1, first.AllText());

        var events = new List<JobEvent>();
        var options = new ResumeOptions { Goal = ResumeGoal.Receive, Waits = true };
        await foreach (JobEvent next in stage.Engine.ResumeAsync(ids.ToAsyncEnumerable(), options, new BatchOptions { ThrottleLimit = 8 })) events.Add(next);

        var second = new Outcome(events);
        Assert.True(second.Errors.Count == 0, second.AllText());
        Assert.Equal((24, 24), (first.Images.Count + second.Images.Count, stage.Files.Count));
        Assert.Equal(24, stage.Ledger.Snapshot().Sum(entry => entry.Tally.Billed));
    }

    [Fact]
    public async Task Of_two_lost_jobs_that_say_the_same_one_takes_the_one_request_there_is()
    {
        await using Stage stage = await Stage.SetAsync("submit:lost@1, submit:500@2", clock: TimeProvider.System);
        Outcome lost = await stage.RunAsync(stage.Request("twins"), stage.Request("twins"));
        string[] ids = [.. lost.Errors.Select(error => error.JobId!)];
        Assert.All(lost.Errors, error => Assert.Equal(NBErrorId.SubmitOutcomeUnknown, error.ErrorId));
        Assert.Equal(2, ids.Length);

        var events = new List<JobEvent>();
        var options = new ResumeOptions { Goal = ResumeGoal.Receive, Waits = true };
        await foreach (JobEvent next in stage.Engine.ResumeAsync(ids.ToAsyncEnumerable(), options, new BatchOptions { ThrottleLimit = 2 })) events.Add(next);

        var outcome = new Outcome(events);
        Assert.True(outcome.Images.Count == 1, outcome.AllText());
        Assert.Equal(NBErrorId.SubmitOutcomeUnknown, Assert.Single(outcome.Errors).ErrorId);
        Assert.Equal(1, stage.Ledger.Snapshot().Sum(entry => entry.Tally.Billed));
        Assert.Single(stage.Files);
    }
}
