using System.Text.Json;
using NanoBanana.Sandbox.Jobs;

namespace NanoBanana.Sandbox.Tests;

public sealed class ApiMasterTests
{
    private const string Sync = "https://apimaster.ai/v1/images/generations";
    private const string Async = Sync + "/async";
    private const string Tasks = "https://apimaster.ai/v1/tasks/";
    private const string Model = "gemini-3.1-flash-image-preview";
    private const string Prompt = $$"""{"model":"{{Model}}","prompt":"a"}""";

    private static string Body(string fields) => $$"""{"model":"{{Model}}","prompt":"a",{{fields}}}""";

    private static async Task<string> TakeAsync(ProviderDesk desk, string body = Prompt)
    {
        var (status, json) = await desk.PostJsonAsync(Async, body);
        Assert.Equal((200, 200), (status, json.GetProperty("code").GetInt32()));
        var ticket = Assert.Single(json.GetProperty("data").EnumerateArray());
        Assert.Equal("submitted", FalDesk.Text(ticket, "status"));
        return FalDesk.Text(ticket, "task_id");
    }

    private static async Task<JsonElement> LookAsync(ProviderDesk desk, string id) =>
        (await desk.GetJsonAsync(Tasks + id + "?model=" + Model)).Json.GetProperty("data");

    private static async Task<JsonElement> MakeAsync(ProviderDesk desk, string body = Prompt)
    {
        var id = await TakeAsync(desk, body);
        await desk.ReachAsync(id);
        return await LookAsync(desk, id);
    }

    private static string[] Urls(JsonElement data) =>
        [.. data.GetProperty("result").GetProperty("images").EnumerateArray().SelectMany(static image => image.GetProperty("url").EnumerateArray()).Select(static url => url.GetString()!)];

    private static void IsError(JsonElement json, string type, string? code)
    {
        var error = json.GetProperty("error");
        Assert.Equal((type, code), (FalDesk.Text(error, "type"), error.GetProperty("code").GetString()));
        Assert.NotEmpty(FalDesk.Text(error, "message"));
    }

    [Fact]
    public async Task The_documented_request_gets_openais_answer()
    {
        var clock = new FakeTimeProvider();
        using var desk = new ProviderDesk(clock: clock);
        var (status, json) = await desk.PostJsonAsync(Sync, """
            {
              "model": "gemini-3.1-flash-image-preview",
              "prompt": "An orange cat at sunset, watercolor"
            }
            """);
        Assert.Equal((200, clock.GetUtcNow().ToUnixTimeSeconds()), (status, json.GetProperty("created").GetInt64()));
        var address = FalDesk.Text(Assert.Single(json.GetProperty("data").EnumerateArray()), "url");
        Assert.StartsWith("https://media.apimaster.ai/", address, StringComparison.Ordinal);
        Assert.Equal(("png", 1024, 1024), await desk.PictureAsync(address));
        Assert.Equal(0.0375m, desk.Ledger.TotalBilled);
    }

    [Theory]
    [InlineData("1k", "16:9", "png", 1, 1376, 768, "0.0375")]
    [InlineData("2k", "1536x2048", "jpeg", 2, 1792, 2400, "0.10")]
    [InlineData("4k", "auto", "webp", 1, 4096, 4096, "0.075")]
    [InlineData("1k", "8:1", "webp", 4, 3072, 384, "0.15")]
    public async Task A_picture_has_the_size_the_format_the_count_and_the_price_asked_for(
        string resolution, string size, string format, int count, int width, int height, string price)
    {
        using var desk = new ProviderDesk();
        var urls = Urls(await MakeAsync(desk, Body($"\"resolution\":\"{resolution}\",\"size\":\"{size}\",\"output_format\":\"{format}\",\"n\":{count},\"response_format\":\"url\"")));
        Assert.Equal(count, urls.Distinct(StringComparer.Ordinal).Count());
        Assert.Equal((format, width, height), await desk.PictureAsync(urls[^1]));
        var entry = Assert.Single(desk.Ledger.Snapshot());
        Assert.Equal(("ApiMaster", "generate", resolution, count, LedgerState.Billed), (entry.Provider, entry.Operation, entry.Resolution, entry.Count, entry.State));
        Assert.Equal(ProviderDesk.Money(price), desk.Ledger.TotalBilled);
    }

    [Fact]
    public async Task A_task_goes_through_the_documented_states()
    {
        var clock = new FakeTimeProvider();
        using var desk = new ProviderDesk(latency: TimeSpan.FromSeconds(3), clock: clock);
        var id = await TakeAsync(desk);
        var states = new List<string> { FalDesk.Text(await LookAsync(desk, id), "status") };
        clock.Advance(TimeSpan.FromSeconds(1));
        await desk.ReachAsync(id, JobPhase.Running);
        states.Add(FalDesk.Text(await LookAsync(desk, id), "status"));
        clock.Advance(TimeSpan.FromSeconds(1.5));
        states.Add(FalDesk.Text(await LookAsync(desk, id), "status"));
        clock.Advance(TimeSpan.FromSeconds(0.5));
        await desk.ReachAsync(id);
        states.Add(FalDesk.Text(await LookAsync(desk, id), "status"));
        Assert.Equal(["submitted", "processing", "in_progress", "completed"], states);
    }

