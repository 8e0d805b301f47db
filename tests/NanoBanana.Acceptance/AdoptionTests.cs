using NanoBanana.Engine.Jobs;

namespace NanoBanana.Acceptance;

/// <summary>A lost submit that is found in the account's list belongs to one job, however many say the same.</summary>
public sealed class AdoptionTests
{
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
