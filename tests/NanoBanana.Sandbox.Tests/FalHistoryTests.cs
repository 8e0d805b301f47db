using System.Text.Json;
using NanoBanana.Sandbox.Jobs;

namespace NanoBanana.Sandbox.Tests;

/// <summary>fal's "List requests by endpoint(s)": what the account's requests look like to one who lost an answer.</summary>
public sealed class FalHistoryTests
{
    private const string Address = "https://api.fal.ai/v1/models/requests/by-endpoint?endpoint_id=";

    private static async Task<JsonElement> ReadAsync(FalDesk desk, string query = "", string endpoints = FalDesk.Model)
    {
        using var response = await desk.GetAsync(Address + endpoints + query);
        Assert.Equal(200, (int)response.StatusCode);
        return await FalDesk.JsonAsync(response);
    }

    private static async Task<string[]> IdsAsync(FalDesk desk, string query = "", string endpoints = FalDesk.Model) =>
        [.. (await ReadAsync(desk, query, endpoints)).GetProperty("items").EnumerateArray().Select(static item => FalDesk.Text(item, "request_id"))];

    private static async Task SettleAsync(FalDesk desk)
    {
        foreach (var entry in desk.Ledger.Snapshot())
            await desk.Simulator.Jobs.Find(entry.JobId)!.WaitForEndAsync(CancellationToken.None);
    }

