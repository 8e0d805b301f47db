using NanoBanana.Engine;
using NanoBanana.Engine.Jobs;
using NanoBanana.Sandbox;
using NanoBanana.Sandbox.Faults;
using NanoBanana.Sandbox.Wires;
using NanoBanana.Tests;

namespace NanoBanana.Acceptance;

/// <summary>
/// What a bad network and a bad day do to a paid job, at every provider: which error or picture comes of it, and that no
/// job is ever ordered or billed a second time. Over real sockets.
/// </summary>
public sealed class EveryProviderStormTests
{
    private static readonly string[] Names = [.. ImageEngine.DescribeProviders().Select(provider => provider.Name)];

    /// <summary>Faults that pass by themselves: a picture, and one bill.</summary>
    public static TheoryData<string, string> Passing => Table(
        "{submit}:429=1*5",
        "{submit}:429=date+1",
        "{submit}:429=date+1~-7200",
        "{submit}:429=date+1~7200",
        "{submit}:503-retry=1*2",
        "{submit}:drip=1",
        "{submit}:badlength",
        "{status}:429=1*5",
        "{status}:429=date+1~-7200",
        "{status}:429=date+1~7200",
        "{status}:lost*2",
        "{status}:reset",
        "{status}:badlength",
        "{status}:truncate",
        "{status}:taken=502",
        "{status}:drip=1",
        "result:reset",
        "result:lost",
        "result:badlength",
        "result:drip=1",
        "download:429=1*5",
        "download:429=date+1~-7200",
        "download:lost*2",
        "download:reset*2",
        "download:drip=1");

    /// <summary>Answers to a submit that are lost after the job was taken.</summary>
    public static TheoryData<string, string> Losing => Table(
        "{submit}:lost", "{submit}:reset", "{submit}:malformed", "{submit}:truncate", "{submit}:badlength=-20",
        "{submit}:taken=500", "{submit}:taken=502", "{submit}:taken=503", "{submit}:taken=504");

    [Theory]
    [MemberData(nameof(Passing))]
    public async Task A_fault_that_passes_costs_nothing_more(string provider, string faults)
    {
        await using Stage stage = await Stage.SetAsync(faults);
        NBImage image = (await stage.RunAsync(EveryProviderTests.Request(stage, provider))).Image();

        Assert.Equal([Path.GetFileName(image.Path!)], stage.Files);
        Assert.True(IsWhole(image.Path!));
        LedgerEntry entry = BilledOnce(stage);
        Assert.Equal((1, 1), (entry.Tally.Accepted, entry.Tally.Downloads));
        Assert.NotEmpty(stage.Ledger.Faults);
    }

    [Theory]
    [MemberData(nameof(Losing))]
    public async Task A_job_whose_answer_was_lost_is_billed_once_and_never_ordered_again(string provider, string faults)
    {
        await using Stage stage = await Stage.SetAsync(faults);
        Outcome outcome = await stage.RunAsync(EveryProviderTests.Request(stage, provider));
        await SettledAsync(stage);

        LedgerEntry entry = BilledOnce(stage);
        if (provider == "Apiframe")
        {
            Assert.True(File.Exists(outcome.Image().Path));
            Assert.Equal((2, 2), (entry.Tally.Accepted, stage.Ledger.Requests(WireAction.Submit)));
            return;
        }

        Assert.Equal(NBErrorId.SubmitOutcomeUnknown, outcome.Error().ErrorId);
        Assert.Equal((1, 1), (entry.Tally.Accepted, stage.Ledger.Requests(WireAction.Submit) + stage.Ledger.Requests(WireAction.Direct)));
        Assert.Empty(stage.Files);
    }

    [Theory]
    [InlineData("submit:replay")]
    [InlineData("submit:lost*3")]
    [InlineData("submit:lost, submit:500, submit:reset")]
    public async Task A_key_that_arrives_more_than_once_is_one_job_and_one_bill(string faults)
    {
        await using Stage stage = await Stage.SetAsync(faults);
        NBImage image = (await stage.RunAsync(EveryProviderTests.Request(stage, "Apiframe"))).Image();

        Assert.True(File.Exists(image.Path));
        Assert.True(BilledOnce(stage).Tally.Accepted > 1);
    }

    /// <summary>Nothing was taken under this key with this body, and sending it again would not change that.</summary>
    [Fact]
    public async Task A_key_that_was_used_for_another_body_is_shown_and_not_repeated()
    {
        await using Stage stage = await Stage.SetAsync("submit:conflict");
        NBException error = (await stage.RunAsync(EveryProviderTests.Request(stage, "Apiframe"))).Error();

        Assert.Equal((NBErrorId.InvalidRequest, 409), (error.ErrorId, error.StatusCode));
        Assert.Contains("Idempotency-Key", error.Message, StringComparison.Ordinal);
        Assert.Equal((0, 1), (stage.Ledger.Accepted, stage.Ledger.Requests(WireAction.Submit)));
    }

