using FsCheck;
using FsCheck.Fluent;
using NanoBanana.Engine.Jobs;

namespace NanoBanana.Engine.Tests.Jobs;

public sealed class JobIdTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Ids_sort_by_the_time_they_were_made() =>
        Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), Gen.Choose(1, int.MaxValue).ToArbitrary(), (first, later) =>
            string.CompareOrdinal(JobId.New(Start.AddMilliseconds(first)), JobId.New(Start.AddMilliseconds((double)first + later))) < 0).QuickCheckThrowOnFailure();

    [Fact]
    public void Ids_of_the_same_moment_differ() =>
        Assert.Equal(1000, Enumerable.Range(0, 1000).Select(_ => JobId.New(Start)).Distinct(StringComparer.Ordinal).Count(), tolerance: 1);

    [Fact]
    public void An_id_has_16_characters_that_stand_in_any_file_name() =>
        Assert.All(Enumerable.Range(0, 200), i => Assert.Matches("^[0-9a-hjkmnp-tv-z]{16}$", JobId.New(Start.AddDays(i))));
}
