using System.Globalization;
using NanoBanana.Engine.Tests.Support;

namespace NanoBanana.Engine.Tests.Transport;

/// <summary>Downloads that come to nothing: what is told, and that no file stays behind.</summary>
public sealed class DownloaderRefusalTests : IDisposable
{
    private static readonly Uri Address = new("https://v3.fal.media/files/a.png");
    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(403)]
    [InlineData(404)]
    [InlineData(410)]
    public async Task An_address_that_no_longer_serves_is_OutputExpired(int status) =>
        Assert.Equal(NBErrorId.OutputExpired, (await RefusedAsync(_ => Answers.Text("gone", "text/plain", status))).ErrorId);

    [Fact]
    public async Task A_server_that_keeps_failing_is_ProviderUnavailable() =>
        Assert.Equal(NBErrorId.ProviderUnavailable, (await RefusedAsync(_ => Answers.Html(502))).ErrorId);

    [Fact]
    public async Task A_connection_that_keeps_breaking_is_ProviderUnavailable() =>
        Assert.Equal(NBErrorId.ProviderUnavailable, (await RefusedAsync(_ => throw Answers.Reset())).ErrorId);

    [Fact]
    public async Task The_message_says_that_the_picture_is_paid_for() =>
        Assert.Contains("It is paid for: do not order it again", (await RefusedAsync(_ => Answers.Html(502))).Message, StringComparison.Ordinal);

    [Fact]
    public async Task A_picture_of_too_many_announced_bytes_is_refused_before_they_are_read()
    {
        var unread = new ChunkedStream([], () => throw new InvalidOperationException("read"));
        NBException error = await RefusedAsync(_ =>
        {
            HttpResponseMessage response = new() { Content = new StreamContent(unread) };
            response.Content.Headers.ContentLength = 5000;
            return response;
        });

        Assert.Equal(NBErrorId.InvalidImageContent, error.ErrorId);
    }

    [Fact]
    public async Task A_picture_of_too_many_bytes_is_refused_when_no_length_is_announced() =>
        Assert.Equal(
            NBErrorId.InvalidImageContent,
            (await RefusedAsync(_ => new HttpResponseMessage { Content = new StreamContent(new ChunkedStream(new byte[1001], 100)) })).ErrorId);

    [Theory]
    [InlineData("https://10.0.0.1/a.png")]
    [InlineData("https://localhost/a.png")]
    [InlineData("http://v3.fal.media/a.png")]
    [InlineData("https://user@v3.fal.media/a.png")]
    [InlineData("https://169.254.169.254/latest")]
    public async Task A_redirect_to_where_nothing_is_fetched_from_is_refused(string location) =>
        Assert.Equal(NBErrorId.UnsafeUrl, (await RefusedAsync(_ => Answers.Redirect(location))).ErrorId);

    [Fact]
    public async Task A_refused_redirect_is_not_asked_again()
    {
        using var stub = new StubHandler(_ => Answers.Redirect("https://10.0.0.1/a.png"));
        await RefusedAsync(stub);

        Assert.Single(stub.Requests);
    }

    [Fact]
    public async Task More_than_five_redirects_are_refused() =>
        Assert.Equal(NBErrorId.UnsafeUrl, (await RefusedAsync(request => Answers.Redirect(request.Uri + "x"))).ErrorId);

    [Fact]
    public async Task Five_redirects_are_followed()
    {
        int hops = 0;
        using var rig = new ApiRig(new StubHandler(_ => hops++ < 5
            ? Answers.Redirect(string.Create(CultureInfo.InvariantCulture, $"/hop/{hops}"), 307)
            : Answers.Bytes(Pictures.Png())));

        await rig.Downloader.FetchAsync(Address, folder.File("a"), ApiRig.Scope(), CancellationToken.None);

        Assert.Equal("https://v3.fal.media/hop/5", rig.Stub.Requests[^1].Uri.AbsoluteUri);
    }

    [Fact]
    public async Task An_unsafe_address_is_never_asked()
    {
        using var stub = new StubHandler(_ => Answers.Bytes(Pictures.Png()));
        using var rig = new ApiRig(stub);

        await Assert.ThrowsAsync<NBException>(() =>
            rig.Downloader.FetchAsync(new Uri("https://192.168.0.1/a.png"), folder.File("a"), ApiRig.Scope(), CancellationToken.None));

        Assert.Empty(stub.Requests);
    }

    [Theory]
    [InlineData(404)]
    [InlineData(502)]
    public async Task No_file_is_left_behind(int status)
    {
        await RefusedAsync(_ => Answers.Html(status));

        Assert.Empty(folder.Files);
    }

    [Fact]
    public async Task No_file_is_left_behind_by_half_a_picture()
    {
        await RefusedAsync(_ => new HttpResponseMessage { Content = new StreamContent(new ChunkedStream(new byte[500], () => 100, new IOException("reset"))) });

        Assert.Empty(folder.Files);
    }

    [Fact]
    public async Task A_file_that_exists_is_not_touched()
    {
        folder.Write("a", [1, 2, 3]);
        using var rig = new ApiRig(new StubHandler(_ => Answers.Bytes(Pictures.Png())));

        await Record.ExceptionAsync(() => rig.Downloader.FetchAsync(Address, folder.File("a"), ApiRig.Scope(), CancellationToken.None));

        Assert.Equal([1, 2, 3], File.ReadAllBytes(folder.File("a")));
    }

    private async Task<NBException> RefusedAsync(Func<SeenRequest, HttpResponseMessage> respond)
    {
        using var stub = new StubHandler(respond);
        return await RefusedAsync(stub);
    }

    private async Task<NBException> RefusedAsync(StubHandler stub)
    {
        using var rig = new ApiRig(stub, largestPicture: 1000);
        return await Assert.ThrowsAsync<NBException>(() => rig.Downloader.FetchAsync(Address, folder.File("a"), ApiRig.Scope(2), CancellationToken.None));
    }
}
