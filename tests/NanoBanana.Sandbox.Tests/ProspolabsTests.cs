using System.Text.Json;

namespace NanoBanana.Sandbox.Tests;

public sealed class ProspolabsTests
{
    private const string Generate = "https://api.prospolabs.com/v1/generate";
    private const string Prompt = """{"model":"nano-banana-2","mode":"generate","prompt":"a"}""";

    private static string Body(string fields, string mode = "generate") => $$"""{"model":"nano-banana-2","mode":"{{mode}}","prompt":"a",{{fields}}}""";

    private static async Task<JsonElement> MakeAsync(ProviderDesk desk, string body = Prompt)
    {
        var (status, json) = await desk.PostJsonAsync(Generate, body);
        Assert.Equal(200, status);
        return json;
    }

    [Fact]
    public async Task The_documented_request_gets_the_documented_answer()
    {
        using var desk = new ProviderDesk();
        using var response = await desk.PostAsync(Generate, """
            {
            "model": "nano-banana-2",
            "mode": "generate",
            "prompt": "Minimalist product photo of a ceramic coffee mug, soft light",
            "aspect_ratio": "1:1",
            "resolution": "1K",
            "num_images": 1,
            "output_format": "png",
            "safety_tolerance": "4",
            "enable_web_search": "false",
            "seed": 0
            }
            """);
        var json = await FalDesk.JsonAsync(response);
        Assert.Equal(
            ["generation_id", "status", "model", "mode", "estimated_cost_usd", "output_url", "duration_ms"],
            json.EnumerateObject().Select(static field => field.Name));
        Assert.StartsWith("gen_", FalDesk.Text(json, "generation_id"), StringComparison.Ordinal);
        Assert.Equal(("completed", "nano-banana-2", "generate"), (FalDesk.Text(json, "status"), FalDesk.Text(json, "model"), FalDesk.Text(json, "mode")));
        Assert.Equal("0.60", json.GetProperty("estimated_cost_usd").GetRawText());
        Assert.StartsWith("https://cdn.prospolabs.com/", FalDesk.Text(json, "output_url"), StringComparison.Ordinal);
        Assert.Equal(0.048m, desk.Ledger.TotalBilled);
    }

    [Theory]
    [InlineData("1K", "16:9", "png", 1, 1376, 768, "0.048")]
    [InlineData("2K", "4:3", "jpeg", 2, 2400, 1792, "0.144")]
    [InlineData("4K", "auto", "webp", 1, 4096, 4096, "0.096")]
    [InlineData("1K", "21:9", "webp", 4, 1584, 672, "0.192")]
    public async Task A_picture_has_the_size_the_format_and_the_price_asked_for(
        string resolution, string ratio, string format, int count, int width, int height, string price)
    {
        using var desk = new ProviderDesk();
        var json = await MakeAsync(desk, Body($"\"resolution\":\"{resolution}\",\"aspect_ratio\":\"{ratio}\",\"output_format\":\"{format}\",\"num_images\":{count}"));
        Assert.Equal((format, width, height), await desk.PictureAsync(FalDesk.Text(json, "output_url")));
        var entry = Assert.Single(desk.Ledger.Snapshot());
        Assert.Equal(("Prospolabs", resolution, count, LedgerState.Billed), (entry.Provider, entry.Resolution, entry.Count, entry.State));
        Assert.Equal(ProviderDesk.Money(price), desk.Ledger.TotalBilled);
    }

    [Fact]
    public async Task An_edit_takes_references()
    {
        using var desk = new ProviderDesk();
        var first = FalDesk.Text(await MakeAsync(desk, Body("\"aspect_ratio\":\"9:16\"")), "output_url");
        var json = await MakeAsync(desk, Body($"\"aspect_ratio\":\"auto\",\"image_urls\":[\"{first}\"]", "edit"));
        Assert.Equal("edit", FalDesk.Text(json, "mode"));
        Assert.Equal(("png", 768, 1376), await desk.PictureAsync(FalDesk.Text(json, "output_url")));
    }

