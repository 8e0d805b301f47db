using System.Text;
using System.Text.Json;
using NanoBanana.Engine.Tests.Support;
using NanoBanana.Engine.Transport;

namespace NanoBanana.Engine.Tests.Transport;

public sealed class JsonPictureSplitterTests : IDisposable
{
    private static readonly byte[] Picture = Pictures.Png(length: 997);
    private static readonly string Base64 = Convert.ToBase64String(Picture);
    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_picture_is_written_wherever_the_network_cuts_the_answer()
    {
        string json = $$"""{"images":[{"url":"data:image/png;base64,{{Base64}}"}],"description":"a \"b\""}""";
        for (int cut = 1; cut < json.Length; cut++)
        {
            int first = cut;
            (_, IReadOnlyList<string> files) = await SplitAsync(new ChunkedStream(Encoding.UTF8.GetBytes(json), () => Interlocked.Exchange(ref first, 65536)));
            Assert.True(Picture.AsSpan().SequenceEqual(File.ReadAllBytes(files[0])), $"cut after {cut} bytes");
            File.Delete(files[0]);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(7)]
    [InlineData(4096)]
    public async Task The_remaining_json_names_the_picture_by_its_number(int chunk)
    {
        string json = $$"""{"images":[{"url":"data:image/png;base64,{{Base64}}"}],"seed":7}""";

        (ReadOnlyMemory<byte> rest, _) = await SplitAsync(new ChunkedStream(Encoding.UTF8.GetBytes(json), chunk));

        Assert.Equal("""{"images":[{"url":"nb-picture:0"}],"seed":7}""", Encoding.UTF8.GetString(rest.Span));
    }

    [Fact]
    public async Task Several_pictures_get_a_file_each_in_order()
    {
        byte[] second = Pictures.Jpeg(10, 20);

        (_, IReadOnlyList<string> files) = await SplitAsync(
            $$"""["data:image/png;base64,{{Base64}}","data:image/jpeg;base64,{{Convert.ToBase64String(second)}}"]""");

        Assert.Equal([Picture, second], files.Select(File.ReadAllBytes));
    }

    [Theory]
    [InlineData("/", "\\/")]
    [InlineData("+", "\\u002B")]
    [InlineData("+", "\\u002b")]
    [InlineData("=", "\\u003D")]
    [InlineData("A", "\\u0041")]
    public async Task Escaped_characters_are_read_as_what_they_mean(string plain, string escaped)
    {
        byte[] bytes = [0xFB, 0xEF, 0xBE, 0xFF, 0xFF, 0xFF, 0x00, 0x00, 0x00, 0x01];
        string text = Convert.ToBase64String(bytes).Replace(plain, escaped, StringComparison.Ordinal);

        (_, IReadOnlyList<string> files) = await SplitAsync(new ChunkedStream(Encoding.UTF8.GetBytes($"[\"data:image/png;base64,{text}\"]"), 1));

        Assert.Equal(bytes, File.ReadAllBytes(files[0]));
    }

    [Theory]
    [InlineData("\\n")]
    [InlineData("\\r\\n")]
    [InlineData("\\u000A")]
    public async Task Base64_in_lines_is_read_without_their_ends(string lineEnd)
    {
        string text = string.Join(lineEnd, Base64.Chunk(76).Select(line => new string(line)));

        (_, IReadOnlyList<string> files) = await SplitAsync($"[\"data:image/png;base64,{text}\"]");

        Assert.Equal(Picture, File.ReadAllBytes(files[0]));
    }

    [Theory]
    [InlineData("""{"a":"data: no picture","b":1}""")]
    [InlineData("""{"a":"data:text/plain,hello","b":1}""")]
    [InlineData("""{"a":"database","b":"d","c":"da","d":"data"}""")]
    [InlineData("""{"a":"say \"data:image/png;base64,AAAA\" aloud"}""")]
    [InlineData("""{"a":"data:\"quoted\"","b":"\\"}""")]
    [InlineData("""{"a":"\\","b":"data:x\\"}""")]
    [InlineData("""{"a":"","b":[],"c":{"d":null}}""")]
    [InlineData("""{"a":"https://x/y.png?d=data:image/png;base64,AAAA"}""")]
    [InlineData("""{"é":"日本"}""")]
    [InlineData("")]
    public async Task What_is_no_picture_stays_as_it_is(string json)
    {
        (ReadOnlyMemory<byte> rest, _) = await SplitAsync(new ChunkedStream(Encoding.UTF8.GetBytes(json), 1));

        Assert.Equal(json, Encoding.UTF8.GetString(rest.Span));
    }

    [Fact]
    public async Task A_data_string_with_an_endless_type_is_copied_and_not_held()
    {
        string json = $$"""["data:{{new string('x', 5000)}},;base64,AAAA"]""";

        (ReadOnlyMemory<byte> rest, _) = await SplitAsync(json);

        Assert.Equal(json, Encoding.UTF8.GetString(rest.Span));
    }

    [Theory]
    [InlineData("not*base64")]
    [InlineData("A")]
    [InlineData("AAA\\u00e9")]
    [InlineData("AA\\u00zz")]
    [InlineData("AAAA%2")]
    public async Task D7_What_is_no_base64_is_named_as_broken_and_not_kept(string text)
    {
        (ReadOnlyMemory<byte> rest, _) = await SplitAsync($"[\"data:image/png;base64,{text}\",1]");

        Assert.Equal("[\"nb-picture:broken\",1]", Encoding.UTF8.GetString(rest.Span));
        Assert.Empty(folder.Files);
    }

    [Theory]
    [InlineData("+-/_", "-+_/")]
    [InlineData("AA==AA==", "AA==AA==")]
    [InlineData("AAA", "AAA=")]
    [InlineData("AA%3D%3D", "AA==")]
    [InlineData("%2BAAA", "+AAA")]
    public async Task D5_Other_spellings_of_base64_are_read(string spelled, string meant)
    {
        (_, IReadOnlyList<string> files) = await SplitAsync(new ChunkedStream(Encoding.UTF8.GetBytes($"[\"data:image/png;base64,{spelled}\"]"), 1));

        byte[] expected = [.. meant.Replace('-', '+').Replace('_', '/').Chunk(4).SelectMany(static part => Convert.FromBase64String(new string(part)))];
        Assert.Equal(expected, File.ReadAllBytes(files[0]));
    }

    [Theory]
    [InlineData("")]
    [InlineData("\\n ")]
    public async Task D4_Base64_of_an_image_by_itself_is_written(string before)
    {
        (ReadOnlyMemory<byte> rest, IReadOnlyList<string> files) = await SplitAsync(
            new ChunkedStream(Encoding.UTF8.GetBytes($$"""{"b64_json":"{{before}}{{Base64}}","model":"UklG"}"""), 1));

        Assert.Equal("""{"b64_json":"nb-picture:0","model":"UklG"}""", Encoding.UTF8.GetString(rest.Span));
        Assert.Equal(Picture, File.ReadAllBytes(files[0]));
    }

    [Fact]
    public async Task An_answer_that_ends_inside_a_picture_is_refused() =>
        await Assert.ThrowsAsync<BrokenAnswerException>(() => SplitAsync("[\"data:image/png;base64,AAAA"));

    [Fact]
    public async Task A_picture_larger_than_allowed_is_refused()
    {
        string json = $"[\"data:image/png;base64,{Convert.ToBase64String(new byte[1001])}\"]";

        NBException error = await Assert.ThrowsAsync<NBException>(() => SplitAsync(json, largestPicture: 1000));

        Assert.Equal(NBErrorId.InvalidImageContent, error.ErrorId);
    }

    [Fact]
    public async Task A_picture_of_exactly_the_allowed_length_is_kept()
    {
        (_, IReadOnlyList<string> files) = await SplitAsync($"[\"data:image/png;base64,{Convert.ToBase64String(new byte[1000])}\"]", largestPicture: 1000);

        Assert.Equal(1000, new FileInfo(files[0]).Length);
    }

    [Fact]
    public async Task Json_larger_than_allowed_is_refused() =>
        await Assert.ThrowsAsync<BrokenAnswerException>(() => SplitAsync($"[\"{new string('x', 2000)}\"]", largestJson: 1000));

    [Theory]
    [InlineData("[\"data:image/png;base64,AAAA\",\"data:image/png;base64,AAAA")]
    [InlineData("[\"data:image/png;base64,AAAA")]
    public async Task No_file_is_left_after_a_failure(string json)
    {
        await Assert.ThrowsAsync<BrokenAnswerException>(() => SplitAsync(json));

        Assert.Empty(folder.Files);
    }

    [Fact]
    public async Task No_file_is_left_when_the_connection_breaks()
    {
        byte[] half = Encoding.UTF8.GetBytes($"[\"data:image/png;base64,{Base64}\",\"data:image/png;base64,{Base64}");

        await Assert.ThrowsAsync<IOException>(() => SplitAsync(new ChunkedStream(half, () => 100, new IOException("gone"))));

        Assert.Empty(folder.Files);
    }

    [Fact]
    public async Task The_remaining_json_can_be_read()
    {
        (ReadOnlyMemory<byte> rest, _) = await SplitAsync($$$"""{"a":["data:image/png;base64,{{{Base64}}}",1],"b":{"c":"data:,\u0041"}}""");

        using JsonDocument document = JsonDocument.Parse(rest);
        Assert.Equal("data:,A", document.RootElement.GetProperty("b").GetProperty("c").GetString());
    }

    private Task<(ReadOnlyMemory<byte> Json, IReadOnlyList<string> Files)> SplitAsync(string json, int largestJson = 100_000, long largestPicture = 1_000_000) =>
        SplitAsync(new MemoryStream(Encoding.UTF8.GetBytes(json)), largestJson, largestPicture);

    private Task<(ReadOnlyMemory<byte> Json, IReadOnlyList<string> Files)> SplitAsync(Stream stream, int largestJson = 100_000, long largestPicture = 1_000_000) =>
        new JsonPictureSplitter(largestJson, largestPicture).SplitAsync(stream, index => folder.File($"{index}.partial"), CancellationToken.None);
}