    /// <summary>The answer stops halfway and nothing more comes: only the time for one attempt can end it.</summary>
    [Theory]
    [InlineData("Fal", "submit:stall", NBErrorId.SubmitOutcomeUnknown)]
    [InlineData("ApiDot", "submit:stall", NBErrorId.SubmitOutcomeUnknown)]
    [InlineData("ApiMaster", "submit:stall", NBErrorId.SubmitOutcomeUnknown)]
    [InlineData("Prospolabs", "direct:stall", NBErrorId.SubmitOutcomeUnknown)]
    [InlineData("Apiframe", "submit:stall", null)]
    [InlineData("Fal", "stream:nostream*, status:stall", null)]
    [InlineData("Fal", "result:stall", null)]
    [InlineData("ApiDot", "status:stall", null)]
    [InlineData("Apiframe", "status:stall", null)]
    [InlineData("ApiMaster", "status:stall", null)]
    [InlineData("Fal", "download:stall", null)]
    [InlineData("ApiDot", "download:stall", null)]
    [InlineData("Apiframe", "download:stall", null)]
    [InlineData("ApiMaster", "download:stall", null)]
    [InlineData("Prospolabs", "download:stall", null)]
    public async Task An_answer_that_never_ends_is_given_up(string provider, string faults, NBErrorId? expected)
    {
        var clock = new ImpatientTimeProvider();
        await using Stage stage = await Stage.SetAsync(faults, clock: clock);
        // A slow machine looks often, and each look takes time of this clock: the job gets more than it can take.
        Task<Outcome> run = stage.RunAsync(new BatchOptions { Timeout = TimeSpan.FromDays(1) }, EveryProviderTests.Request(stage, provider));
        // The fault is entered before the job is: without the job, nothing would be billed.
        while (!run.IsCompleted && !(stage.Ledger.Faults.ContainsKey(FaultKind.Stall) && stage.Ledger.Snapshot().Count > 0)) await Task.Yield();
        // Past the time for one attempt (five minutes at most, ten for a synchronous answer), well before that of the whole job.
        clock.Advance(TimeSpan.FromMinutes(faults.StartsWith("direct", StringComparison.Ordinal) ? 11 : 6));

        Outcome outcome = await run;
        await SettledAsync(stage);
        BilledOnce(stage);
        if (expected is { } id) Assert.Equal(id, outcome.Error().ErrorId);
        else Assert.True(File.Exists(outcome.Image().Path));
    }

    /// <summary>All of it at once, by the dice.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(20261121)]
    public async Task A_storm_bills_each_job_once_and_every_job_has_an_end(int seed)
    {
        const int PerProvider = 40;
        await using Stage stage = await Stage.SetAsync($"storm={seed}", latencyMs: 0);
        Outcome outcome = await stage.RunAsync(
            [.. Names.SelectMany(provider => Enumerable.Range(1, PerProvider).Select(i => stage.Request($"{provider} {i}") with { Provider = provider }))]);
        await SettledAsync(stage);

        IReadOnlyList<LedgerEntry> entries = stage.Ledger.Snapshot();
        Assert.Equal(Names.Length * PerProvider, outcome.Images.Count + outcome.Errors.Count);
        Assert.Equal(entries.Count, stage.Ledger.Billed);
        Assert.All(entries, entry => Assert.Equal(1, entry.Tally.Billed));
        Assert.Equal(entries.Count, entries.Select(entry => entry.Prompt).Distinct(StringComparer.Ordinal).Count());
        HashSet<string> known = [.. entries.Select(entry => entry.Prompt)];
        Assert.All(outcome.Images, image => Assert.Contains(image.Prompt!, known));
        int unaccounted = entries.Count - outcome.Images.Count;
        Assert.True(outcome.Errors.Count >= unaccounted, $"{unaccounted} billed jobs brought no picture, but only {outcome.Errors.Count} errors were told.");
        Assert.True(stage.Ledger.Faults.Count >= 8, string.Join(", ", stage.Ledger.Faults.Keys));
    }

    /// <summary>A job that was taken runs on whether we hear of it or not; its bill comes with its end.</summary>
    private static async Task SettledAsync(Stage stage)
    {
        while (stage.Ledger.Snapshot().Any(entry => entry.State == LedgerState.Accepted)) await Task.Delay(1);
    }

    internal static LedgerEntry BilledOnce(Stage stage)
    {
        LedgerEntry entry = Assert.Single(stage.Ledger.Snapshot());
        Assert.Equal((LedgerState.Billed, 1), (entry.State, entry.Tally.Billed));
        return entry;
    }

    /// <summary>Whether a picture has its end: IEND of a PNG, EOI of a JPEG, all that the head of a WebP announces.</summary>
    internal static bool IsWhole(string path)
    {
        byte[] bytes = File.ReadAllBytes(path);
        return bytes[0] switch
        {
            0x89 => bytes.AsSpan(^8..^4).SequenceEqual("IEND"u8),
            0xFF => bytes.AsSpan(^2..).SequenceEqual((ReadOnlySpan<byte>)[0xFF, 0xD9]),
            _ => System.Buffers.Binary.BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(4)) + 8 == bytes.Length,
        };
    }

    internal static TheoryData<string, string> Table(params string[] faults)
    {
        var data = new TheoryData<string, string>();
        foreach (string provider in Names)
        {
            foreach (string fault in faults)
            {
                if (provider == "Prospolabs" && (fault.Contains("{status}", StringComparison.Ordinal) || fault.StartsWith("result", StringComparison.Ordinal))) continue;
                data.Add(provider, EveryProviderFaultTests.Place(provider, fault));
            }
        }

        return data;
    }
}
