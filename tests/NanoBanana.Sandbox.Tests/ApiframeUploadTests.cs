using System.Net.Http.Headers;
using System.Text.Json;

namespace NanoBanana.Sandbox.Tests;

public sealed class ApiframeUploadTests
{
    private const string Uploads = "https://api.apiframe.ai/v2/uploads";
    private const string Generate = "https://api.apiframe.ai/v2/images/generate";
    private static readonly byte[] Png = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A];
    private static readonly byte[] Jpeg = [0xFF, 0xD8, 0xFF, 0xE0];
    private static readonly byte[] Webp = [.. "RIFF\0\0\0\0WEBPVP8L"u8];

    private static ProviderDesk Desk(string faults = "", TimeProvider? clock = null) => new(faults, clock: clock) { Keys = [("X-API-Key", "afk_test")] };

    private static async Task<(int Status, JsonElement Json)> UploadAsync(ProviderDesk desk, byte[] bytes, string field = "file", string type = "application/octet-stream")
    {
        var file = new ByteArrayContent(bytes);
        file.Headers.ContentType = new MediaTypeHeaderValue(type);
        var form = new MultipartFormDataContent { { new StringContent("x"), "note" }, { file, field, "a.bin" } };
        using var response = await desk.SendAsync(HttpMethod.Post, Uploads, form);
        return ((int)response.StatusCode, await FalDesk.JsonAsync(response));
    }

    public static TheoryData<byte[], string> Pictures => new() { { Png, "image/png" }, { Jpeg, "image/jpeg" }, { Webp, "image/webp" } };

    [Theory]
    [MemberData(nameof(Pictures))]
    public async Task A_file_is_known_by_its_bytes_and_served_to_anyone(byte[] bytes, string type)
    {
        var clock = new FakeTimeProvider();
        using var desk = Desk(clock: clock);
        var (status, json) = await UploadAsync(desk, bytes, type: "text/plain");
        Assert.Equal(201, status);
        Assert.Equal(["id", "url", "kind", "contentType", "byteSize", "expiresAt"], json.EnumerateObject().Select(static field => field.Name));
        Assert.Equal(("image", type, bytes.Length), (FalDesk.Text(json, "kind"), FalDesk.Text(json, "contentType"), json.GetProperty("byteSize").GetInt32()));
        Assert.Equal(clock.GetUtcNow().AddHours(1), json.GetProperty("expiresAt").GetDateTimeOffset());
        Assert.StartsWith("https://cdn.apiframe.ai/uploads/", FalDesk.Text(json, "url"), StringComparison.Ordinal);
        Assert.Equal(bytes, await desk.Http.GetByteArrayAsync(new Uri(FalDesk.Text(json, "url"))));
    }

    [Fact]
    public async Task An_upload_is_a_reference_until_it_expires()
    {
        var clock = new FakeTimeProvider();
        using var desk = Desk(clock: clock);
        var source = new Painting.PictureRecipe("b", "1", 0, new Painting.PixelSize(688, 384), Painting.PictureFormat.Jpeg, []).Make();
        var url = FalDesk.Text((await UploadAsync(desk, source)).Json, "url");
        var body = $$"""{"model":"nano-banana-2","prompt":"a","nanoBananaParams":{"image_input":["{{url}}"] } }""";
        Assert.Equal("COMPLETED", FalDesk.Text(await EndAsync(desk, body), "status"));
        clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal(404, await desk.StatusOfAsync(url));
        var late = await EndAsync(desk, body);
        Assert.Equal("FAILED", FalDesk.Text(late, "status"));
        Assert.Contains("image_input[0]", FalDesk.Text(late, "error"), StringComparison.Ordinal);
    }

    private static async Task<JsonElement> EndAsync(ProviderDesk desk, string body)
    {
        var id = FalDesk.Text((await desk.PostJsonAsync(Generate, body)).Json, "jobId");
        await desk.ReachAsync(id);
        return (await desk.GetJsonAsync("https://api.apiframe.ai/v2/jobs/" + id)).Json;
    }

    [Fact]
    public async Task Another_field_name_holds_no_file()
    {
        using var desk = Desk();
        var (status, json) = await UploadAsync(desk, Png, field: "image");
        Assert.Equal(400, status);
        Assert.NotEmpty(json.GetProperty("details").GetProperty("file")[0].GetString()!);
    }

    [Fact]
    public async Task What_is_no_picture_is_refused()
    {
        using var desk = Desk();
        Assert.Equal(400, (await UploadAsync(desk, [.. "GIF89a, say"u8], type: "image/png")).Status);
        Assert.Equal(400, (await desk.PostJsonAsync(Uploads, "{}")).Status);
    }

    [Theory]
    [InlineData(25 << 20, 201)]
    [InlineData((25 << 20) + 1, 400)]
    [InlineData(26 << 20, 400)]
    public async Task Twenty_five_megabytes_are_the_most(int length, int expected)
    {
        using var desk = Desk();
        var bytes = new byte[length];
        Png.CopyTo(bytes, 0);
        Assert.Equal(expected, (await UploadAsync(desk, bytes)).Status);
    }

    [Fact]
    public async Task Without_a_key_nothing_is_stored()
    {
        using var desk = new ProviderDesk { Keys = [] };
        Assert.Equal(401, (await UploadAsync(desk, Png)).Status);
    }

    [Theory]
    [InlineData("upload:429=3", 429)]
    [InlineData("upload:502", 502)]
    public async Task An_upload_can_fail(string faults, int status)
    {
        using var desk = Desk(faults);
        Assert.Equal(status, (await UploadAsync(desk, Png)).Status);
        Assert.Equal(201, (await UploadAsync(desk, Png)).Status);
    }
}
