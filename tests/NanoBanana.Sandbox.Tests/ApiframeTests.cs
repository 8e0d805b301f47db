using System.Text.Json;
using NanoBanana.Sandbox.Jobs;

namespace NanoBanana.Sandbox.Tests;

public sealed class ApiframeTests
{
    private const string Generate = "https://api.apiframe.ai/v2/images/generate";
    private const string Jobs = "https://api.apiframe.ai/v2/jobs/";
    private const string Prompt = """{"model":"nano-banana-2","prompt":"a"}""";

    private static ProviderDesk Desk(string faults = "", TimeSpan? latency = null, TimeProvider? clock = null) =>
        new(faults, latency, clock) { Keys = [("X-API-Key", "afk_test_key")] };

    private static string Body(string settings) => $$"""{"model":"nano-banana-2","prompt":"a","nanoBananaParams":{ {{settings}} } }""";

    private static async Task<string> TakeAsync(ProviderDesk desk, string body = Prompt, params (string Name, string Value)[] headers)
    {
        var (status, json) = await desk.PostJsonAsync(Generate, body, headers);
        Assert.Equal(202, status);
        return FalDesk.Text(json, "jobId");
    }

    private static async Task<JsonElement> LookAsync(ProviderDesk desk, string id) => (await desk.GetJsonAsync(Jobs + id)).Json;

    private static async Task<JsonElement> MakeAsync(ProviderDesk desk, string body = Prompt)
    {
        var id = await TakeAsync(desk, body);
        await desk.ReachAsync(id);
        return await LookAsync(desk, id);
    }

    /// <summary>The address in a result of any of the shapes seen, and which shape it was.</summary>
    private static (string Url, string Shape) Result(JsonElement job)
    {
        var result = job.GetProperty("result");
        if (result.ValueKind == JsonValueKind.String)
            return (result.GetString()!, "text");
        if (result.ValueKind == JsonValueKind.Array)
            return (result[0].GetString()!, "array");
        var field = Assert.Single(result.EnumerateObject());
        if (field.Name is "url" or "imageUrl")
            return (field.Value.GetString()!, field.Name);
        Assert.Equal("images", field.Name);
        var first = field.Value[0];
        return first.ValueKind == JsonValueKind.String ? (first.GetString()!, "images") : (FalDesk.Text(first, "url"), "images.url");
    }

    [Fact]
    public async Task A_submit_is_answered_202_with_a_queued_job()
    {
        using var desk = Desk(latency: TimeSpan.FromHours(1), clock: new FakeTimeProvider());
        using var response = await desk.PostAsync(Generate, Prompt);
        var json = await FalDesk.JsonAsync(response);
        Assert.Equal((202, "QUEUED"), ((int)response.StatusCode, FalDesk.Text(json, "status")));
        Assert.True(Guid.TryParseExact(FalDesk.Text(json, "jobId"), "D", out _));
        Assert.Single(response.Headers.GetValues("x-request-id"));
    }