    [Theory]
    [InlineData("{")]
    [InlineData("""{"mode":"generate","prompt":"a"}""")]
    [InlineData("""{"model":"nano-banana","mode":"generate","prompt":"a"}""")]
    [InlineData("""{"model":"nano-banana-2","prompt":"a"}""")]
    [InlineData("""{"model":"nano-banana-2","mode":"paint","prompt":"a"}""")]
    [InlineData("""{"model":"nano-banana-2","mode":"generate"}""")]
    [InlineData("""{"model":"nano-banana-2","mode":"generate","params":{"prompt":"a"}}""")]
    [InlineData("""{"model":"nano-banana-2","mode":"generate","prompt":"a","resolution":"0.5K"}""")]
    [InlineData("""{"model":"nano-banana-2","mode":"generate","prompt":"a","aspect_ratio":"1:4"}""")]
    [InlineData("""{"model":"nano-banana-2","mode":"generate","prompt":"a","aspect_ratio":"4:1"}""")]
    [InlineData("""{"model":"nano-banana-2","mode":"generate","prompt":"a","aspect_ratio":"1:8"}""")]
    [InlineData("""{"model":"nano-banana-2","mode":"generate","prompt":"a","aspect_ratio":"8:1"}""")]
    [InlineData("""{"model":"nano-banana-2","mode":"generate","prompt":"a","num_images":5}""")]
    [InlineData("""{"model":"nano-banana-2","mode":"generate","prompt":"a","num_images":0}""")]
    [InlineData("""{"model":"nano-banana-2","mode":"generate","prompt":"a","num_images":"1"}""")]
    [InlineData("""{"model":"nano-banana-2","mode":"generate","prompt":"a","output_format":"jpg"}""")]
    [InlineData("""{"model":"nano-banana-2","mode":"generate","prompt":"a","safety_tolerance":4}""")]
    [InlineData("""{"model":"nano-banana-2","mode":"generate","prompt":"a","safety_tolerance":"7"}""")]
    [InlineData("""{"model":"nano-banana-2","mode":"generate","prompt":"a","enable_web_search":false}""")]
    [InlineData("""{"model":"nano-banana-2","mode":"generate","prompt":"a","enable_web_search":"yes"}""")]
    [InlineData("""{"model":"nano-banana-2","mode":"generate","prompt":"a","seed":"0"}""")]
    [InlineData("""{"model":"nano-banana-2","mode":"edit","prompt":"a"}""")]
    [InlineData("""{"model":"nano-banana-2","mode":"edit","prompt":"a","image_urls":[]}""")]
    [InlineData("""{"model":"nano-banana-2","mode":"edit","prompt":"a","image_urls":["data:image/png;base64,AAAA"]}""")]
    public async Task A_bad_request_is_refused_and_takes_nothing(string body)
    {
        using var desk = new ProviderDesk();
        var (status, json) = await desk.PostJsonAsync(Generate, body);
        Assert.Equal((400, "invalid_request"), (status, FalDesk.Text(json, "code")));
        Assert.NotEmpty(FalDesk.Text(json, "message"));
        Assert.Equal(0, desk.Ledger.Accepted);
    }