    [Fact]
    public async Task A_finished_request_is_told_in_fals_shape()
    {
        using var desk = new FalDesk();
        const string Body = """{"prompt":"a \"fox\"","seed":7,"resolution":"2K","aspect_ratio":"16:9"}""";
        using (await desk.MakeAsync(Body))
        {
            var item = (await ReadAsync(desk)).GetProperty("items")[0];
            Assert.Equal(
                ["request_id", "endpoint_id", "started_at", "sent_at", "ended_at", "status_code", "duration"],
                item.EnumerateObject().Select(static field => field.Name));
            Assert.Equal((FalDesk.Model, 200), (FalDesk.Text(item, "endpoint_id"), item.GetProperty("status_code").GetInt32()));
            Assert.EndsWith("Z", FalDesk.Text(item, "sent_at"), StringComparison.Ordinal);
            Assert.True(item.GetProperty("ended_at").GetDateTimeOffset() >= item.GetProperty("sent_at").GetDateTimeOffset());

            var expanded = (await ReadAsync(desk, "&expand=payloads")).GetProperty("items")[0];
            Assert.Equal(Body, expanded.GetProperty("json_input").GetRawText());
            Assert.StartsWith("https://v3.fal.media/", FalDesk.FirstUrl(expanded.GetProperty("json_output")), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("submit:lost")]
    [InlineData("submit:reset")]
    [InlineData("submit:taken=502")]
    [InlineData("submit:malformed")]
    public async Task A_request_that_was_taken_is_there_whatever_became_of_its_answer(string faults)
    {
        using var desk = new FalDesk(faults);
        await SendAsync(desk);
        var item = Assert.Single((await ReadAsync(desk, "&expand=payloads")).GetProperty("items").EnumerateArray());
        Assert.Equal(desk.Ledger.Snapshot()[0].JobId, FalDesk.Text(item, "request_id"));
        Assert.Equal("find me", FalDesk.Text(item.GetProperty("json_input"), "prompt"));
    }

    [Theory]
    [InlineData("submit:500")]
    [InlineData("submit:html")]
    [InlineData("submit:refused")]
    public async Task A_request_that_was_not_taken_is_not_there(string faults)
    {
        using var desk = new FalDesk(faults);
        await SendAsync(desk);
        Assert.Empty(await IdsAsync(desk));
    }

    [Fact]
    public async Task A_request_that_runs_has_no_end_yet()
    {
        using var desk = new FalDesk(latency: TimeSpan.FromHours(1), clock: new FakeTimeProvider());
        await desk.TakeAsync("""{"prompt":"a"}""");
        var item = (await ReadAsync(desk, "&expand=payloads")).GetProperty("items")[0];
        Assert.Equal(["request_id", "endpoint_id", "sent_at", "json_input"], item.EnumerateObject().Select(static field => field.Name));
    }

    [Fact]
    public async Task A_status_picks_by_the_kind_of_end()
    {
        using var desk = new FalDesk("submit:rejected@2, submit:failed@3");
        for (var i = 0; i < 3; i++)
            await desk.TakeAsync("""{"prompt":"a"}""");
        await SettleAsync(desk);
        var jobs = desk.Ledger.Snapshot();
        Assert.Equal([jobs[0].JobId], await IdsAsync(desk, "&status=success"));
        Assert.Equal([jobs[1].JobId], await IdsAsync(desk, "&status=user_error"));
        Assert.Equal([jobs[2].JobId], await IdsAsync(desk, "&status=error"));
        var rejected = (await ReadAsync(desk, "&status=user_error&expand=payloads")).GetProperty("items")[0];
        Assert.Equal((422, "content_policy_violation"),
            (rejected.GetProperty("status_code").GetInt32(), FalDesk.Text(rejected.GetProperty("json_output").GetProperty("detail")[0], "type")));
    }

    [Fact]
    public async Task Times_pick_what_was_sent_from_the_start_to_before_the_end()
    {
        var clock = new FakeTimeProvider();
        using var desk = new FalDesk(clock: clock);
        for (var i = 0; i < 3; i++)
        {
            await desk.TakeAsync("""{"prompt":"a"}""");
            await SettleAsync(desk);
            clock.Advance(TimeSpan.FromHours(1));
        }

        var ids = desk.Ledger.Snapshot().Select(static entry => entry.JobId).ToArray();
        Assert.Equal([ids[2], ids[1], ids[0]], await IdsAsync(desk));
        Assert.Equal([ids[1]], await IdsAsync(desk, "&start=2000-01-01T01:00:00Z&end=2000-01-01T02:00:00Z"));
        clock.Advance(TimeSpan.FromHours(22));
        Assert.Equal([ids[2], ids[1]], await IdsAsync(desk));
        Assert.Equal([ids[0]], await IdsAsync(desk, "&request_id=" + ids[0]));
        clock.Advance(TimeSpan.FromDays(90));
        Assert.Empty(await IdsAsync(desk, "&request_id=" + ids[0]));
    }

    [Fact]
    public async Task Pages_are_turned_with_the_cursor()
    {
        using var desk = new FalDesk();
        for (var i = 0; i < 7; i++)
            await desk.TakeAsync("""{"prompt":"a"}""");
        await SettleAsync(desk);
        var seen = new List<string>();
        var cursor = "";
        do
        {
            var page = await ReadAsync(desk, "&limit=3" + cursor);
            seen.AddRange(page.GetProperty("items").EnumerateArray().Select(static item => FalDesk.Text(item, "request_id")));
            Assert.Equal(page.GetProperty("has_more").GetBoolean(), page.GetProperty("next_cursor").ValueKind == JsonValueKind.String);
            cursor = page.GetProperty("has_more").GetBoolean() ? "&cursor=" + Uri.EscapeDataString(FalDesk.Text(page, "next_cursor")) : "";
        }
        while (cursor.Length > 0);

        Assert.Equal(7, seen.Count);
        Assert.Equal(desk.Ledger.Snapshot().Select(static entry => entry.JobId).Order(), seen.Order());
    }

    [Fact]
    public async Task Endpoints_are_named_with_commas_or_again_and_again()
    {
        using var desk = new FalDesk();
        await desk.TakeAsync("""{"prompt":"a"}""");
        await desk.TakeAsync("""{"prompt":"a","image_urls":["https://example.com/a.png"]}""", FalDesk.Model + "/edit");
        Assert.Single(await IdsAsync(desk));
        Assert.Equal(2, (await IdsAsync(desk, endpoints: FalDesk.Model + "," + FalDesk.Model + "/edit")).Length);
        Assert.Equal(2, (await IdsAsync(desk, "&endpoint_id=" + FalDesk.Model + "/edit")).Length);
        Assert.Empty(await IdsAsync(desk, endpoints: "fal-ai/flux/dev"));
    }

    [Fact]
    public async Task What_the_caller_wants_kept_out_has_no_payload()
    {
        using var desk = new FalDesk();
        await desk.TakeAsync("""{"prompt":"secret"}""", FalDesk.Model, ("X-Fal-Store-IO", "0"));
        await SettleAsync(desk);
        var item = (await ReadAsync(desk, "&expand=payloads")).GetProperty("items")[0];
        Assert.False(item.TryGetProperty("json_input", out _));
        Assert.False(item.TryGetProperty("json_output", out _));
    }

    [Theory]
    [InlineData("&limit=0")]
    [InlineData("&limit=101")]
    [InlineData("&start=soon")]
    [InlineData("&end=later")]
    [InlineData("&status=done")]
    [InlineData("&sort_by=name")]
    [InlineData("&cursor=!")]
    public async Task A_wrong_parameter_is_a_validation_error(string query)
    {
        using var desk = new FalDesk();
        using var response = await desk.GetAsync(Address + FalDesk.Model + query);
        Assert.Equal((400, "validation_error"),
            ((int)response.StatusCode, FalDesk.Text((await FalDesk.JsonAsync(response)).GetProperty("error"), "type")));
    }

    [Fact]
    public async Task A_key_is_needed()
    {
        using var desk = new FalDesk { Key = null };
        using var response = await desk.GetAsync(Address + FalDesk.Model);
        Assert.Equal(401, (int)response.StatusCode);
    }

    [Fact]
    public async Task The_history_itself_can_fail()
    {
        using var desk = new FalDesk("other:503-retry=2, other:lost");
        using var response = await desk.GetAsync(Address + FalDesk.Model);
        Assert.Equal(("server_error", 503), (FalDesk.Text((await FalDesk.JsonAsync(response)).GetProperty("error"), "type"), (int)response.StatusCode));
        await Assert.ThrowsAsync<HttpRequestException>(() => desk.GetAsync(Address + FalDesk.Model));
        Assert.Empty(await IdsAsync(desk));
    }

    private static async Task SendAsync(FalDesk desk)
    {
        try
        {
            (await desk.SubmitAsync("""{"prompt":"find me"}""")).Dispose();
        }
        catch (HttpRequestException)
        {
            // That is the fault.
        }
    }
}
