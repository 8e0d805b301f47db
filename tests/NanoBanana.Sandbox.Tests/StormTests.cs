using System.Text.Json;
using NanoBanana.Sandbox.Faults;
using NanoBanana.Sandbox.Jobs;
using NanoBanana.Sandbox.Server;
using NanoBanana.Sandbox.Wires;

namespace NanoBanana.Sandbox.Tests;

/// <summary>Faults by chance: as wild as their numbers say, and the same in every run with the same seed.</summary>
public sealed class StormTests
{
    private static readonly Target Submit = new("Fal", WireAction.Submit);

    private static bool[] Draw(string faults, int count, string provider = "Fal", string? between = null)
    {
        var schedule = new FaultSchedule(FaultPlan.Parse(faults));
        return [.. Enumerable.Range(0, count).Select(_ =>
        {
            if (between is not null)
                schedule.Take(new Target(between, WireAction.Submit));
            return schedule.Take(Submit with { Provider = provider }).Fault is not null;
        })];
    }

    [Fact]
    public void A_seed_strikes_the_same_requests_in_every_run_and_another_seed_others()
    {
        Assert.Equal(Draw("seed=7, submit:lost%20", 500), Draw("seed=7, submit:lost%20", 500));
        Assert.NotEqual(Draw("seed=7, submit:lost%20", 500), Draw("seed=8, submit:lost%20", 500));
    }

    [Fact]
    public void What_strikes_one_provider_does_not_hang_on_the_others_traffic() =>
        Assert.Equal(Draw("seed=7, submit:lost%20", 500), Draw("seed=7, submit:lost%20", 500, between: "ApiDot"));

    [Fact]
    public void Each_provider_has_a_storm_of_its_own() =>
        Assert.NotEqual(Draw("seed=7, submit:lost%20", 500), Draw("seed=7, submit:lost%20", 500, "ApiDot"));

    [Theory]
    [InlineData("submit:lost%0.5", 0.005)]
    [InlineData("submit:lost%20", 0.2)]
    [InlineData("submit:lost%100", 1)]
    public void A_chance_is_kept_over_many_requests(string item, double chance)
    {
        foreach (var seed in new[] { 0, 1, 2026 })
            Assert.InRange(Draw(FormattableString.Invariant($"seed={seed}; {item}"), 20_000).Count(static hit => hit), 20_000 * chance * 0.75, 20_000 * chance * 1.25);
    }

    [Fact]
    public void A_count_makes_a_storm_of_so_many_in_a_row()
    {
        var struck = Draw("seed=3, submit:429=1*10%1", 5000);
        var runs = new List<int>();
        for (var i = 0; i < struck.Length; i++)
        {
            if (!struck[i])
                continue;
            var start = i;
            while (i < struck.Length && struck[i])
                i++;
            if (i < struck.Length)
                runs.Add(i - start);
        }

        Assert.True(runs.Count > 20);
        Assert.All(runs, static run => Assert.True(run >= 10));
        Assert.Contains(10, runs);
    }

    [Fact]
    public void The_first_requests_can_be_let_through() =>
        Assert.Equal([false, false, true, true], Draw("submit:lost@3%100", 4));

    [Theory]
    [InlineData("submit:lost%0")]
    [InlineData("submit:lost%101")]
    [InlineData("submit:lost%x")]
    [InlineData("submit:429=1*%5")]
    [InlineData("seed=x")]
    [InlineData("sead=1")]
    [InlineData("submit:taken")]
    [InlineData("submit:taken=404")]
    [InlineData("submit:429=date+1~x")]
    [InlineData("status:replay")]
    [InlineData("download:conflict")]
    [InlineData("submit:drip")]
    [InlineData("submit:stall=1")]
    public void What_is_not_understood_is_named(string list)
    {
        var error = Assert.Throws<SandboxConfigurationException>(() => FaultPlan.Parse("submit:500, " + list, "--faults"));
        Assert.Contains($"'{list}'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_redirect_may_hold_a_percent_sign()
    {
        var rule = Assert.Single(FaultPlan.Parse("status:redirect=https://example.com/a%20*2").Rules);
        Assert.Equal(("https://example.com/a%20", null, 2), (rule.Location, rule.Chance, rule.Count));
    }

    [Fact]
    public void A_storm_is_one_word()
    {
        var storm = FaultPlan.Parse("storm=42");
        Assert.Equal((42, "storm=42"), (storm.Seed, storm.Text));
        Assert.Equal(FaultPlan.Parse("seed=42," + FaultPlan.StormText).Rules, storm.Rules);
        Assert.Equal(storm.Rules, FaultPlan.Storm(42).Rules);
        Assert.All(storm.Rules, static rule => Assert.NotNull(rule.Chance));
    }

    /// <summary>
    /// Clients that do nothing but ask once: whatever they hear of it, the books agree with themselves, and each job taken is
    /// billed once.
    /// </summary>
    [Fact]
    public async Task Many_clients_at_once_through_a_storm_leave_books_that_agree()
    {
        const int PerProvider = 60;
        await using var server = await SandboxServer.StartAsync(new SandboxServerOptions
        {
            Sandbox = new SandboxOptions { Latency = TimeSpan.Zero, Faults = FaultPlan.Storm(1) },
        });
        await Task.WhenAll(WireDesk.Providers.SelectMany(provider => Enumerable.Range(0, PerProvider).Select(i => AskAsync(server, provider, i))));

        var ledger = server.Simulator.Ledger;
        foreach (var entry in ledger.Snapshot())
            await server.Simulator.Jobs.Find(entry.JobId)!.WaitForEndAsync(CancellationToken.None);
        var entries = ledger.Snapshot();
        Assert.InRange(entries.Count, 4 * PerProvider, 5 * PerProvider);
        Assert.Equal(entries.Count, ledger.Billed);
        Assert.All(entries, static entry => Assert.Equal((LedgerState.Billed, 1), (entry.State, entry.Tally.Billed)));
        Assert.Equal(entries.Count, entries.Select(static entry => entry.Prompt).Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(ledger.TotalBilled, entries.Sum(static entry => entry.BilledAmount));
        Assert.Equal(ledger.Replays, entries.Sum(static entry => entry.Tally.Accepted - 1));
        Assert.True(ledger.Faults.Count >= 5, string.Join(", ", ledger.Faults.Keys));

        // Another client, later: the books are the server's, not the client's.
        using var reader = new HttpClient { BaseAddress = server.Address };
        using var json = JsonDocument.Parse(await reader.GetStringAsync(new Uri("/_sandbox/ledger", UriKind.Relative)));
        Assert.Equal(entries.Count, json.RootElement.GetProperty("entries").EnumerateArray().Sum(static entry => entry.GetProperty("timesBilled").GetInt32()));
    }

    private static async Task AskAsync(SandboxServer server, string provider, int number)
    {
        await using var desk = WireDesk.At(provider, server);
        try
        {
            using var response = await desk.SubmitAsync($"{provider} {number}", $"key {number}");
            await WireDesk.ReadAsync(response);
        }
        catch (HttpRequestException)
        {
            // The storm.
        }
    }
}
