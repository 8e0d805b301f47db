using System.Globalization;
using NanoBanana.Sandbox.Faults;
using NanoBanana.Tests;

namespace NanoBanana.Sandbox.Tests;

/// <summary>Every fault at every provider, in the process and on the socket: what the client meets, and what the books say.</summary>
public sealed class EveryProviderFaultTests
{
    public static TheoryData<string, bool> Everywhere => WireDesk.Everywhere();

    /// <summary>Every place a job's end must be waited for before the books are read: acceptance alone bills nothing.</summary>
    private static async Task SettleAsync(WireDesk desk)
    {
        foreach (var entry in desk.Ledger.Snapshot())
            await desk.FinishAsync(entry.JobId);
    }

    [Theory]
    [MemberData(nameof(Everywhere))]
    public async Task A_lost_answer_leaves_a_job_that_is_billed(string provider, bool onSocket)
    {
        await using var desk = await WireDesk.OpenAsync(provider, onSocket, "{submit}:lost");
        await Assert.ThrowsAsync<HttpRequestException>(() => desk.SubmitAsync("find me"));
        await SettleAsync(desk);
        var entry = Assert.Single(desk.Ledger.Snapshot());
        Assert.Equal((LedgerState.Billed, "find me", 1, 1), (entry.State, entry.Prompt, entry.Tally.Accepted, entry.Tally.Billed));
        Assert.Equal(1, desk.Ledger.Faults[FaultKind.Lost]);
    }

    [Theory]
    [MemberData(nameof(Everywhere))]
    public async Task A_gateways_error_after_acceptance_leaves_a_job_that_is_billed(string provider, bool onSocket)
    {
        await using var desk = await WireDesk.OpenAsync(provider, onSocket, "{submit}:taken=504");
        using var response = await desk.SubmitAsync();
        Assert.Equal(504, (int)response.StatusCode);
        await SettleAsync(desk);
        Assert.Equal((1, 1), (desk.Ledger.Accepted, desk.Ledger.Billed));
    }

    [Theory]
    [MemberData(nameof(Everywhere))]
    public async Task A_reset_drops_the_connection_in_the_middle_of_the_answer(string provider, bool onSocket)
    {
        await using var desk = await WireDesk.OpenAsync(provider, onSocket, "{submit}:reset");
        using var response = await desk.SubmitAsync();
        var (bytes, whole) = await WireDesk.ReadAsync(response);
        Assert.False(whole);
        Assert.Equal(response.Content.Headers.ContentLength / 2, bytes.Length);
        Assert.Equal(1, desk.Ledger.Accepted);
    }

    [Theory]
    [MemberData(nameof(Everywhere))]
    public async Task A_storm_of_429_takes_nothing_until_it_is_over(string provider, bool onSocket)
    {
        await using var desk = await WireDesk.OpenAsync(provider, onSocket, "{submit}:429=3*20");
        for (var i = 0; i < 20; i++)
        {
            using var refused = await desk.SubmitAsync();
            Assert.Equal((429, TimeSpan.FromSeconds(3)), ((int)refused.StatusCode, refused.Headers.RetryAfter?.Delta));
        }

        Assert.Equal(0, desk.Ledger.Accepted);
        using var taken = await desk.SubmitAsync();
        Assert.True(taken.IsSuccessStatusCode);
        Assert.Equal((1, 20), (desk.Ledger.Accepted, desk.Ledger.Faults[FaultKind.Status]));
    }

