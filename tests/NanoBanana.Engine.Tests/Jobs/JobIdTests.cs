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

    [Fact]
    public void An_id_tells_when_it_was_made() =>
        Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), milliseconds =>
            JobId.TryReadTime(JobId.New(Start.AddMilliseconds(milliseconds)), out DateTimeOffset time) && time == Start.AddMilliseconds(milliseconds)).QuickCheckThrowOnFailure();

    [Fact]
    public void An_id_that_was_taken_apart_is_put_together_again() =>
        Assert.All(Enumerable.Range(0, 200).Select(i => JobId.New(Start.AddHours(i))), id =>
            Assert.Equal((true, id), (JobId.TryRead(id, out long milliseconds, out uint chance), JobId.Make(milliseconds, chance))));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("0123456789abcde")]
    [InlineData("0123456789abcdefg")]
    [InlineData("0123456789ABCDEF")]
    [InlineData("0123456789abcdeu")]
    [InlineData("../../../../../x")]
    [InlineData("zzzzzzzzzzzzzzzz")]
    public void What_was_never_made_is_no_id(string? text) => Assert.False(JobId.TryReadTime(text, out _));
}