    [Theory]
    [InlineData("")]
    [InlineData("?model=gemini-3.1-flash-image")]
    [InlineData("?model=")]
    public async Task A_look_must_name_the_tasks_own_model(string query)
    {
        using var desk = new ProviderDesk();
        var id = await TakeAsync(desk);
        var (status, json) = await desk.GetJsonAsync(Tasks + id + query);
        Assert.Equal(404, status);
        IsError(json, "invalid_request_error", "task_not_found");
    }

    [Fact]
    public async Task The_other_id_of_the_model_is_taken_too()
    {
        using var desk = new ProviderDesk();
        var (_, json) = await desk.PostJsonAsync(Async, """{"model":"gemini-3.1-flash-image","prompt":"a"}""");
        var id = FalDesk.Text(json.GetProperty("data")[0], "task_id");
        await desk.ReachAsync(id);
        var look = await desk.GetJsonAsync(Tasks + id + "?model=gemini-3.1-flash-image");
        Assert.Equal("completed", FalDesk.Text(look.Json.GetProperty("data"), "status"));
    }

    [Fact]
    public async Task Several_pictures_come_in_one_array_or_in_several()
    {
        using var desk = new ProviderDesk();
        var entries = new HashSet<int>();
        for (var i = 0; i < 40 && entries.Count < 2; i++)
        {
            var data = await MakeAsync(desk, Body("\"n\":2,\"output_format\":\"jpeg\""));
            Assert.Equal(2, Urls(data).Length);
            entries.Add(data.GetProperty("result").GetProperty("images").GetArrayLength());
        }

        Assert.Equal([1, 2], entries.Order());
    }

    [Fact]
    public async Task The_catalogue_lists_both_ids()
    {
        using var desk = new ProviderDesk();
        var (status, json) = await desk.GetJsonAsync("https://apimaster.ai/v1/models");
        Assert.Equal((200, "list"), (status, FalDesk.Text(json, "object")));
        Assert.Equal([Model, "gemini-3.1-flash-image"], json.GetProperty("data").EnumerateArray().Select(static entry => FalDesk.Text(entry, "id")));
    }

