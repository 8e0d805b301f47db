using System.Text;

namespace NanoBanana.Sandbox.Tests;

public sealed class ApiMasterReferenceTests
{
    private const string Sync = "https://apimaster.ai/v1/images/generations";

    private static string Body(string references) =>
        $$"""{"model":"gemini-3.1-flash-image-preview","prompt":"a","image_urls":[{{references}}],"output_format":"jpeg"}""";

    private static string DataUri(byte[] bytes, string type = "image/png") => $"\"data:{type};base64,{Convert.ToBase64String(bytes)}\"";

    /// <summary>A picture by its first bytes, and of any length.</summary>
    private static byte[] Png(int length)
    {
        var bytes = new byte[length];
        ((ReadOnlySpan<byte>)[0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]).CopyTo(bytes);
        return bytes;
    }

    private static async Task<byte[]> PaintAsync(ProviderDesk desk, string format)
    {
        var (_, json) = await desk.PostJsonAsync(Sync, $$"""{"model":"gemini-3.1-flash-image-preview","prompt":"b","size":"16:9","output_format":"{{format}}"}""");
        return await desk.Http.GetByteArrayAsync(new Uri(FalDesk.Text(json.GetProperty("data")[0], "url")));
    }

    [Theory]
    [InlineData("png", false)]
    [InlineData("jpeg", false)]
    [InlineData("webp", true)]
    public async Task A_data_uri_is_a_reference_escaped_or_not(string format, bool escaped)
    {
        using var desk = new ProviderDesk();
        var uri = DataUri(await PaintAsync(desk, format), "image/" + format);
        var (status, json) = await desk.PostJsonAsync(Sync, Body(escaped ? uri.Replace("+", "\\u002B", StringComparison.Ordinal).Replace("/", "\\/", StringComparison.Ordinal) : uri));
        Assert.Equal(200, status);
        Assert.Equal(("jpeg", 1376, 768), await desk.PictureAsync(FalDesk.Text(json.GetProperty("data")[0], "url")));
        Assert.Equal(("edit", "1"), (desk.Ledger.Snapshot()[1].Operation, desk.Ledger.Snapshot()[1].Notes["data_uris"]));
    }

    [Fact]
    public async Task Addresses_and_data_uris_can_be_mixed()
    {
        using var desk = new ProviderDesk();
        var (status, _) = await desk.PostJsonAsync(Sync, Body("\"https://example.com/a.png\"," + DataUri(await PaintAsync(desk, "jpeg"))));
        Assert.Equal(200, status);
    }

    [Theory]
    [InlineData("\"http://example.com/a.png\"")]
    [InlineData("\"a.png\"")]
    [InlineData("1")]
    [InlineData("{\"url\":\"https://example.com/a.png\"}")]
    [InlineData("\"data:image/png;base64,\"")]
    [InlineData("\"data:image/png,abc\"")]
    [InlineData("\"data:image/png;base64,???\"")]
    [InlineData("\"data:image/png;base64,aGVsbG8=\"")]
    [InlineData("\"data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP8=\"")]
    public async Task What_is_no_picture_is_refused_with_its_place(string reference)
    {
        using var desk = new ProviderDesk();
        var (status, json) = await desk.PostJsonAsync(Sync, Body("\"https://example.com/a.png\"," + reference));
        Assert.Equal(400, status);
        Assert.Contains("image_urls[1]", FalDesk.Text(json.GetProperty("error"), "message"), StringComparison.Ordinal);
        Assert.Equal(0, desk.Ledger.Accepted);
    }

    [Fact]
    public async Task Ten_megabytes_are_the_most()
    {
        using var desk = new ProviderDesk();
        var (status, json) = await desk.PostJsonAsync(Sync, Body(DataUri(Png((10 << 20) + 1))));
        Assert.Equal(400, status);
        Assert.Contains("10 MB", FalDesk.Text(json.GetProperty("error"), "message"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(14, 200)]
    [InlineData(15, 400)]
    public async Task Fourteen_references_are_the_most(int count, int expected)
    {
        using var desk = new ProviderDesk();
        var (status, _) = await desk.PostJsonAsync(Sync, Body(ProviderDesk.Repeat("\"https://example.com/a.png\"", count)));
        Assert.Equal(expected, status);
    }

    [Fact]
    public async Task A_broken_picture_fails_the_call_and_bills_nothing()
    {
        using var desk = new ProviderDesk();
        var (status, json) = await desk.PostJsonAsync(Sync, Body(DataUri(Png(100))));
        Assert.Equal((400, "invalid_image"), (status, FalDesk.Text(json.GetProperty("error"), "code")));
        Assert.Equal((1, 0m), (desk.Ledger.Failed, desk.Ledger.TotalBilled));
    }

    [Fact]
    public async Task A_body_of_ten_references_of_ten_megabytes_is_taken()
    {
        using var desk = new ProviderDesk();
        using var body = new MemoryStream();
        var (head, tail) = (Body("").Split("[]")[0] + "[", "]}");
        body.Write(Encoding.UTF8.GetBytes(head));
        var reference = Encoding.ASCII.GetBytes(DataUri(Png(10 << 20)));
        for (var i = 0; i < 10; i++)
        {
            if (i > 0)
                body.WriteByte((byte)',');
            body.Write(reference);
        }

        body.Write(Encoding.UTF8.GetBytes(tail));
        body.Position = 0;
        using var response = await desk.SendAsync(HttpMethod.Post, Sync, new StreamContent(body));
        // All of it was read and found well-formed: the call failed only when the first picture was looked into.
        Assert.Equal("invalid_image", FalDesk.Text((await FalDesk.JsonAsync(response)).GetProperty("error"), "code"));
    }
}
