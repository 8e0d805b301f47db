using System.Text.Json;

namespace NanoBanana.Sandbox.Tests;

public sealed class ApiframeIdempotencyTests
{
    private const string Generate = "https://api.apiframe.ai/v2/images/generate";
    private const string Prompt = """{"model":"nano-banana-2","prompt":"a"}""";

    private static ProviderDesk Desk(string faults = "", TimeSpan? latency = null, TimeProvider? clock = null, Simulator? simulator = null) =>
        new(faults, latency, clock, simulator) { Keys = [("X-API-Key", "afk_test")] };

    private static Task<(int Status, JsonElement Json)> SubmitAsync(ProviderDesk desk, string key, string body = Prompt) =>
        desk.PostJsonAsync(Generate, body, ("Idempotency-Key", key));

    [Fact]
    public async Task The_same_key_brings_the_same_job_and_one_bill()
    {
        using var desk = Desk();
        var (_, first) = await SubmitAsync(desk, "k");
        var id = FalDesk.Text(first, "jobId");
        await desk.ReachAsync(id);
        var (status, second) = await SubmitAsync(desk, "k");
        Assert.Equal((202, id, "COMPLETED"), (status, FalDesk.Text(second, "jobId"), FalDesk.Text(second, "status")));
        Assert.Equal((1, 1, 1), (desk.Ledger.Accepted, desk.Ledger.Billed, desk.Ledger.Replays));
        Assert.Equal("k", Assert.Single(desk.Ledger.Snapshot()).IdempotencyKey);
    }

    [Fact]
    public async Task A_lost_answer_is_found_again_with_its_key()
    {
        using var desk = Desk("submit:lost");
        await Assert.ThrowsAsync<HttpRequestException>(() => SubmitAsync(desk, "k"));
        var (_, json) = await SubmitAsync(desk, "k");
        Assert.Equal(Assert.Single(desk.Ledger.Snapshot()).JobId, FalDesk.Text(json, "jobId"));
    }

    [Fact]
    public async Task The_same_key_with_another_body_conflicts()
    {
        using var desk = Desk();
        await SubmitAsync(desk, "k");
        var (status, json) = await SubmitAsync(desk, "k", """{"model":"nano-banana-2","prompt":"b"}""");
        Assert.Equal((409, 1, 0), (status, desk.Ledger.Accepted, desk.Ledger.Replays));
        Assert.NotEmpty(FalDesk.Text(json, "error"));
    }

    [Fact]
    public async Task A_refused_request_does_not_use_up_its_key()
    {
        using var desk = Desk("submit:503");
        Assert.Equal(503, (await SubmitAsync(desk, "k")).Status);
        Assert.Equal(400, (await SubmitAsync(desk, "k", "{}")).Status);
        Assert.Equal(202, (await SubmitAsync(desk, "k")).Status);
        Assert.Equal((1, 0), (desk.Ledger.Accepted, desk.Ledger.Replays));
    }

    [Fact]
    public async Task A_key_is_forgotten_after_a_day()
    {
        var clock = new FakeTimeProvider();
        using var desk = Desk(clock: clock);
        await SubmitAsync(desk, "k");
        clock.Advance(TimeSpan.FromHours(24) - TimeSpan.FromSeconds(1));
        await SubmitAsync(desk, "k");
        Assert.Equal((1, 1), (desk.Ledger.Accepted, desk.Ledger.Replays));
        clock.Advance(TimeSpan.FromSeconds(1));
        await SubmitAsync(desk, "k");
        Assert.Equal((2, 1), (desk.Ledger.Accepted, desk.Ledger.Replays));
    }

    [Fact]
    public async Task Another_accounts_key_is_another_key()
    {
        using var desk = Desk();
        await SubmitAsync(desk, "k");
        using var other = new ProviderDesk(simulator: desk.Simulator) { Keys = [("X-API-Key", "afk_other")] };
        await SubmitAsync(other, "k");
        Assert.Equal((2, 0), (desk.Ledger.Accepted, desk.Ledger.Replays));
    }

    [Fact]
    public async Task Many_equal_submits_at_once_make_one_job()
    {
        using var desk = Desk(latency: TimeSpan.FromHours(1), clock: new FakeTimeProvider());
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(() => SubmitAsync(desk, "k"))));
        Assert.Single(answers.Select(static answer => FalDesk.Text(answer.Json, "jobId")).Distinct(StringComparer.Ordinal));
        Assert.Equal((1, 19), (desk.Ledger.Accepted, desk.Ledger.Replays));
    }

    [Theory]
    [InlineData(255, 202)]
    [InlineData(256, 400)]
    public async Task A_key_has_at_most_255_characters(int length, int expected)
    {
        using var desk = Desk();
        Assert.Equal(expected, (await SubmitAsync(desk, new string('k', length))).Status);
    }

    [Fact]
    public async Task Without_a_key_two_submits_are_two_jobs()
    {
        using var desk = Desk();
        await desk.PostJsonAsync(Generate, Prompt);
        await desk.PostJsonAsync(Generate, Prompt);
        Assert.Equal((2, 0), (desk.Ledger.Accepted, desk.Ledger.Replays));
    }

    [Fact]
    public async Task A_reset_forgets_the_keys()
    {
        using var desk = Desk();
        await SubmitAsync(desk, "k");
        desk.Simulator.Reset();
        await SubmitAsync(desk, "k");
        Assert.Equal((1, 0), (desk.Ledger.Accepted, desk.Ledger.Replays));
    }
}
