using System.Net;
using System.Net.Http.Headers;
using NanoBanana.Sandbox.Wires;

namespace NanoBanana.Sandbox.Tests;

public sealed class FalFilesTests
{
    private static readonly byte[] Content = [.. Enumerable.Range(0, 1000).Select(static i => (byte)i)];

    private static async Task<string> UploadAsync(FalDesk desk, byte[] bytes, string type = "image/png")
    {
        using var response = await desk.SendAsync(
            HttpMethod.Post, "https://rest.fal.ai/storage/upload/initiate?storage_type=fal-cdn-v3", $$"""{"content_type":"{{type}}","file_name":"a.png"}""");
        var ticket = await FalDesk.JsonAsync(response);
        using var content = new ByteArrayContent(bytes);
        content.Headers.ContentType = new MediaTypeHeaderValue(type);
        using var put = await desk.Http.PutAsync(new Uri(FalDesk.Text(ticket, "upload_url")), content);
        Assert.Equal(HttpStatusCode.OK, put.StatusCode);
        return FalDesk.Text(ticket, "file_url");
    }

    [Fact]
    public async Task An_upload_to_the_signed_address_is_served_as_it_came_and_needs_no_key()
    {
        using var desk = new FalDesk();
        var address = await UploadAsync(desk, Content);
        using var response = await desk.Http.GetAsync(new Uri(address));
        Assert.Equal(Content, await response.Content.ReadAsByteArrayAsync());
        Assert.Equal("image/png", response.Content.Headers.ContentType?.MediaType);
        Assert.False(desk.Ledger.AuthorizationByHost.ContainsKey("v3.fal.media"));
        Assert.Equal((1, 1), (desk.Ledger.Requests(WireAction.UploadTicket), desk.Ledger.Requests(WireAction.Upload)));
    }

    [Fact]
    public async Task A_key_that_reaches_the_media_host_is_noted()
    {
        using var desk = new FalDesk();
        var address = await UploadAsync(desk, Content);
        (await desk.GetAsync(address)).Dispose();
        Assert.Equal(1, desk.Ledger.AuthorizationByHost["v3.fal.media"]);
    }

    [Fact]
    public async Task A_put_without_signature_is_refused()
    {
        using var desk = new FalDesk();
        using var response = await desk.Http.PutAsync(new Uri("https://v3.fal.media/files/b/1/a.png"), new ByteArrayContent(Content));
        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
    }

    [Fact]
    public async Task The_token_way_of_uploading_works_too()
    {
        using var desk = new FalDesk();
        using var response = await desk.SendAsync(HttpMethod.Post, "https://rest.fal.ai/storage/auth/token?storage_type=fal-cdn-v3", "{}");
        var token = await FalDesk.JsonAsync(response);
        using var request = new HttpRequestMessage(HttpMethod.Post, FalDesk.Text(token, "base_url") + "/files/upload");
        request.Headers.TryAddWithoutValidation("Authorization", $"{FalDesk.Text(token, "token_type")} {FalDesk.Text(token, "token")}");
        request.Headers.TryAddWithoutValidation("X-Fal-File-Name", "a.png");
        request.Content = new ByteArrayContent(Content);
        using var upload = await desk.Http.SendAsync(request);
        var address = FalDesk.Text(await FalDesk.JsonAsync(upload), "access_url");
        Assert.Equal(Content, await desk.Http.GetByteArrayAsync(new Uri(address)));
    }

    [Fact]
    public async Task Asking_for_an_upload_takes_a_key_and_both_fields()
    {
        using var desk = new FalDesk();
        using var incomplete = await desk.SendAsync(HttpMethod.Post, "https://rest.fal.ai/storage/upload/initiate", """{"file_name":"a.png"}""");
        Assert.Equal(HttpStatusCode.UnprocessableEntity, incomplete.StatusCode);
        desk.Key = null;
        using var keyless = await desk.SendAsync(HttpMethod.Post, "https://rest.fal.ai/storage/upload/initiate", "{}");
        Assert.Equal(HttpStatusCode.Unauthorized, keyless.StatusCode);
    }

    [Theory]
    [InlineData("bytes=10-19", 206, 10, 10)]
    [InlineData("bytes=990-", 206, 990, 10)]
    [InlineData("bytes=-5", 206, 995, 5)]
    [InlineData("bytes=0-5000", 206, 0, 1000)]
    [InlineData("bytes=1000-", 416, 0, 0)]
    [InlineData("bytes=5-4", 200, 0, 1000)]
    [InlineData("pages=1-2", 200, 0, 1000)]
    public async Task Ranges_are_served(string range, int status, int start, int count)
    {
        using var desk = new FalDesk();
        var address = await UploadAsync(desk, Content);
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        request.Headers.TryAddWithoutValidation("Range", range);
        using var response = await desk.Http.SendAsync(request);
        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal(Content.AsSpan(start, count).ToArray(), await response.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task Head_answers_the_length_and_no_body()
    {
        using var desk = new FalDesk();
        var address = await UploadAsync(desk, Content);
        using var response = await desk.Http.SendAsync(new HttpRequestMessage(HttpMethod.Head, address), HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal(1000, response.Content.Headers.ContentLength);
        Assert.Empty(await (await response.Content.ReadAsStreamAsync()).ReadToEndAsync());
    }

    [Fact]
    public async Task A_file_of_nobody_answers_404()
    {
        using var desk = new FalDesk();
        using var response = await desk.Http.GetAsync(new Uri("https://v3.fal.media/files/b/1/none.png"));
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
    }

    [Fact]
    public async Task A_missing_file_of_fals_own_cannot_be_a_reference()
    {
        using var desk = new FalDesk();
        using var response = await desk.RunAsync("""{"prompt":"a","image_urls":["https://v3.fal.media/files/b/1/none.png"]}""", FalDesk.Model + "/edit");
        Assert.Equal("file_download_error", FalDesk.Text((await FalDesk.JsonAsync(response)).GetProperty("detail")[0], "type"));
    }

    [Fact]
    public async Task An_uploaded_reference_decides_the_ratio_of_auto()
    {
        using var desk = new FalDesk();
        var address = await UploadAsync(desk, await desk.PictureAsync("""{"prompt":"wide","aspect_ratio":"21:9"}"""));
        var edited = await desk.PictureAsync($$"""{"prompt":"at night","image_urls":["{{address}}"]}""", FalDesk.Model + "/edit");
        Assert.Equal(("png", 1584, 672), PictureHeader.Read(edited));
    }
}

internal static class StreamReading
{
    public static async Task<byte[]> ReadToEndAsync(this Stream stream)
    {
        using var buffer = new MemoryStream();
        await stream.CopyToAsync(buffer);
        return buffer.ToArray();
    }
}
