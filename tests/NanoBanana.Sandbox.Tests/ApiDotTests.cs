using System.Globalization;
using System.Text.Json;
using NanoBanana.Sandbox.Jobs;

namespace NanoBanana.Sandbox.Tests;

public sealed class ApiDotTests
{
    private const string Submit = "https://api.apidot.ai/api/generate/submit";
    private const string Status = "https://api.apidot.ai/api/generate/status/";
    private const string Prompt = """{"model":"nano-banana-2","input":{"prompt":"a"}}""";

    private static string Body(string input, string model = "nano-banana-2") => $$"""{"model":"{{model}}","input":{"prompt":"a",{{input}} } }""";

    private static async Task<string> TakeAsync(ProviderDesk desk, string body = Prompt)
    {
        var (status, json) = await desk.PostJsonAsync(Submit, body);
        Assert.Equal((200, 200), (status, json.GetProperty("code").GetInt32()));
        return FalDesk.Text(json.GetProperty("data"), "task_id");
    }

    private static async Task<JsonElement> LookAsync(ProviderDesk desk, string id) => (await desk.GetJsonAsync(Status + id)).Json.GetProperty("data");

    private static async Task<JsonElement> MakeAsync(ProviderDesk desk, string body = Prompt)
    {
        var id = await TakeAsync(desk, body);
        await desk.ReachAsync(id);
        return await LookAsync(desk, id);
    }

    private static JsonElement Files(JsonElement data) =>
        data.TryGetProperty("output", out var output) ? output.GetProperty("files") : data.GetProperty("files");

    private static void IsError(JsonElement json, int code, string type)
    {
        Assert.Equal(code, json.GetProperty("code").GetInt32());
        Assert.Equal(type, FalDesk.Text(json.GetProperty("error"), "type"));
        Assert.NotEmpty(FalDesk.Text(json.GetProperty("error"), "message"));
    }

    [Fact]
    public async Task A_submit_is_answered_with_a_task_and_a_time_without_zone()
    {
        using var desk = new ProviderDesk(latency: TimeSpan.FromHours(1), clock: new FakeTimeProvider());
        var (status, json) = await desk.PostJsonAsync(Submit, Prompt);
        var data = json.GetProperty("data");
        Assert.Equal((200, 200, "not_started"), (status, json.GetProperty("code").GetInt32(), FalDesk.Text(data, "status")));
        Assert.StartsWith("task-unified-", FalDesk.Text(data, "task_id"), StringComparison.Ordinal);
        Assert.Equal("2000-01-01T00:00:00", FalDesk.Text(data, "created_time"));
    }

    [Fact]
    public async Task A_task_goes_from_not_started_through_running_to_finished()
    {
        var clock = new FakeTimeProvider();
        using var desk = new ProviderDesk(latency: TimeSpan.FromSeconds(3), clock: clock);
        var id = await TakeAsync(desk);
        Assert.Equal("not_started", FalDesk.Text(await LookAsync(desk, id), "status"));
        clock.Advance(TimeSpan.FromSeconds(1));
        await desk.ReachAsync(id, JobPhase.Running);
        Assert.Equal("running", FalDesk.Text(await LookAsync(desk, id), "status"));
        clock.Advance(TimeSpan.FromSeconds(2));
        await desk.ReachAsync(id);
        var done = await LookAsync(desk, id);
        Assert.Equal(("finished", JsonValueKind.Null), (FalDesk.Text(done, "status"), done.GetProperty("error_message").ValueKind));
        Assert.Equal("image", FalDesk.Text(Files(done)[0], "file_type"));
    }