    [Fact]
    public async Task A_job_shows_every_documented_field_in_each_state()
    {
        var clock = new FakeTimeProvider();
        using var desk = Desk(latency: TimeSpan.FromSeconds(3), clock: clock);
        var id = await TakeAsync(desk, """{"model":"nano-banana-2","prompt":"a","nanoBananaParams":{"aspect_ratio":"16:9"},"webhookUrl":"https://example.com/hook","webhookEvents":["completed","failed"]}""");
        var queued = await LookAsync(desk, id);
        Assert.Equal(
            ["id", "status", "model", "progress", "result", "error", "creditCost", "webhookStatus", "createdAt", "completedAt", "expired", "input"],
            queued.EnumerateObject().Select(static field => field.Name));
        Assert.Equal(("QUEUED", 0, "pending"), (FalDesk.Text(queued, "status"), queued.GetProperty("progress").GetInt32(), FalDesk.Text(queued, "webhookStatus")));
        clock.Advance(TimeSpan.FromSeconds(1));
        await desk.ReachAsync(id, JobPhase.Running);
        clock.Advance(TimeSpan.FromSeconds(1));
        var running = await LookAsync(desk, id);
        Assert.Equal(("PROCESSING", 50, JsonValueKind.Null), (FalDesk.Text(running, "status"), running.GetProperty("progress").GetInt32(), running.GetProperty("completedAt").ValueKind));
        clock.Advance(TimeSpan.FromSeconds(1));
        await desk.ReachAsync(id);
        var done = await LookAsync(desk, id);
        Assert.Equal(("COMPLETED", 100, 10, false), (FalDesk.Text(done, "status"), done.GetProperty("progress").GetInt32(), done.GetProperty("creditCost").GetInt32(), done.GetProperty("expired").GetBoolean()));
        Assert.Equal(clock.GetUtcNow().AddSeconds(-3), done.GetProperty("createdAt").GetDateTimeOffset());
        Assert.Equal(clock.GetUtcNow(), done.GetProperty("completedAt").GetDateTimeOffset());
        Assert.Equal("16:9", FalDesk.Text(done.GetProperty("input").GetProperty("nanoBananaParams"), "aspect_ratio"));
        var notes = Assert.Single(desk.Ledger.Snapshot()).Notes;
        Assert.Equal(("https://example.com/hook", "completed,failed"), (notes["webhookUrl"], notes["webhookEvents"]));
    }

    [Theory]
    [InlineData("512px", "16:9", "png", 688, 384, 8)]
    [InlineData("1K", "whatever fits", "jpg", 1024, 1024, 10)]
    [InlineData("2K", "1:4", "webp", 1024, 4096, 15)]
    [InlineData("4K", "1:1", "jpg", 4096, 4096, 20)]
    public async Task A_picture_has_the_size_and_the_format_asked_for_and_costs_credits(string resolution, string ratio, string format, int width, int height, int credits)
    {
        using var desk = Desk();
        var job = await MakeAsync(desk, Body($"\"resolution\":\"{resolution}\",\"aspect_ratio\":\"{ratio}\",\"output_format\":\"{format}\",\"google_search\":true,\"image_search\":true"));
        var (url, _) = Result(job);
        Assert.StartsWith("https://cdn.apiframe.ai/", url, StringComparison.Ordinal);
        Assert.Equal((format == "jpg" ? "jpeg" : format, width, height), await desk.PictureAsync(url));
        Assert.Equal(credits, job.GetProperty("creditCost").GetInt32());
        var entry = Assert.Single(desk.Ledger.Snapshot());
        Assert.Equal(("Apiframe", "generate", resolution, LedgerState.Billed, 0m), (entry.Provider, entry.Operation, entry.Resolution, entry.State, entry.Amount));
        Assert.Equal(credits.ToString(System.Globalization.CultureInfo.InvariantCulture), entry.Notes["credits"]);
    }

    [Fact]
    public async Task Without_a_format_a_picture_is_a_jpeg()
    {
        using var desk = Desk();
        Assert.Equal(("jpeg", 1024, 1024), await desk.PictureAsync(Result(await MakeAsync(desk)).Url));
    }

    [Fact]
    public async Task References_make_an_edit()
    {
        using var desk = Desk();
        var first = Result(await MakeAsync(desk, Body("\"aspect_ratio\":\"21:9\""))).Url;
        var job = await MakeAsync(desk, Body($"\"image_input\":[\"{first}\",\"http://example.com/b.png\"]"));
        Assert.Equal(("jpeg", 1584, 672), await desk.PictureAsync(Result(job).Url));
        Assert.Equal("edit", desk.Ledger.Snapshot()[1].Operation);
    }

