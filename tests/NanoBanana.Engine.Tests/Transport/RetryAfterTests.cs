using NanoBanana.Engine.Tests.Support;
using NanoBanana.Engine.Transport;

namespace NanoBanana.Engine.Tests.Transport;

public sealed class RetryAfterTests
{
    private static readonly DateTimeOffset OurClock = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("7", 7)]
    [InlineData("0", 0)]
    [InlineData("3600", 3600)]
    public void Seconds_are_taken_as_they_are(string header, int expected) => Assert.Equal(TimeSpan.FromSeconds(expected), Read(header, date: null));

    [Fact]
    public void A_date_counts_from_the_servers_own_clock() =>
        Assert.Equal(TimeSpan.FromSeconds(9), Read("Sat, 21 Nov 2026 08:00:09 GMT", "Sat, 21 Nov 2026 08:00:00 GMT"));

    [Fact]
    public void A_date_counts_from_our_clock_where_the_server_shows_none() =>
        Assert.Equal(TimeSpan.FromSeconds(30), Read("Sat, 21 Nov 2026 12:00:30 GMT", date: null));

    [Fact]
    public void A_date_in_the_past_asks_for_no_wait() => Assert.Equal(TimeSpan.Zero, Read("Sat, 21 Nov 2026 11:59:00 GMT", date: null));

    [Theory]
    [InlineData(null)]
    [InlineData("soon")]
    [InlineData("-5")]
    [InlineData("1.5")]
    public void What_is_neither_seconds_nor_a_date_is_nothing(string? header) => Assert.Null(Read(header, date: null));

    private static TimeSpan? Read(string? header, string? date)
    {
        using HttpResponseMessage response = Answers.Json("{}", 429);
        if (header is not null) response.With("Retry-After", header);
        if (date is not null) response.With("Date", date);
        return RetryRules.ReadRetryAfter(response, OurClock);
    }
}
