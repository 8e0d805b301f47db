using NanoBanana.Engine.Jobs;
using NanoBanana.Engine.Tests.Journal;
using NanoBanana.Engine.Tests.Support;

namespace NanoBanana.Engine.Tests.Jobs;

/// <summary>The clock is set on or back while jobs run.</summary>
public sealed class ClockChangeTests : IDisposable
{
    private readonly EngineRig rig = new();

    public void Dispose() => rig.Dispose();

    [Theory]
    [InlineData(-3600)]
    [InlineData(3600)]
    public async Task C3_A_clock_that_is_changed_during_a_job_does_not_change_its_duration(int seconds)
    {
        rig.Fal.Instead = request =>
        {
            if (FalStub.IsDownload(request)) rig.Clock.Change(TimeSpan.FromSeconds(seconds));
            return null;
        };

        NBImage image = (await rig.RunAsync()).Image();

        Assert.InRange(image.Duration, TimeSpan.Zero, TimeSpan.FromMinutes(10));
    }

    [Fact]
    public async Task C3_A_job_that_is_received_after_the_clock_was_set_back_has_no_duration()
    {
        await rig.RunAsync(rig.Request() with { NoWait = true });
        string id = rig.Journal.Last.Id;
        rig.Clock.Change(TimeSpan.FromHours(-2));

        await foreach (JobEvent _ in rig.Engine.ResumeAsync(EngineRig.Stream([id]), new ResumeOptions { Goal = ResumeGoal.Receive, Waits = true }, new BatchOptions()))
        {
            // Only what is written down counts here.
        }

        Assert.Equal((NBJobState.Received, null), (rig.Journal.Last.State, rig.Journal.Last.Duration));
    }

    [Fact]
    public async Task C3_The_image_of_a_job_received_after_the_clock_was_set_back_has_no_negative_duration()
    {
        await rig.RunAsync(rig.Request() with { NoWait = true });
        string id = rig.Journal.Last.Id;
        rig.Clock.Change(TimeSpan.FromHours(-2));
        var events = new List<JobEvent>();
        await foreach (JobEvent next in rig.Engine.ResumeAsync(EngineRig.Stream([id]), new ResumeOptions { Goal = ResumeGoal.Receive, Waits = true }, new BatchOptions())) events.Add(next);

        Assert.Equal(TimeSpan.Zero, events.Image().Duration);
    }

    [Fact]
    public async Task C3_A_negative_duration_is_never_written()
    {
        using var journal = new JournalRig();
        JobRecord job = await journal.WriteAsync(JournalRig.Job(state: NBJobState.Received) with { Duration = TimeSpan.FromSeconds(-5) });

        Assert.DoesNotContain("durationSeconds", await File.ReadAllTextAsync(journal.File(job)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-5")]
    [InlineData("1e20")]
    public async Task C3_A_duration_that_cannot_be_is_read_as_none(string seconds)
    {
        using var journal = new JournalRig();
        JobRecord job = await journal.WriteAsync(JournalRig.Job(state: NBJobState.Received) with { Duration = TimeSpan.FromSeconds(5) });
        string text = await File.ReadAllTextAsync(journal.File(job));
        await File.WriteAllTextAsync(journal.File(job), text.Replace("\"durationSeconds\":5", $"\"durationSeconds\":{seconds}", StringComparison.Ordinal));

        Assert.Null(journal.Find(job.Id)!.Duration);
        Assert.Empty(journal.Reports);
    }
}
