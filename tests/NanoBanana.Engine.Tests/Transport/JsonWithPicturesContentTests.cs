using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using NanoBanana.Engine.Providers;
using NanoBanana.Engine.Tests.Support;
using NanoBanana.Engine.Transport;

namespace NanoBanana.Engine.Tests.Transport;

/// <summary>References that travel inside a request are encoded while they are sent.</summary>
[Collection(MeasuresMemory.Name)]
public sealed class JsonWithPicturesContentTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("nb-json-pictures-").FullName;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData((48 * 1024) - 1)]
    [InlineData(48 * 1024)]
    [InlineData((96 * 1024) + 2)]
    public async Task Every_byte_arrives_and_the_length_is_announced(int length)
    {
        LocalPicture first = Picture("first.png", length);
        LocalPicture second = Picture("second.png", 100);
        using JsonWithPicturesContent content = Content(first, second);

        byte[] sent = await SendAsync(content);

        Assert.Equal(content.Headers.ContentLength, sent.Length);
        using JsonDocument json = JsonDocument.Parse(sent);
        JsonElement urls = json.RootElement.GetProperty("image_urls");
        Assert.Equal(File.ReadAllBytes(first.Path), Decode(urls[0]));
        Assert.Equal("https://example.com/between.png", urls[1].GetString());
        Assert.Equal(File.ReadAllBytes(second.Path), Decode(urls[2]));
    }

    [Fact]
    public async Task A_large_picture_is_never_held_whole()
    {
        const int length = 16 * 1024 * 1024;
        LocalPicture picture = Picture("large.png", length);
        await SendAsync(Content(Picture("small.png", 10), picture), Stream.Null); // Compiled and pooled by now.

        long before = GC.GetTotalAllocatedBytes(precise: true);
        await SendAsync(Content(picture, picture), Stream.Null);

        Assert.InRange(GC.GetTotalAllocatedBytes(precise: true) - before, 0, length / 4);
    }

    [Fact]
    public async Task A_prompt_that_looks_like_a_data_uri_is_left_alone()
    {
        LocalPicture picture = Picture("a.png", 10);
        byte[] json = Encoding.UTF8.GetBytes($"{{\"prompt\":\"data:image/png;base64,AAAA\",\"image_urls\":[\"{JsonWithPicturesContent.Mark(0)}\"]}}");
        using var content = new JsonWithPicturesContent(json, [picture]);

        using JsonDocument sent = JsonDocument.Parse(await content.ReadAsStringAsync());
        Assert.Equal("data:image/png;base64,AAAA", sent.RootElement.GetProperty("prompt").GetString());
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private static JsonWithPicturesContent Content(LocalPicture first, LocalPicture second)
    {
        string[] urls = [JsonWithPicturesContent.Mark(0), "https://example.com/between.png", JsonWithPicturesContent.Mark(1)];
        return new JsonWithPicturesContent(JsonSerializer.SerializeToUtf8Bytes(new { prompt = "a cat", image_urls = urls }), [first, second]);
    }

    private static async Task<byte[]> SendAsync(JsonWithPicturesContent content)
    {
        using var target = new MemoryStream();
        await SendAsync(content, target);
        return target.ToArray();
    }

    private static Task SendAsync(JsonWithPicturesContent content, Stream target) => content.CopyToAsync(target);

    private static byte[] Decode(JsonElement url)
    {
        const string preamble = "data:image/png;base64,";
        Assert.StartsWith(preamble, url.GetString());
        return Convert.FromBase64String(url.GetString()![preamble.Length..]);
    }

    private LocalPicture Picture(string name, int length)
    {
        string path = Path.Combine(folder, name);
        File.WriteAllBytes(path, RandomNumberGenerator.GetBytes(length));
        return new LocalPicture(path, "image/png");
    }
}