    [Theory]
    [InlineData("429=date+30", 0)]
    [InlineData("429=date+30~-7200", -7200)]
    [InlineData("429=date+30~7200", 7200)]
    public async Task A_date_to_come_back_at_is_of_the_providers_own_clock(string fault, int skew)
    {
        foreach (var provider in WireDesk.Providers)
        {
            foreach (var onSocket in new[] { false, true })
            {
                var clock = new FakeTimeProvider();
                await using var desk = await WireDesk.OpenAsync(provider, onSocket, "{submit}:" + fault, clock);
                using var refused = await desk.SubmitAsync();
                var its = clock.GetUtcNow().AddSeconds(skew);
                Assert.Equal(its.AddSeconds(30), refused.Headers.RetryAfter?.Date);
                if (skew != 0)
                    Assert.Equal(its, refused.Headers.Date);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Everywhere))]
    public async Task An_answer_that_drips_comes_whole(string provider, bool onSocket)
    {
        await using var desk = await WireDesk.OpenAsync(provider, onSocket, "{submit}:drip=1");
        using var response = await desk.SubmitAsync();
        var (bytes, whole) = await WireDesk.ReadAsync(response);
        Assert.True(whole);
        Assert.Equal(response.Content.Headers.ContentLength, bytes.Length);
        Assert.Equal(1, desk.Ledger.Accepted);
    }

    [Fact]
    public async Task A_drip_waits_before_each_piece()
    {
        var clock = new ImpatientTimeProvider();
        await using var drip = new DrippingStream(Stream.Null, length: 1000, TimeSpan.FromSeconds(1), clock);
        await drip.WriteAsync(new byte[400]);
        await drip.WriteAsync(new byte[600]);
        Assert.Equal(Enumerable.Repeat(TimeSpan.FromSeconds(1), 17), clock.Delays); // 63 bytes a piece, in two writes.
    }