    [Theory]
    [InlineData("0.5K", "16:9", "png", 688, 384, "0.035")]
    [InlineData("1K", "auto", "jpeg", 1024, 1024, "0.05")]
    [InlineData("2K", "1:8", "webp", 768, 6144, "0.075")]
    [InlineData("4K", "1:1", "jpeg", 4096, 4096, "0.10")]
    public async Task A_picture_has_the_size_the_format_and_the_price_asked_for(string resolution, string size, string format, int width, int height, string price)
    {
        using var desk = new ProviderDesk();
        var done = await MakeAsync(desk, Body($"\"resolution\":\"{resolution}\",\"size\":\"{size}\",\"output_format\":\"{format}\",\"google_search\":true,\"seed\":7"));
        var address = FalDesk.Text(Files(done)[0], "file_url");
        Assert.StartsWith("https://files.apidot.ai/", address, StringComparison.Ordinal);
        Assert.Equal((format, width, height), await desk.PictureAsync(address));
        var entry = Assert.Single(desk.Ledger.Snapshot());
        Assert.Equal(("ApiDot", "generate", resolution, LedgerState.Billed), (entry.Provider, entry.Operation, entry.Resolution, entry.State));
        Assert.Equal(ProviderDesk.Money(price), desk.Ledger.TotalBilled);
    }

    [Fact]
    public async Task An_edit_takes_references_and_the_size_of_the_first()
    {
        using var desk = new ProviderDesk();
        var first = FalDesk.Text(Files(await MakeAsync(desk, Body("\"size\":\"16:9\"")))[0], "file_url");
        var done = await MakeAsync(desk, Body($"\"image_urls\":[\"{first}\",\"http://example.com/b.png\"]", "nano-banana-2-edit"));
        Assert.Equal(("png", 1376, 768), await desk.PictureAsync(FalDesk.Text(Files(done)[0], "file_url")));
        Assert.Equal(("edit", "nano-banana-2-edit"), (desk.Ledger.Snapshot()[1].Operation, desk.Ledger.Snapshot()[1].Model));
    }

    [Fact]
    public async Task Files_stand_in_both_documented_places_over_many_tasks()
    {
        using var desk = new ProviderDesk();
        var places = new HashSet<bool>();
        for (var i = 0; i < 40 && places.Count < 2; i++)
        {
            var done = await MakeAsync(desk, Body("\"resolution\":\"0.5K\""));
            Assert.NotEqual(done.TryGetProperty("output", out _), done.TryGetProperty("files", out _));
            places.Add(done.TryGetProperty("files", out _));
        }

        Assert.Equal(2, places.Count);
    }

    [Fact]
    public async Task Two_equal_submits_are_two_tasks_and_two_bills()
    {
        using var desk = new ProviderDesk();
        var first = await TakeAsync(desk);
        var second = await TakeAsync(desk);
        await desk.ReachAsync(first);
        await desk.ReachAsync(second);
        Assert.NotEqual(first, second);
        Assert.Equal((2, 0.10m), (desk.Ledger.Billed, desk.Ledger.TotalBilled));
    }