    [Theory]
    [InlineData("""{"prompt":"a","model":"nano-banana-2","nanoBananaParams":{"resolution":"1K","image_input":"https://example.com/input.jpg","output_format":"jpg","google_search":false},"webhook_url":"https://example.com/hook"}""")]
    [InlineData("""{"prompt":"a","model":"nano-banana-2","nanoBananaParams":{"resolution":"1K","image_input":["https://example.com/input.jpg"],"output_format":"jpg","google_search":false},"webhookUrl":"https://example.com/hook"}""")]
    public async Task D19_Both_spellings_of_a_reference_and_of_the_webhook_are_taken(string body)
    {
        using var desk = Desk();
        await TakeAsync(desk, body);
        var entry = Assert.Single(desk.Ledger.Snapshot());
        Assert.Equal(("edit", "https://example.com/hook"), (entry.Operation, entry.Notes["webhookUrl"]));
    }

    [Fact]
    public async Task Results_come_in_every_shape_a_client_must_read()
    {
        using var desk = Desk();
        var shapes = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < 200 && shapes.Count < 6; i++)
        {
            var job = await MakeAsync(desk, Body("\"resolution\":\"512px\""));
            var (url, shape) = Result(job);
            Assert.StartsWith("https://cdn.apiframe.ai/files/", url, StringComparison.Ordinal);
            Assert.Equal(shape, Result(await LookAsync(desk, FalDesk.Text(job, "id"))).Shape);
            shapes.Add(shape);
        }

        Assert.Equal(["array", "imageUrl", "images", "images.url", "text", "url"], shapes.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("{", "")]
    [InlineData("[]", "")]
    [InlineData("""{"prompt":"a"}""", "model")]
    [InlineData("""{"model":"nano-banana-2"}""", "prompt")]
    [InlineData("""{"model":"flux","prompt":"a"}""", "model")]
    [InlineData("""{"model":"nano-banana-2","prompt":""}""", "prompt")]
    [InlineData("""{"model":"nano-banana-2","prompt":"a","seed":1}""", "seed")]
    [InlineData("""{"model":"nano-banana-2","prompt":"a","webhookUrl":"http://example.com"}""", "webhookUrl")]
    [InlineData("""{"model":"nano-banana-2","prompt":"a","webhookEvents":["done"]}""", "webhookEvents[0]")]
    [InlineData("""{"model":"nano-banana-2","prompt":"a","webhookEvents":[]}""", "webhookEvents")]
    [InlineData("""{"model":"nano-banana-2","prompt":"a","nanoBananaParams":null}""", "nanoBananaParams")]
    [InlineData("""{"model":"nano-banana-2","prompt":"a","nanoBananaParams":{"seed":1}}""", "nanoBananaParams.seed")]
    [InlineData("""{"model":"nano-banana-2","prompt":"a","nanoBananaParams":{"aspect_ratio":1}}""", "nanoBananaParams.aspect_ratio")]
    [InlineData("""{"model":"nano-banana-2","prompt":"a","nanoBananaParams":{"resolution":"0.5K"}}""", "nanoBananaParams.resolution")]
    [InlineData("""{"model":"nano-banana-2","prompt":"a","nanoBananaParams":{"output_format":"jpeg"}}""", "nanoBananaParams.output_format")]
    [InlineData("""{"model":"nano-banana-2","prompt":"a","nanoBananaParams":{"google_search":"true"}}""", "nanoBananaParams.google_search")]
    [InlineData("""{"model":"nano-banana-2","prompt":"a","nanoBananaParams":{"image_search":1}}""", "nanoBananaParams.image_search")]
    [InlineData("""{"model":"nano-banana-2","prompt":"a","nanoBananaParams":{"image_input":"data:image/png;base64,AAAA"}}""", "nanoBananaParams.image_input")]
    [InlineData("""{"model":"nano-banana-2","prompt":"a","webhook_url":"http://example.com"}""", "webhook_url")]
    [InlineData("""{"model":"nano-banana-2","prompt":"a","nanoBananaParams":{"image_input":["data:image/png;base64,AAAA"]}}""", "nanoBananaParams.image_input[0]")]
    public async Task A_bad_request_names_the_path_and_takes_nothing(string body, string path)
    {
        using var desk = Desk();
        var (status, json) = await desk.PostJsonAsync(Generate, body);
        Assert.Equal(400, status);
        Assert.NotEmpty(FalDesk.Text(json, "error"));
        Assert.NotEmpty(json.GetProperty("details").GetProperty(path)[0].GetString()!);
        Assert.Equal(0, desk.Ledger.Accepted);
    }

