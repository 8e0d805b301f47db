using System.Text.Json;

namespace NanoBanana.Sandbox.Tests;

public sealed class ApiframeFaultTests
{
    private const string Generate = "https://api.apiframe.ai/v2/images/generate";
    private const string Jobs = "https://api.apiframe.ai/v2/jobs/";
    private const string Prompt = """{"model":"nano-banana-2","prompt":"a"}""";

    private static ProviderDesk Desk(string faults = "", TimeProvider? clock = null) => new(faults, clock: clock) { Keys = [("X-API-Key", "afk_test")] };

    private static async Task<JsonElement> LookAsync(ProviderDesk desk, string id) => (await desk.GetJsonAsync(Jobs + id)).Json;

    private static async Task<JsonElement> MakeAsync(ProviderDesk desk)
    {
        var id = FalDesk.Text((await desk.PostJsonAsync(Generate, Prompt)).Json, "jobId");
        await desk.ReachAsync(id);
        return await LookAsync(desk, id);
    }

    [Fact]
    public async Task A_result_expires_after_a_day()
    {
        var clock = new FakeTimeProvider();
        using var desk = Desk(clock: clock);
        var job = await MakeAsync(desk);
        var url = $"https://cdn.apiframe.ai/files/{FalDesk.Text(job, "id")}/0.jpg";
        clock.Advance(TimeSpan.FromHours(24) - TimeSpan.FromSeconds(1));
        Assert.False((await LookAsync(desk, FalDesk.Text(job, "id"))).GetProperty("expired").GetBoolean());
        Assert.Equal(200, await desk.StatusOfAsync(url));
        clock.Advance(TimeSpan.FromSeconds(1));
        var late = await LookAsync(desk, FalDesk.Text(job, "id"));
        Assert.Equal(("COMPLETED", true, JsonValueKind.Null), (FalDesk.Text(late, "status"), late.GetProperty("expired").GetBoolean(), late.GetProperty("result").ValueKind));
        Assert.Equal(404, await desk.StatusOfAsync(url));
    }

    [Theory]
    [InlineData("status:expired")]
    [InlineData("result:expired*")]
    public async Task A_fault_expires_a_result_at_once(string faults)
    {
        using var desk = Desk(faults);
        var job = await MakeAsync(desk);
        Assert.Equal(("COMPLETED", true, JsonValueKind.Null), (FalDesk.Text(job, "status"), job.GetProperty("expired").GetBoolean(), job.GetProperty("result").ValueKind));
        Assert.Equal(1, desk.Ledger.Billed);
    }

    [Theory]
    [InlineData("submit:400", 400)]
    [InlineData("submit:unauthorized", 401)]
    [InlineData("submit:403", 403)]
    [InlineData("submit:429=2", 429)]
    [InlineData("submit:503", 503)]
    [InlineData("any:500", 500)]
    public async Task A_refusing_status_speaks_apiframes_shape_and_takes_nothing(string faults, int status)
    {
        using var desk = Desk(faults);
        using var response = await desk.PostAsync(Generate, Prompt);
        Assert.Equal(status, (int)response.StatusCode);
        Assert.NotEmpty(FalDesk.Text(await FalDesk.JsonAsync(response), "error"));
        Assert.Single(response.Headers.GetValues("x-request-id"));
        Assert.Equal(status == 429 ? TimeSpan.FromSeconds(2) : null, response.Headers.RetryAfter?.Delta);
        Assert.Equal(0, desk.Ledger.Accepted);
    }

    [Fact]
    public async Task Without_credits_the_numbers_are_told()
    {
        using var desk = Desk("submit:credits");
        var (status, json) = await desk.PostJsonAsync(Generate, Prompt);
        Assert.Equal((402, "Insufficient credits"), (status, FalDesk.Text(json, "error")));
        Assert.Equal((10, 0), (json.GetProperty("creditsRequired").GetInt32(), json.GetProperty("creditsAvailable").GetInt32()));
    }

    [Theory]
    [InlineData("submit:rejected")]
    [InlineData("status:rejected")]
    [InlineData("submit:failed")]
    [InlineData("result:failed")]
    public async Task A_doomed_job_fails_with_an_error_and_its_credits_come_back(string faults)
    {
        using var desk = Desk(faults);
        var job = await MakeAsync(desk);
        Assert.Equal(("FAILED", 0, JsonValueKind.Null), (FalDesk.Text(job, "status"), job.GetProperty("creditCost").GetInt32(), job.GetProperty("result").ValueKind));
        Assert.NotEmpty(FalDesk.Text(job, "error"));
        Assert.Equal((1, 0), (desk.Ledger.Failed, desk.Ledger.Billed));
    }

    [Fact]
    public async Task An_empty_job_completes_without_an_address()
    {
        using var desk = Desk("submit:empty");
        var job = await MakeAsync(desk);
        Assert.Equal(("COMPLETED", 0), (FalDesk.Text(job, "status"), job.GetProperty("creditCost").GetInt32()));
        Assert.DoesNotContain("http", job.GetProperty("result").GetRawText(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("download:expired", 410)]
    [InlineData("download:503", 503)]
    public async Task A_download_can_fail(string faults, int status)
    {
        using var desk = Desk(faults);
        var url = $"https://cdn.apiframe.ai/files/{FalDesk.Text(await MakeAsync(desk), "id")}/0.jpg";
        Assert.Equal((status, 200), (await desk.StatusOfAsync(url), await desk.StatusOfAsync(url)));
    }

    [Fact]
    public async Task Requests_with_a_key_are_counted_by_host_whichever_header_holds_it()
    {
        using var desk = Desk();
        var job = await MakeAsync(desk);
        await desk.StatusOfAsync($"https://cdn.apiframe.ai/files/{FalDesk.Text(job, "id")}/0.jpg");
        Assert.Equal(2, Assert.Single(desk.Ledger.AuthorizationByHost, static host => host.Key == "api.apiframe.ai").Value);
        Assert.False(desk.Ledger.AuthorizationByHost.ContainsKey("cdn.apiframe.ai"));
    }
}
