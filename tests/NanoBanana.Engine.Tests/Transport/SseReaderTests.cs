using System.Text;
using FsCheck;
using FsCheck.Fluent;
using NanoBanana.Engine.Tests.Support;
using NanoBanana.Engine.Transport;

namespace NanoBanana.Engine.Tests.Transport;

public sealed class SseReaderTests
{
    [Theory]
    [InlineData("data: a\n\ndata: b\n\n")]
    [InlineData("data: a\r\rdata: b\r\r")]
    [InlineData("data: a\r\n\r\ndata: b\r\n\r\n")]
    [InlineData("data: a\r\n\ndata: b\n\r\n")]
    [InlineData("data:a\n\ndata:b\n\n")]
    [InlineData("\n\n\ndata: a\n\n\n\ndata: b\n\n")]
    [InlineData("event: status\nid: 7\nretry: 10\ndata: a\n\nfoo: bar\ndata: b\n\n")]
    [InlineData("\uFEFFdata: a\n\ndata: b\n\n")]
    [InlineData(":hello\ndata: a\n\n: ping\n\ndata: b\n\n")]
    [InlineData("data: a\n\ndata: b\n\ndata: half of it")]
    [InlineData("data: a\n\ndata: b\n\ndata: not ended\n")]
    public async Task Events_are_read_whatever_ends_their_lines(string text) => Assert.Equal(["a", "b"], await DataAsync(text, 4096));

    [Theory]
    [InlineData("data: {\ndata: }\n\n")]
    [InlineData("data: {\rdata: }\r\r")]
    [InlineData("data: {\r\ndata: }\r\n\r\n")]
    public async Task Several_data_lines_are_one_event(string text) => Assert.Equal(["{\n}"], await DataAsync(text, 1));

    [Fact]
    public async Task Only_one_blank_after_the_colon_is_taken_off() => Assert.Equal(["  a "], await DataAsync("data:   a \n\n", 4096));

    [Fact]
    public async Task A_colon_inside_the_data_stays() => Assert.Equal(["{\"a\":1}"], await DataAsync("data: {\"a\":1}\n\n", 4096));

    [Theory]
    [InlineData("data\n\n")]
    [InlineData("data:\n\n")]
    [InlineData("database: a\n\n")]
    [InlineData("Data: a\n\n")]
    [InlineData(" data: a\n\n")]
    public async Task What_is_no_data_brings_none(string text) => Assert.Empty(await DataAsync(text, 4096));

    [Fact]
    public async Task A_comment_is_a_sign_of_life()
    {
        var reader = new SseReader(new MemoryStream(": ping\n"u8.ToArray()));

        SseEvent first = await reader.ReadAsync(CancellationToken.None);

        Assert.Equal((true, false), (first.Data.IsEmpty, first.IsEnd));
    }

    [Fact]
    public async Task An_empty_stream_is_at_its_end()
    {
        var reader = new SseReader(new MemoryStream());

        Assert.True((await reader.ReadAsync(CancellationToken.None)).IsEnd);
    }

    [Theory]
    [InlineData(1024 * 1024 - 100, true)]
    [InlineData(1024 * 1024 + 1, false)]
    public async Task An_event_may_have_one_MiB(int length, bool expected)
    {
        string text = $"data: {new string('x', length)}\n\n";

        Assert.Equal(expected, await Record.ExceptionAsync(() => DataAsync(text, 4096)) is not BrokenAnswerException);
    }

    [Fact]
    public async Task Many_short_lines_do_not_make_an_event_of_more_than_one_MiB()
    {
        string text = string.Concat(Enumerable.Repeat($"data: {new string('x', 1000)}\n", 1100));

        await Assert.ThrowsAsync<BrokenAnswerException>(() => DataAsync(text, 4096));
    }

    [Fact]
    public void It_does_not_matter_how_the_bytes_arrive() =>
        Prop.ForAll(Streams().ToArbitrary(), Gen.Choose(1, 9).ToArbitrary(), (text, length) =>
            DataAsync(text, length).GetAwaiter().GetResult().SequenceEqual(DataAsync(text, 4096).GetAwaiter().GetResult())).QuickCheckThrowOnFailure();

    [Fact]
    public void It_does_not_matter_what_ends_the_lines() =>
        Prop.ForAll(Streams().ToArbitrary(), text =>
        {
            string unix = text.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');
            string windows = unix.Replace("\n", "\r\n", StringComparison.Ordinal);
            return DataAsync(unix, 3).GetAwaiter().GetResult().SequenceEqual(DataAsync(windows, 3).GetAwaiter().GetResult());
        }).QuickCheckThrowOnFailure();

    private static Gen<string> Streams() =>
        Gen.Elements("data: a", "data:b", "data:", "data: 日本", "\n", "\r\n", "\r", "\n\n", "\r\n\r\n", ": c", "event: x", "\uFEFF")
            .ListOf().Select(parts => string.Concat(parts));

    private static async Task<List<string>> DataAsync(string text, int chunk)
    {
        var reader = new SseReader(new ChunkedStream(Encoding.UTF8.GetBytes(text), chunk));
        var found = new List<string>();
        while (true)
        {
            SseEvent next = await reader.ReadAsync(CancellationToken.None);
            if (next.IsEnd) return found;
            if (!next.Data.IsEmpty) found.Add(Encoding.UTF8.GetString(next.Data.Span));
        }
    }
}