    [Theory]
    [InlineData(2000, 14, 202)]
    [InlineData(2001, 14, 400)]
    [InlineData(2000, 15, 400)]
    public async Task Prompts_and_references_have_their_bounds(int letters, int references, int expected)
    {
        using var desk = Desk();
        var (status, _) = await desk.PostJsonAsync(
            Generate,
            $$"""{"model":"nano-banana-2","prompt":"{{new string('a', letters)}}","nanoBananaParams":{"image_input":[{{ProviderDesk.Repeat("\"https://example.com/a.png\"", references)}}] } }""");
        Assert.Equal(expected, status);
    }

    [Theory]
    [InlineData(null, null, 401)]
    [InlineData("X-API-Key", "invalid", 401)]
    [InlineData("X-API-Key", "", 401)]
    [InlineData("Authorization", "Key afk_test", 401)]
    [InlineData("Authorization", "Bearer afk_test", 202)]
    [InlineData("X-API-Key", "afk_test", 202)]
    public async Task A_key_is_taken_in_both_documented_headers(string? name, string? value, int expected)
    {
        using var desk = new ProviderDesk { Keys = name is null ? [] : [(name, value!)] };
        using var response = await desk.PostAsync(Generate, Prompt);
        Assert.Equal(expected, (int)response.StatusCode);
        Assert.Single(response.Headers.GetValues("x-request-id"));
        if (expected == 401)
            Assert.NotEmpty(FalDesk.Text(await FalDesk.JsonAsync(response), "error"));
        Assert.Equal(expected == 202 ? 1 : 0, desk.Ledger.Accepted);
    }

    [Theory]
    [InlineData("0", 400)]
    [InlineData("00000000-0000-0000-0000-000000000009", 404)]
    public async Task A_job_of_nobody_is_not_found(string id, int expected)
    {
        using var desk = Desk();
        Assert.Equal(expected, (await desk.GetJsonAsync(Jobs + id)).Status);
    }

    [Fact]
    public async Task The_account_shows_what_is_left()
    {
        using var desk = Desk("submit:failed@2");
        await MakeAsync(desk, Body("\"resolution\":\"4K\""));
        await MakeAsync(desk);
        var (status, json) = await desk.GetJsonAsync("https://api.apiframe.ai/v2/me");
        Assert.Equal((200, 9_980), (status, json.GetProperty("team").GetProperty("credits").GetInt32()));
        Assert.Equal("afk_test", FalDesk.Text(json.GetProperty("apiKey"), "prefix"));
        Assert.NotEmpty(FalDesk.Text(json.GetProperty("user"), "email"));
    }

    [Theory]
    [InlineData("", 1)]
    [InlineData("?modality=image", 1)]
    [InlineData("?modality=video", 0)]
    public async Task The_models_are_public(string query, int count)
    {
        using var desk = new ProviderDesk { Keys = [] };
        var (status, json) = await desk.GetJsonAsync("https://api.apiframe.ai/v2/models" + query);
        Assert.Equal((200, count), (status, json.GetProperty("models").GetArrayLength()));
        Assert.Equal(400, (await desk.GetJsonAsync("https://api.apiframe.ai/v2/models?modality=smell")).Status);
        Assert.Equal(401, (await desk.GetJsonAsync("https://api.apiframe.ai/v2/me")).Status);
    }
}
