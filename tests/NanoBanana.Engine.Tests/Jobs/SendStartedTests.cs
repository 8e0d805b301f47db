using NanoBanana.Engine.Jobs;
using NanoBanana.Engine.Tests.Journal;
using NanoBanana.Engine.Tests.Support;

namespace NanoBanana.Engine.Tests.Jobs;

/// <summary>The journal knows whether the first byte of a submit may have left.</summary>
public sealed class SendStartedTests : IDisposable
{
    private readonly EngineRig rig = new();

    public void Dispose() => rig.Dispose();

    [Fact]
    public async Task B7_The_mark_is_in_the_journal_before_a_submit_is_sent_and_not_earlier()
    {
        bool? atSubmit = null;
        rig.Fal.Instead = request =>
        {
            if (FalStub.IsSubmit(request)) atSubmit = rig.Journal.Last.SendStarted;
            return null;
        };

        await rig.RunAsync();

        Assert.True(atSubmit);
        Assert.Equal([false, true], rig.Journal.Written.Where(job => job.State == NBJobState.Intent).Select(job => job.SendStarted));
    }

    [Fact]
    public async Task B7_Where_the_mark_cannot_be_written_nothing_is_sent()
    {
        rig.Journal.Fail = job => job.State == NBJobState.Intent && job.SendStarted == true ? new IOException("the disk is full") : null;

        NBException error = (await rig.RunAsync()).Error();

        Assert.Equal(NBErrorId.OutputWriteFailed, error.ErrorId);
        Assert.Equal((NBJobState.Failed, 0m), (rig.Journal.Last.State, rig.Journal.Last.Cost));
    }

    [Fact]
    public async Task B7_An_intent_without_the_mark_ends_as_failed_and_free_and_nobody_is_asked()
    {
        JobRecord job = JournalRig.Job() with { State = NBJobState.Intent, Provider = "Fal", Remote = null, SendStarted = false, UnitCost = 0.08m };
        await rig.Journal.WriteAsync(job, CancellationToken.None);
        var events = new List<JobEvent>();

        await foreach (JobEvent next in rig.Engine.ResumeAsync(EngineRig.Stream([job.Id]), new ResumeOptions { Goal = ResumeGoal.Look }, new BatchOptions())) events.Add(next);

        Assert.Equal((NBJobState.Failed, 0m), (rig.Journal.Last.State, rig.Journal.Last.Cost));
        Assert.Contains("before the request was sent", events.Error().Message, StringComparison.Ordinal);
        Assert.Empty(rig.Fal.Handler.Requests);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(null)]
    public async Task B7_An_intent_that_may_have_been_sent_stays_open(bool? hasSendStarted)
    {
        JobRecord job = JournalRig.Job() with { State = NBJobState.Intent, Provider = "ApiDot", Remote = null, SendStarted = hasSendStarted };
        await rig.Journal.WriteAsync(job, CancellationToken.None);

        await foreach (JobEvent _ in rig.Engine.ResumeAsync(EngineRig.Stream([job.Id]), new ResumeOptions { Goal = ResumeGoal.Look }, new BatchOptions())) { }

        Assert.Equal(NBJobState.SubmitOutcomeUnknown, rig.Journal.Last.State);
    }
}