    [Theory]
    [MemberData(nameof(Everywhere))]
    public async Task A_stalled_answer_stops_halfway_and_leaves_the_connection_open(string provider, bool onSocket)
    {
        await using var desk = await WireDesk.OpenAsync(provider, onSocket, "{submit}:stall");
        using var response = await desk.SubmitAsync();
        await using var body = await response.Content.ReadAsStreamAsync();
        var half = new byte[(int)(response.Content.Headers.ContentLength!.Value / 2)];
        await body.ReadExactlyAsync(half);
        using var patience = new CancellationTokenSource();
        var next = body.ReadAsync(new byte[1], patience.Token).AsTask();
        Assert.False(next.IsCompleted);
        await patience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => next);
        Assert.Equal(1, desk.Ledger.Accepted);
    }

    [Theory]
    [MemberData(nameof(Everywhere))]
    public async Task A_download_that_breaks_off_can_be_carried_on_and_counts_once(string provider, bool onSocket)
    {
        await using var desk = await WireDesk.OpenAsync(provider, onSocket, "download:reset");
        var path = await desk.MakeAsync();
        using var broken = await desk.DownloadAsync(path);
        var (first, whole) = await WireDesk.ReadAsync(broken);
        Assert.False(whole);
        using var rest = await desk.DownloadAsync(path, first.Length, broken.Headers.ETag!.Tag);
        Assert.Equal(206, (int)rest.StatusCode);
        var (second, _) = await WireDesk.ReadAsync(rest);
        Assert.Equal(("1024x1024", (1, 2)), (Size([.. first, .. second]), Downloads(desk)));
        using var other = await desk.DownloadAsync(path, first.Length, "\"another\"");
        Assert.Equal(200, (int)other.StatusCode);
    }

    [Theory]
    [MemberData(nameof(Everywhere))]
    public async Task A_download_can_be_cut_short_in_every_way(string provider, bool onSocket)
    {
        await using var desk = await WireDesk.OpenAsync(
            provider, onSocket, "download:truncate, download:badlength, download:badlength=-100, download:badlength=7, download:lost");
        var path = await desk.MakeAsync();
        var real = desk.Simulator.Media.Find(path)!.Length;

        Assert.Equal((real / 2, real / 2, true), await FetchAsync(desk, path));
        Assert.Equal((real + 1000, real, false), await FetchAsync(desk, path));
        Assert.Equal((real - 100, real - 100, true), await FetchAsync(desk, path));
        Assert.Equal((7, 7, true), await FetchAsync(desk, path));
        await Assert.ThrowsAsync<HttpRequestException>(() => desk.DownloadAsync(path));
        Assert.Equal((0, 5), Downloads(desk));
        Assert.Equal((real, real, true), await FetchAsync(desk, path));
        Assert.Equal((1, 6), Downloads(desk));
    }

    [Theory]
    [MemberData(nameof(Everywhere))]
    public async Task A_look_can_be_lost_reset_and_refused(string provider, bool onSocket)
    {
        await using var desk = await WireDesk.OpenAsync(provider, onSocket, "status:lost, status:reset, status:429=1*2, status:taken=502");
        await desk.MakeAsync();
        var id = desk.Ledger.Snapshot()[0].JobId;
        if (!desk.HasLooks)
            return;
        await Assert.ThrowsAsync<HttpRequestException>(() => desk.LookAsync(id));
        using var reset = await desk.LookAsync(id);
        Assert.False((await WireDesk.ReadAsync(reset)).Whole);
        foreach (var status in new[] { 429, 429, 502, 200 })
        {
            using var look = await desk.LookAsync(id);
            Assert.Equal(status, (int)look.StatusCode);
        }

        Assert.Equal((6, 1), (desk.Ledger.Snapshot()[0].Tally.Looks, desk.Ledger.Billed));
    }

    [Theory]
    [MemberData(nameof(Everywhere))]
    public async Task A_request_that_arrives_twice_is_one_job_where_the_provider_honours_its_key(string provider, bool onSocket)
    {
        await using var desk = await WireDesk.OpenAsync(provider, onSocket, "{submit}:replay");
        using var response = await desk.SubmitAsync(idempotencyKey: "k");
        Assert.True(response.IsSuccessStatusCode);
        await SettleAsync(desk);
        // Elsewhere a key means nothing, so there is nothing to repeat under it.
        var times = provider == "Apiframe" ? 2 : 1;
        var entry = Assert.Single(desk.Ledger.Snapshot());
        Assert.Equal((times, 1, times - 1), (entry.Tally.Accepted, entry.Tally.Billed, desk.Ledger.Replays));
        Assert.Equal(times - 1, desk.Ledger.Faults.GetValueOrDefault(FaultKind.Replay));
    }

    [Theory]
    [MemberData(nameof(Everywhere))]
    public async Task A_key_that_came_with_another_body_conflicts_where_the_provider_honours_it(string provider, bool onSocket)
    {
        await using var desk = await WireDesk.OpenAsync(provider, onSocket, "{submit}:conflict");
        using var keyless = await desk.SubmitAsync();
        Assert.True(keyless.IsSuccessStatusCode);
        using var first = await desk.SubmitAsync("b", "k");
        Assert.Equal(provider == "Apiframe" ? 409 : (int)keyless.StatusCode, (int)first.StatusCode);
        using var again = await desk.SubmitAsync("b", "k");
        using var changed = await desk.SubmitAsync("c", "k");
        // The first of them made the job by now, so the last one really comes with another body.
        Assert.Equal(provider == "Apiframe" ? (202, 409, 2) : ((int)keyless.StatusCode, (int)keyless.StatusCode, 4),
            ((int)again.StatusCode, (int)changed.StatusCode, desk.Ledger.Accepted));
    }

    private static (int Whole, int Asked) Downloads(WireDesk desk)
    {
        var tally = desk.Ledger.Snapshot()[0].Tally;
        return (tally.Downloads, tally.DownloadRequests);
    }

    private static async Task<(long Announced, long Came, bool Whole)> FetchAsync(WireDesk desk, string path)
    {
        using var response = await desk.DownloadAsync(path);
        var (bytes, whole) = await WireDesk.ReadAsync(response);
        return (response.Content.Headers.ContentLength!.Value, bytes.Length, whole);
    }

    private static string Size(byte[] picture)
    {
        var (_, width, height) = PictureHeader.Read(picture);
        return string.Create(CultureInfo.InvariantCulture, $"{width}x{height}");
    }
}