    [Fact]
    public async Task A_callback_is_noted()
    {
        using var desk = new ProviderDesk();
        await TakeAsync(desk, """{"model":"nano-banana-2","callback_url":"https://example.com/hook","input":{"prompt":"a"}}""");
        Assert.Equal("https://example.com/hook", Assert.Single(desk.Ledger.Snapshot()).Notes["callback_url"]);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("""{"input":{"prompt":"a"}}""")]
    [InlineData("""{"model":"nano-banana-pro","input":{"prompt":"a"}}""")]
    [InlineData("""{"model":"nano-banana-2"}""")]
    [InlineData("""{"model":"nano-banana-2","prompt":"a"}""")]
    [InlineData("""{"model":"nano-banana-2","input":{}}""")]
    [InlineData("""{"model":"nano-banana-2","input":{"prompt":""}}""")]
    [InlineData("""{"model":"nano-banana-2","callback_url":"http://example.com","input":{"prompt":"a"}}""")]
    [InlineData("""{"model":"nano-banana-2","input":{"prompt":"a","resolution":"8K"}}""")]
    [InlineData("""{"model":"nano-banana-2","input":{"prompt":"a","resolution":"1k"}}""")]
    [InlineData("""{"model":"nano-banana-2","input":{"prompt":"a","size":"7:5"}}""")]
    [InlineData("""{"model":"nano-banana-2","input":{"prompt":"a","output_format":"jpg"}}""")]
    [InlineData("""{"model":"nano-banana-2","input":{"prompt":"a","google_search":"true"}}""")]
    [InlineData("""{"model":"nano-banana-2","input":{"prompt":"a","seed":"1"}}""")]
    [InlineData("""{"model":"nano-banana-2","input":{"prompt":"a","seed":1.5}}""")]
    [InlineData("""{"model":"nano-banana-2","input":{"prompt":"a","image_urls":["https://example.com/a.png"]}}""")]
    [InlineData("""{"model":"nano-banana-2-edit","input":{"prompt":"a"}}""")]
    [InlineData("""{"model":"nano-banana-2-edit","input":{"prompt":"a","image_urls":[]}}""")]
    [InlineData("""{"model":"nano-banana-2-edit","input":{"prompt":"a","image_urls":"https://example.com/a.png"}}""")]
    [InlineData("""{"model":"nano-banana-2-edit","input":{"prompt":"a","image_urls":["data:image/png;base64,AAAA"]}}""")]
    [InlineData("""{"model":"nano-banana-2-edit","input":{"prompt":"a","image_urls":["a.png"]}}""")]
    public async Task A_bad_request_is_refused_and_takes_nothing(string body)
    {
        using var desk = new ProviderDesk();
        var (status, json) = await desk.PostJsonAsync(Submit, body);
        Assert.Equal(400, status);
        IsError(json, 400, "invalid_request_error");
        Assert.Equal(0, desk.Ledger.Accepted);
    }

