using System.Net;
using System.Net.Http.Headers;
using NanoBanana.Engine.Tests.Support;

namespace NanoBanana.Engine.Tests.Transport;

/// <summary>Downloads that break off: go on where it is safe, start anew where it is not.</summary>
public sealed class DownloaderTests : IDisposable
{
    private static readonly Uri Address = new("https://v3.fal.media/files/a.png");
    private static readonly byte[] Picture = Pictures.Png(length: 1000);
    private readonly TempFolder folder = new();
    private int attempts;

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_picture_is_fetched_as_it_is()
    {
        using var rig = new ApiRig(new StubHandler(_ => Answers.Bytes(Picture)));

        await FetchAsync(rig);

        Assert.Equal(Picture, File.ReadAllBytes(folder.File("a")));
    }

    [Fact]
    public async Task A_download_carries_no_key()
    {
        using var rig = new ApiRig(new StubHandler(_ => Answers.Bytes(Picture)));

        await FetchAsync(rig);

        Assert.Null(rig.Stub.Requests[0].Header("Authorization"));
    }

    [Fact]
    public async Task A_download_that_broke_off_goes_on_where_it_stopped()
    {
        using var rig = new ApiRig(new StubHandler(_ => attempts++ == 0 ? Half("\"v1\"") : Rest(400)));

        await FetchAsync(rig);

        Assert.Equal("bytes=400-", rig.Stub.Requests[1].Header("Range"));
    }

    [Fact]
    public async Task Going_on_is_bound_to_the_tag_of_the_first_part()
    {
        using var rig = new ApiRig(new StubHandler(_ => attempts++ == 0 ? Half("\"v1\"") : Rest(400)));

        await FetchAsync(rig);

        Assert.Equal("\"v1\"", rig.Stub.Requests[1].Header("If-Range"));
    }

    [Fact]
    public async Task Both_parts_make_the_picture()
    {
        using var rig = new ApiRig(new StubHandler(_ => attempts++ == 0 ? Half("\"v1\"") : Rest(400)));

        await FetchAsync(rig);

        Assert.Equal(Picture, File.ReadAllBytes(folder.File("a")));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("W/\"v1\"")]
    public async Task Without_a_strong_tag_it_starts_anew(string? tag)
    {
        using var rig = new ApiRig(new StubHandler(_ => attempts++ == 0 ? Half(tag) : Answers.Bytes(Picture)));

        await FetchAsync(rig);

        Assert.Null(rig.Stub.Requests[1].Header("Range"));
    }

    [Fact]
    public async Task A_picture_that_changed_meanwhile_is_taken_whole()
    {
        byte[] other = Pictures.Png(length: 700);
        using var rig = new ApiRig(new StubHandler(_ => attempts++ == 0 ? Half("\"v1\"") : Answers.Bytes(other)));

        await FetchAsync(rig);

        Assert.Equal(other, File.ReadAllBytes(folder.File("a")));
    }

    [Fact]
    public async Task A_part_that_starts_elsewhere_is_not_taken_for_the_picture()
    {
        using var rig = new ApiRig(new StubHandler(_ => attempts++ switch
        {
            0 => Half("\"v1\""),
            1 => Rest(500),
            _ => Answers.Bytes(Picture),
        }));

        await FetchAsync(rig);

        Assert.Equal(Picture, File.ReadAllBytes(folder.File("a")));
    }

    [Fact]
    public async Task A_picture_shorter_than_announced_is_fetched_again()
    {
        using var rig = new ApiRig(new StubHandler(_ => attempts++ == 0 ? Announced(Picture[..400], 1000) : Answers.Bytes(Picture)));

        await FetchAsync(rig);

        Assert.Equal(Picture, File.ReadAllBytes(folder.File("a")));
    }

    [Theory]
    [InlineData(500)]
    [InlineData(503)]
    [InlineData(429)]
    [InlineData(408)]
    public async Task A_server_that_fails_is_asked_again(int status)
    {
        using var rig = new ApiRig(new StubHandler(_ => attempts++ < 2 ? Answers.Json("{}", status) : Answers.Bytes(Picture)));

        await FetchAsync(rig);

        Assert.Equal(3, rig.Stub.Requests.Count);
    }

    [Fact]
    public async Task The_length_is_told()
    {
        using var rig = new ApiRig(new StubHandler(_ => Answers.Bytes(Picture)));

        Assert.Equal(1000, await rig.Downloader.FetchAsync(Address, folder.File("a"), ApiRig.Scope(), CancellationToken.None));
    }

    private static HttpResponseMessage Half(string? tag)
    {
        HttpResponseMessage response = new() { Content = new StreamContent(new ChunkedStream(Picture[..400], () => 100, new IOException("reset"))) };
        response.Content.Headers.ContentLength = Picture.Length;
        if (tag is not null) response.With("ETag", tag);
        return response;
    }

    private static HttpResponseMessage Rest(int from)
    {
        HttpResponseMessage response = Answers.Bytes(Picture[from..], status: (int)HttpStatusCode.PartialContent);
        response.Content.Headers.ContentRange = new ContentRangeHeaderValue(from, Picture.Length - 1, Picture.Length);
        return response;
    }

    private static HttpResponseMessage Announced(byte[] bytes, long length)
    {
        HttpResponseMessage response = new() { Content = new StreamContent(new ChunkedStream(bytes, 100)) };
        response.Content.Headers.ContentLength = length;
        return response;
    }

    private Task FetchAsync(ApiRig rig) => rig.Downloader.FetchAsync(Address, folder.File("a"), ApiRig.Scope(), CancellationToken.None);
}
