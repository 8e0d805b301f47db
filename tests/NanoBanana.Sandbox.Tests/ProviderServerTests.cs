using System.Text;
using System.Text.Json;
using NanoBanana.Sandbox.Server;

namespace NanoBanana.Sandbox.Tests;

/// <summary>The providers behind their prefixes on a real socket, where every address must lead back to it.</summary>
public sealed class ProviderServerTests : IAsyncLifetime
{
    private readonly HttpClient _http = new();
    private SandboxServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await SandboxServer.StartAsync(new SandboxServerOptions { Sandbox = new SandboxOptions { Latency = TimeSpan.Zero } });
        _http.BaseAddress = _server.Address;
        _http.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", "Bearer test");
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _server.DisposeAsync();
    }

    private async Task<JsonElement> PostAsync(string path, HttpContent content) =>
        await FalDesk.JsonAsync(await _http.PostAsync(new Uri(path, UriKind.Relative), content));

    private Task<JsonElement> PostAsync(string path, string json) => PostAsync(path, new StringContent(json, Encoding.UTF8, "application/json"));

    private async Task<JsonElement> LookAsync(string jobId, string path)
    {
        using var desk = new ProviderDesk(simulator: _server.Simulator);
        await desk.ReachAsync(jobId);
        return await FalDesk.JsonAsync(await _http.GetAsync(new Uri(path, UriKind.Relative)));
    }

    [Fact]
    public async Task Every_provider_has_a_prefix_and_answers_there_for_its_api_host()
    {
        Assert.Equal(["fal", "apidot", "apiframe", "apimaster", "prospolabs"], Simulator.Providers.Select(static provider => provider.PathPrefix));
        foreach (var (path, status) in new[]
        {
            ("/apidot/api/generate/status/x", 404), ("/apiframe/v2/me", 200), ("/apimaster/v1/models", 200), ("/prospolabs/v1/generate", 404),
            ("/apiframe/api.apiframe.ai/v2/me", 200),
        })
        {
            using var response = await _http.GetAsync(new Uri(path, UriKind.Relative));
            Assert.Equal(status, (int)response.StatusCode);
        }
    }

    [Fact]
    public async Task A_picture_of_one_provider_is_a_reference_for_the_next()
    {
        var first = await PostAsync("/prospolabs/v1/generate", """{"model":"nano-banana-2","mode":"generate","prompt":"a","aspect_ratio":"16:9"}""");
        var url = FalDesk.Text(first, "output_url");
        Assert.StartsWith($"{_server.Address}prospolabs/cdn.prospolabs.com/", url, StringComparison.Ordinal);

        var second = await PostAsync("/apimaster/v1/images/generations", $$"""{"model":"gemini-3.1-flash-image","prompt":"a","image_urls":["{{url}}"]}""");
        url = FalDesk.Text(second.GetProperty("data")[0], "url");

        var third = await PostAsync("/apidot/api/generate/submit", $$"""{"model":"nano-banana-2-edit","input":{"prompt":"a","image_urls":["{{url}}"] } }""");
        var task = FalDesk.Text(third.GetProperty("data"), "task_id");
        var data = (await LookAsync(task, "/apidot/api/generate/status/" + task)).GetProperty("data");
        var files = data.TryGetProperty("output", out var output) ? output.GetProperty("files") : data.GetProperty("files");
        url = FalDesk.Text(files[0], "file_url");
        Assert.Equal(("png", 1376, 768), PictureHeader.Read(await _http.GetByteArrayAsync(new Uri(url))));
    }

    [Fact]
    public async Task An_upload_is_a_reference_through_the_socket()
    {
        var picture = new Painting.PictureRecipe("b", "1", 0, new Painting.PixelSize(384, 688), Painting.PictureFormat.Webp, []).Make();
        var uploaded = await PostAsync("/apiframe/v2/uploads", new MultipartFormDataContent { { new ByteArrayContent(picture), "file", "a.webp" } });
        var url = FalDesk.Text(uploaded, "url");
        Assert.StartsWith($"{_server.Address}apiframe/cdn.apiframe.ai/", url, StringComparison.Ordinal);
        var job = FalDesk.Text(
            await PostAsync("/apiframe/v2/images/generate", $$"""{"model":"nano-banana-2","prompt":"a","nanoBananaParams":{"image_input":["{{url}}"] } }"""), "jobId");
        var look = await LookAsync(job, "/apiframe/v2/jobs/" + job);
        Assert.Equal("COMPLETED", FalDesk.Text(look, "status"));
        var made = await _http.GetByteArrayAsync(new Uri($"/apiframe/cdn.apiframe.ai/files/{job}/0.jpg", UriKind.Relative));
        Assert.Equal(("jpeg", 768, 1376), PictureHeader.Read(made));
    }
}