    [Theory]
    [InlineData(14, 200)]
    [InlineData(15, 400)]
    public async Task Fourteen_references_are_the_most(int count, int expected)
    {
        using var desk = new ProviderDesk();
        var (status, _) = await desk.PostJsonAsync(
            Submit, Body($"\"image_urls\":[{ProviderDesk.Repeat("\"https://example.com/a.png\"", count)}]", "nano-banana-2-edit"));
        Assert.Equal(expected, status);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("Bearer")]
    [InlineData("Bearer invalid")]
    [InlineData("Key test")]
    [InlineData("test")]
    public async Task Without_a_good_bearer_key_nothing_is_answered(string? authorization)
    {
        using var desk = new ProviderDesk { Keys = authorization is null ? [] : [("Authorization", authorization)] };
        var (status, json) = await desk.PostJsonAsync(Submit, Prompt);
        Assert.Equal(401, status);
        IsError(json, 401, "authentication_error");
        Assert.Equal(401, (await desk.GetJsonAsync(Status + "task-unified-x")).Status);
        Assert.Equal(0, desk.Ledger.Accepted);
    }

    [Theory]
    [InlineData("submit:400", 400, "invalid_request_error")]
    [InlineData("submit:unauthorized", 401, "authentication_error")]
    [InlineData("submit:credits", 402, "insufficient_credits")]
    [InlineData("submit:429=2", 429, "rate_limited")]
    [InlineData("submit:500", 500, "internal_error")]
    [InlineData("any:503", 503, "internal_error")]
    public async Task A_refusing_status_speaks_apidots_shape_and_takes_nothing(string faults, int status, string type)
    {
        using var desk = new ProviderDesk(faults);
        using var response = await desk.PostAsync(Submit, Prompt);
        Assert.Equal(status, (int)response.StatusCode);
        IsError(await FalDesk.JsonAsync(response), status, type);
        Assert.Equal(status == 429 ? "2" : null, response.Headers.RetryAfter?.Delta?.TotalSeconds.ToString(CultureInfo.InvariantCulture));
        Assert.Equal(0, desk.Ledger.Accepted);
    }

    [Fact]
    public async Task A_body_code_can_refuse_under_a_good_status()
    {
        using var desk = new ProviderDesk("submit:bodycode=402,status:bodycode=429");
        var (status, json) = await desk.PostJsonAsync(Submit, Prompt);
        Assert.Equal(200, status);
        IsError(json, 402, "insufficient_credits");
        Assert.Equal(0, desk.Ledger.Accepted);
        var id = await TakeAsync(desk);
        var look = await desk.GetJsonAsync(Status + id);
        Assert.Equal(200, look.Status);
        IsError(look.Json, 429, "rate_limited");
    }

    [Theory]
    [InlineData("submit:rejected")]
    [InlineData("submit:failed")]
    [InlineData("status:failed")]
    [InlineData("result:rejected")]
    public async Task A_doomed_task_fails_with_a_message_and_bills_nothing(string faults)
    {
        using var desk = new ProviderDesk(faults);
        var done = await MakeAsync(desk);
        Assert.Equal("failed", FalDesk.Text(done, "status"));
        Assert.NotEmpty(FalDesk.Text(done, "error_message"));
        Assert.Equal((1, 0m), (desk.Ledger.Failed, desk.Ledger.TotalBilled));
    }

    [Theory]
    [InlineData("submit:empty")]
    [InlineData("result:empty")]
    public async Task An_empty_task_finishes_without_files(string faults)
    {
        using var desk = new ProviderDesk(faults);
        var done = await MakeAsync(desk);
        Assert.Equal(("finished", 0), (FalDesk.Text(done, "status"), Files(done).GetArrayLength()));
        Assert.Equal(0m, desk.Ledger.TotalBilled);
    }

    [Fact]
    public async Task A_fault_of_the_result_waits_for_the_task_to_end()
    {
        var clock = new FakeTimeProvider();
        using var desk = new ProviderDesk("result:500", TimeSpan.FromSeconds(1), clock);
        var id = await TakeAsync(desk);
        Assert.Equal(200, (await desk.GetJsonAsync(Status + id)).Status);
        clock.Advance(TimeSpan.FromSeconds(1));
        await desk.ReachAsync(id);
        Assert.Equal(500, (await desk.GetJsonAsync(Status + id)).Status);
        Assert.Equal(200, (await desk.GetJsonAsync(Status + id)).Status);
    }

    [Theory]
    [InlineData("download:expired", 410)]
    [InlineData("download:404", 404)]
    [InlineData("download:503", 503)]
    public async Task A_download_can_fail(string faults, int status)
    {
        using var desk = new ProviderDesk(faults);
        var address = FalDesk.Text(Files(await MakeAsync(desk))[0], "file_url");
        Assert.Equal(status, await desk.StatusOfAsync(address));
        Assert.Equal(200, await desk.StatusOfAsync(address));
    }

    [Fact]
    public async Task A_lost_submit_is_taken_and_billed()
    {
        using var desk = new ProviderDesk("submit:lost");
        await Assert.ThrowsAsync<HttpRequestException>(() => desk.PostAsync(Submit, Prompt));
        await desk.ReachAsync(Assert.Single(desk.Ledger.Snapshot()).JobId);
        Assert.Equal(0.05m, desk.Ledger.TotalBilled);
    }

    [Fact]
    public async Task A_reference_of_nobody_fails_the_task()
    {
        using var desk = new ProviderDesk();
        var done = await MakeAsync(desk, Body("\"image_urls\":[\"https://files.apidot.ai/nothing.png\"]", "nano-banana-2-edit"));
        Assert.Contains("image_urls[0]", FalDesk.Text(done, "error_message"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/api/generate/status/task-unified-x")]
    [InlineData("/api/user/balance")]
    public async Task What_is_not_there_answers_404(string path)
    {
        using var desk = new ProviderDesk();
        var (status, json) = await desk.GetJsonAsync("https://api.apidot.ai" + path);
        Assert.Equal(404, status);
        IsError(json, 404, "not_found");
    }
}
