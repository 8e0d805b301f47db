using System.Text.Json;
using NanoBanana.Sandbox.Server;

namespace NanoBanana.Sandbox.Tests;

/// <summary>The books as the server shows them to whoever asks.</summary>
public sealed class LedgerJsonTests
{
    private static async Task<JsonElement> ReadAsync(SandboxServer server)
    {
        using var http = new HttpClient { BaseAddress = server.Address };
        using var json = JsonDocument.Parse(await http.GetStringAsync(new Uri("/_sandbox/ledger", UriKind.Relative)));
        return json.RootElement.Clone();
    }

    [Fact]
    public async Task An_entry_tells_what_was_accepted_billed_and_fetched()
    {
        await using var server = await SandboxServer.StartAsync(new SandboxServerOptions { Sandbox = new SandboxOptions { Latency = TimeSpan.Zero } });
        await using (var client = WireDesk.At("Apiframe", server))
        {
            using var first = await client.SubmitAsync("a shoe", "k-1");
            using var replayed = await client.SubmitAsync("a shoe", "k-1");
            var path = await client.FinishAsync(server.Simulator.Ledger.Snapshot()[0].JobId);
            using var picture = await client.DownloadAsync(path);
        }

        // Another client: the first is gone, the books are not.
        await using var next = WireDesk.At("ApiDot", server);
        using var other = await next.SubmitAsync("a hat");
        await next.FinishAsync(server.Simulator.Ledger.Snapshot()[1].JobId);

        var ledger = await ReadAsync(server);
        var entries = ledger.GetProperty("entries");
        Assert.Equal("Apiframe|a shoe|k-1|2|1|1|1|False|Billed", Line(entries[0]));
        Assert.Equal("ApiDot|a hat||1|1|0|0|False|Billed", Line(entries[1]));
        Assert.Equal((0m, 0.05m), (entries[0].GetProperty("billedAmount").GetDecimal(), entries[1].GetProperty("billedAmount").GetDecimal()));
        Assert.Equal((2, 2, 1), (Number(ledger, "accepted"), Number(ledger, "billed"), Number(ledger, "replays")));
    }

    [Fact]
    public async Task A_cancelled_job_says_so_and_owes_nothing()
    {
        await using var server = await SandboxServer.StartAsync(
            new SandboxServerOptions { Sandbox = new SandboxOptions { Latency = TimeSpan.FromHours(1) }, TimeProvider = new FakeTimeProvider() });
        await using var desk = WireDesk.At("Fal", server);
        using var submitted = await desk.SubmitAsync();
        server.Simulator.Jobs.Find(server.Simulator.Ledger.Snapshot()[0].JobId)!.TryCancel(DateTimeOffset.UnixEpoch);

        var entry = (await ReadAsync(server)).GetProperty("entries")[0];
        Assert.Equal("Fal|a||1|0|0|0|True|Cancelled", Line(entry));
        Assert.Equal(0m, entry.GetProperty("billedAmount").GetDecimal());
    }

    [Fact]
    public async Task The_faults_that_struck_are_counted_by_kind()
    {
        await using var server = await SandboxServer.StartAsync(new SandboxServerOptions { Sandbox = new SandboxOptions { Latency = TimeSpan.Zero } });
        server.SetFaults("submit:429=1*2, submit:taken=502");
        await using var desk = WireDesk.At("ApiDot", server);
        for (var i = 0; i < 4; i++)
            (await desk.SubmitAsync()).Dispose();
        Assert.Equal("""{"status":2,"taken":1}""", (await ReadAsync(server)).GetProperty("faults").GetRawText());
    }

    private static int Number(JsonElement ledger, string name) => ledger.GetProperty(name).GetInt32();

    private static string Line(JsonElement entry) => string.Join('|', new[]
    {
        "provider", "prompt", "idempotencyKey", "timesAccepted", "timesBilled", "downloads", "downloadRequests", "cancelled", "state",
    }.Select(name => entry.GetProperty(name).ToString()));
}