    [Theory]
    [InlineData(14, 200)]
    [InlineData(15, 400)]
    public async Task Fourteen_references_are_the_most(int count, int expected)
    {
        using var desk = new ProviderDesk();
        var (status, _) = await desk.PostJsonAsync(Generate, Body($"\"image_urls\":[{ProviderDesk.Repeat("\"https://example.com/a.png\"", count)}]", "edit"));
        Assert.Equal(expected, status);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("Bearer invalid")]
    [InlineData("Key test")]
    public async Task Without_a_good_bearer_key_nothing_is_taken(string? authorization)
    {
        using var desk = new ProviderDesk { Keys = authorization is null ? [] : [("Authorization", authorization)] };
        var (status, json) = await desk.PostJsonAsync(Generate, Prompt);
        Assert.Equal((401, "unauthorized", 0), (status, FalDesk.Text(json, "code"), desk.Ledger.Accepted));
    }

    [Theory]
    [InlineData("direct:400", 400, "invalid_request")]
    [InlineData("direct:unauthorized", 401, "unauthorized")]
    [InlineData("direct:credits", 402, "insufficient_balance")]
    [InlineData("direct:429=2", 429, "rate_limited")]
    [InlineData("direct:500", 500, "internal_error")]
    [InlineData("any:503", 503, "internal_error")]
    public async Task A_refusing_status_takes_nothing(string faults, int status, string code)
    {
        using var desk = new ProviderDesk(faults);
        using var response = await desk.PostAsync(Generate, Prompt);
        Assert.Equal((status, code, 0), ((int)response.StatusCode, FalDesk.Text(await FalDesk.JsonAsync(response), "code"), desk.Ledger.Accepted));
        Assert.Equal(status == 429 ? TimeSpan.FromSeconds(2) : null, response.Headers.RetryAfter?.Delta);
    }

    [Theory]
    [InlineData("direct:rejected", 400, "content_rejected")]
    [InlineData("direct:failed", 500, "generation_failed")]
    public async Task A_run_that_fails_is_refunded(string faults, int status, string code)
    {
        using var desk = new ProviderDesk(faults);
        var (answered, json) = await desk.PostJsonAsync(Generate, Prompt);
        Assert.Equal((status, code), (answered, FalDesk.Text(json, "code")));
        Assert.Equal((1, 0m), (desk.Ledger.Failed, desk.Ledger.TotalBilled));
    }

    [Fact]
    public async Task An_empty_run_completes_without_an_output()
    {
        using var desk = new ProviderDesk("direct:empty");
        var json = await MakeAsync(desk);
        Assert.Equal(("completed", JsonValueKind.Null), (FalDesk.Text(json, "status"), json.GetProperty("output_url").ValueKind));
        Assert.Equal(0m, desk.Ledger.TotalBilled);
    }

    [Fact]
    public async Task Malformed_and_lost_answers_are_billed_and_a_page_is_not()
    {
        using var desk = new ProviderDesk("direct:malformed,direct:lost@2,direct:html@3");
        using (var malformed = await desk.PostAsync(Generate, Prompt))
            await Assert.ThrowsAnyAsync<JsonException>(() => FalDesk.JsonAsync(malformed));
        await Assert.ThrowsAsync<HttpRequestException>(() => desk.PostAsync(Generate, Prompt));
        using var page = await desk.PostAsync(Generate, Prompt);
        Assert.Equal("text/html", page.Content.Headers.ContentType?.MediaType);
        Assert.Equal((2, 0.096m), (desk.Ledger.Billed, desk.Ledger.TotalBilled));
    }

    [Fact]
    public async Task Hanging_up_leaves_the_run_to_finish_and_to_be_billed()
    {
        var clock = new FakeTimeProvider();
        using var desk = new ProviderDesk(latency: TimeSpan.FromHours(1), clock: clock);
        using var cancel = new CancellationTokenSource();
        var call = desk.SendAsync(HttpMethod.Post, Generate, new StringContent(Prompt), cancel.Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        clock.Advance(TimeSpan.FromHours(1));
        await desk.ReachAsync(Assert.Single(desk.Ledger.Snapshot()).JobId);
        Assert.Equal((1, 0.048m), (desk.Ledger.Billed, desk.Ledger.TotalBilled));
    }

    [Fact]
    public async Task An_output_is_gone_after_seven_days()
    {
        var clock = new FakeTimeProvider();
        using var desk = new ProviderDesk(clock: clock);
        var address = FalDesk.Text(await MakeAsync(desk), "output_url");
        clock.Advance(TimeSpan.FromDays(7) - TimeSpan.FromSeconds(1));
        Assert.Equal(200, await desk.StatusOfAsync(address));
        clock.Advance(TimeSpan.FromSeconds(1));
        var (status, json) = await desk.GetJsonAsync(address);
        Assert.Equal((410, """{"code":"output_expired"}"""), (status, json.GetRawText()));
    }

    [Theory]
    [InlineData("download:expired", 410)]
    [InlineData("download:expired=404", 404)]
    [InlineData("download:500", 500)]
    public async Task A_download_can_fail(string faults, int status)
    {
        using var desk = new ProviderDesk(faults);
        using var response = await desk.Http.GetAsync(new Uri(FalDesk.Text(await MakeAsync(desk), "output_url")));
        Assert.Equal(status, (int)response.StatusCode);
        if (status == 410)
            Assert.Equal("""{"code":"output_expired"}""", await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Any_other_path_answers_404()
    {
        using var desk = new ProviderDesk();
        var (status, json) = await desk.GetJsonAsync(Generate + "/gen_1");
        Assert.Equal((404, "not_found"), (status, FalDesk.Text(json, "code")));
    }
}
