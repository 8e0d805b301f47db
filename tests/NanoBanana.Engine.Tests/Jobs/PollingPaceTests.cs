using FsCheck;
using FsCheck.Fluent;
using NanoBanana.Engine.Jobs;

namespace NanoBanana.Engine.Tests.Jobs;

public sealed class PollingPaceTests
{
    private static readonly TimeSpan Usual = TimeSpan.FromSeconds(12);

    [Fact]
    public void A_12_second_job_is_looked_at_at_most_5_times() =>
        Assert.All(Enumerable.Range(0, 1000), _ => Assert.InRange(Wait(12, Usual).Looks, 1, 5));

    [Fact]
    public void After_the_usual_time_the_delay_is_under_a_tenth_of_the_jobs_time() =>
        Prop.ForAll(Gen.Choose(12_000, 120_000).ToArbitrary(), milliseconds =>
        {
            double seconds = milliseconds / 1000.0;
            return Wait(seconds, Usual).Delay < 0.1 * seconds;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2000));

    [Fact]
    public void A_job_that_ends_early_is_seen_by_nine_tenths_of_the_usual_time() =>
        Prop.ForAll(Gen.Choose(2_000, 10_800).ToArbitrary(), milliseconds => Wait(milliseconds / 1000.0, Usual) is { Looks: 1 } seen && seen.Delay <= 10.8 - (milliseconds / 1000.0) + 0.001)
            .QuickCheckThrowOnFailure();

    [Fact]
    public void The_first_look_comes_shortly_before_the_usual_time() =>
        Assert.Equal(TimeSpan.FromSeconds(10.8), new PollingPace(Usual).Next(TimeSpan.Zero));

    [Fact]
    public void Time_that_has_passed_is_not_waited_for_again() =>
        Assert.Equal(TimeSpan.FromSeconds(4.8), new PollingPace(Usual).Next(TimeSpan.FromSeconds(6)));

    [Fact]
    public void When_the_usual_time_has_passed_already_the_first_look_comes_soon() =>
        Assert.InRange(new PollingPace(Usual).Next(TimeSpan.FromSeconds(13)), TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(1.3));

    [Fact]
    public void When_nothing_is_known_the_first_look_comes_soon() =>
        Assert.Equal(TimeSpan.FromMilliseconds(500), new PollingPace(usual: null).Next(TimeSpan.Zero));

    [Fact]
    public void When_nothing_is_known_the_delay_is_still_under_a_tenth() =>
        Prop.ForAll(Gen.Choose(6_000, 120_000).ToArbitrary(), milliseconds => Wait(milliseconds / 1000.0, usual: null).Delay < 0.1 * milliseconds / 1000.0)
            .QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(60)]
    [InlineData(100_000)]
    public void A_pause_is_never_shorter_than_half_a_second_nor_longer_than_a_quarter_minute(int elapsed)
    {
        var pace = new PollingPace(usual: null);

        Assert.InRange(pace.Next(TimeSpan.FromSeconds(elapsed)), TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(15));
    }

    [Fact]
    public void Jobs_submitted_together_are_not_looked_at_together()
    {
        TimeSpan[] waits = [.. Enumerable.Range(0, 50).Select(_ => new PollingPace(usual: null).Next(TimeSpan.FromSeconds(60)))];

        Assert.True(waits.Distinct().Count() > 25);
    }

    /// <summary>How often a job of so many seconds is looked at, and how long after its end that is noticed.</summary>
    private static (int Looks, double Delay) Wait(double seconds, TimeSpan? usual)
    {
        var pace = new PollingPace(usual);
        TimeSpan now = TimeSpan.Zero;
        for (int looks = 1; ; looks++)
        {
            now += pace.Next(now);
            if (now.TotalSeconds >= seconds) return (looks, now.TotalSeconds - seconds);
        }
    }
}