    [Theory]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("{} {}")]
    [InlineData("""{"prompt":"a"}""")]
    [InlineData("""{"model":"gpt-image-2","prompt":"a"}""")]
    [InlineData($$"""{"model":"{{Model}}"}""")]
    [InlineData($$"""{"model":"{{Model}}","prompt":""}""")]
    [InlineData($$"""{"model":"{{Model}}","prompt":"a","n":0}""")]
    [InlineData($$"""{"model":"{{Model}}","prompt":"a","n":5}""")]
    [InlineData($$"""{"model":"{{Model}}","prompt":"a","n":"1"}""")]
    [InlineData($$"""{"model":"{{Model}}","prompt":"a","size":"7:5"}""")]
    [InlineData($$"""{"model":"{{Model}}","prompt":"a","size":"0x100"}""")]
    [InlineData($$"""{"model":"{{Model}}","prompt":"a","resolution":"1K"}""")]
    [InlineData($$"""{"model":"{{Model}}","prompt":"a","resolution":"4K"}""")]
    [InlineData($$"""{"model":"{{Model}}","prompt":"a","resolution":"0.5k"}""")]
    [InlineData($$"""{"model":"{{Model}}","prompt":"a","output_format":"jpg"}""")]
    [InlineData($$"""{"model":"{{Model}}","prompt":"a","response_format":"b64_json"}""")]
    [InlineData($$"""{"model":"{{Model}}","prompt":"a","output_compression":101}""")]
    [InlineData($$"""{"model":"{{Model}}","prompt":"a","quality":1}""")]
    [InlineData($$"""{"model":"{{Model}}","prompt":"a","image_urls":"https://example.com/a.png"}""")]
    public async Task A_bad_request_is_refused_at_both_endpoints_and_takes_nothing(string body)
    {
        using var desk = new ProviderDesk();
        foreach (var address in new[] { Sync, Async })
        {
            var (status, json) = await desk.PostJsonAsync(address, body);
            Assert.Equal(400, status);
            IsError(json, "invalid_request_error", "invalid_parameter");
        }

        Assert.Equal(0, desk.Ledger.Accepted);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("Bearer invalid")]
    [InlineData("Key test")]
    public async Task Without_a_good_bearer_key_nothing_is_answered(string? authorization)
    {
        using var desk = new ProviderDesk { Keys = authorization is null ? [] : [("Authorization", authorization)] };
        foreach (var address in new[] { Sync, Async })
        {
            var (status, json) = await desk.PostJsonAsync(address, Prompt);
            Assert.Equal(401, status);
            IsError(json, "invalid_request_error", "invalid_api_key");
        }

        Assert.Equal(401, (await desk.GetJsonAsync("https://apimaster.ai/v1/models")).Status);
        Assert.Equal(401, (await desk.GetJsonAsync(Tasks + "task_x?model=" + Model)).Status);
        Assert.Equal(0, desk.Ledger.Accepted);
    }

    [Theory]
    [InlineData("400", 400, null)]
    [InlineData("unauthorized", 401, "invalid_api_key")]
    [InlineData("credits", 402, "insufficient_balance")]
    [InlineData("403", 403, "forbidden")]
    [InlineData("408", 408, "image_generation_timeout")]
    [InlineData("429=2", 429, "rate_limit_exceeded")]
    [InlineData("502", 502, "upstream_error")]
    public async Task A_refusing_status_speaks_openais_shape_and_takes_nothing(string fault, int status, string? code)
    {
        using var desk = new ProviderDesk($"submit:{fault},direct:{fault}");
        foreach (var address in new[] { Sync, Async })
        {
            using var response = await desk.PostAsync(address, Prompt);
            Assert.Equal(status, (int)response.StatusCode);
            Assert.Equal(code, (await FalDesk.JsonAsync(response)).GetProperty("error").GetProperty("code").GetString());
            Assert.Equal(status == 429 ? TimeSpan.FromSeconds(2) : null, response.Headers.RetryAfter?.Delta);
        }

        Assert.Equal(0, desk.Ledger.Accepted);
    }

    [Theory]
    [InlineData("submit:rejected", "content_policy_violation")]
    [InlineData("status:rejected", "content_policy_violation")]
    [InlineData("submit:failed", "upstream_error")]
    [InlineData("result:failed", "upstream_error")]
    public async Task A_doomed_task_fails_and_bills_nothing(string faults, string code)
    {
        using var desk = new ProviderDesk(faults);
        var data = await MakeAsync(desk);
        Assert.Equal("failed", FalDesk.Text(data, "status"));
        IsError(data, code == "upstream_error" ? "server_error" : "invalid_request_error", code);
        Assert.Equal((1, 0m), (desk.Ledger.Failed, desk.Ledger.TotalBilled));
    }

    [Theory]
    [InlineData("direct:rejected", 400, "content_policy_violation")]
    [InlineData("direct:failed", 500, "upstream_error")]
    public async Task A_doomed_call_answers_its_error_and_bills_nothing(string faults, int status, string code)
    {
        using var desk = new ProviderDesk(faults);
        var (answered, json) = await desk.PostJsonAsync(Sync, Prompt);
        Assert.Equal((status, code), (answered, FalDesk.Text(json.GetProperty("error"), "code")));
        Assert.Equal((1, 0m), (desk.Ledger.Failed, desk.Ledger.TotalBilled));
    }

    [Fact]
    public async Task Empty_answers_have_no_picture_and_no_bill()
    {
        using var desk = new ProviderDesk("direct:empty,submit:empty");
        Assert.Equal(0, (await desk.PostJsonAsync(Sync, Prompt)).Json.GetProperty("data").GetArrayLength());
        var data = await MakeAsync(desk);
        Assert.Equal(("completed", 0), (FalDesk.Text(data, "status"), Urls(data).Length));
        Assert.Equal(0m, desk.Ledger.TotalBilled);
    }

    [Fact]
    public async Task Looks_and_downloads_can_fail_and_recover()
    {
        using var desk = new ProviderDesk("status:503,download:expired=403");
        var id = await TakeAsync(desk);
        await desk.ReachAsync(id);
        Assert.Equal(503, (await desk.GetJsonAsync(Tasks + id + "?model=" + Model)).Status);
        var address = Urls(await LookAsync(desk, id))[0];
        Assert.Equal((403, 200), (await desk.StatusOfAsync(address), await desk.StatusOfAsync(address)));
    }

    [Fact]
    public async Task Hanging_up_leaves_the_call_to_finish_and_to_be_billed()
    {
        var clock = new FakeTimeProvider();
        using var desk = new ProviderDesk(latency: TimeSpan.FromHours(1), clock: clock);
        using var cancel = new CancellationTokenSource();
        var call = desk.SendAsync(HttpMethod.Post, Sync, new StringContent(Prompt), cancel.Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        clock.Advance(TimeSpan.FromHours(1));
        await desk.ReachAsync(Assert.Single(desk.Ledger.Snapshot()).JobId);
        Assert.Equal((1, 0.0375m), (desk.Ledger.Billed, desk.Ledger.TotalBilled));
    }
}
