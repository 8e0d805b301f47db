using NanoBanana.Engine.Jobs;
using NanoBanana.Sandbox;
using NanoBanana.Survivor;

namespace NanoBanana.Acceptance.Survival;

/// <summary>
/// The process is killed right before and right after each single write of the journal; a fresh one carries on. What comes
/// is the picture, or the honest word that nobody knows; never a second bill.
/// </summary>
public sealed class TransitionTests(ITestOutputHelper output)
{
    private const int FewestWrites = 4; // Intent, the start of the sending, what the provider answered, Received.
    private const int MostWrites = 12;

    /// <summary>Name, order, and whether the provider's books can be asked for a submit that nobody heard the answer to.</summary>
    public static TheoryData<string> Scenarios => [.. Table.Keys];

    private static readonly Dictionary<string, (Order Order, bool CanBeFoundAgain)> Table = new(StringComparer.Ordinal)
    {
        ["Fal"] = (new Order("Fal", string.Empty), true),
        ["Fal, two pictures"] = (new Order("Fal", string.Empty) { Count = 2 }, true),
        ["Fal, direct"] = (new Order("Fal", string.Empty) { Direct = true }, true),
        ["Fal, direct, picture inside the answer"] = (new Order("Fal", string.Empty) { Direct = true, SyncMode = true }, false),
        ["ApiDot"] = (new Order("ApiDot", string.Empty), false),
        ["Apiframe"] = (new Order("Apiframe", string.Empty), true),
        ["Apiframe, with a file to edit"] = (new Order("Apiframe", string.Empty) { Reference = "any" }, true),
        ["ApiMaster"] = (new Order("ApiMaster", string.Empty), false),
        ["ApiMaster, direct"] = (new Order("ApiMaster", string.Empty) { Direct = true }, false),
        ["Prospolabs"] = (new Order("Prospolabs", string.Empty), false),
    };

    [Theory]
    [MemberData(nameof(Scenarios))]
    public async Task A_death_at_any_write_costs_no_picture_and_no_second_bill(string scenario)
    {
        (Order order, bool canBeFoundAgain) = Table[scenario];
        await using Shipyard yard = await Shipyard.OpenAsync();
        if (order.Reference is not null) order = order with { Reference = yard.Write("reference.png", Png()) };

        List<(Order Order, int Write, DeathCause At)> deaths = await DieAsync(yard, order);
        int writes = deaths.Max(death => death.Write);
        Assert.True(writes >= FewestWrites, $"{writes} writes");
        await yard.SettleAsync();
        Voyage voyage = await yard.SendHomeAsync(yard.Orders() with { AsksAgain = true });
        await yard.SettleAsync();

        IReadOnlyList<JobRecord> jobs = yard.Journal();
        IReadOnlyList<LedgerEntry> ledger = yard.Ledger.Snapshot();
        foreach ((Order one, int write, DeathCause at) in deaths)
        {
            JobRecord? job = jobs.SingleOrDefault(known => known.Prompt == one.Prompt);
            LedgerEntry? entry = ledger.SingleOrDefault(known => known.Prompt == one.Prompt); // A second would be a second bill.
            output.WriteLine($"{at} {write}: {(entry is null ? "not ordered" : entry.State.ToString())}, {job?.State.ToString() ?? "not in the journal"} {job?.ErrorMessage}");
            Assert.True(entry is null or { State: LedgerState.Billed, Tally.Billed: 1 });
            Assert.Equal((write, at) == (1, DeathCause.BeforeWrite), job is null);
            if (job is null) Assert.Null(entry);
            else AssertEnd(job, entry, canBeFoundAgain);
        }

        // Whatever was killed after it heard the answer has its picture.
        int received = jobs.Count(job => job.State == NBJobState.Received);
        Assert.True(received >= (2 * writes) - 5, voyage.ToString());
        Assert.Equal(received * order.Count, yard.Files.Count);
    }

    /// <summary>Sends the program out to die at the first write, then at the second, until it survives.</summary>
    private static async Task<List<(Order Order, int Write, DeathCause At)>> DieAsync(Shipyard yard, Order order)
    {
        var deaths = new List<(Order, int, DeathCause)>();
        for (int write = 1; write <= MostWrites; write++)
        {
            foreach (DeathCause at in new[] { DeathCause.BeforeWrite, DeathCause.AfterWrite })
            {
                Order one = order with { Prompt = $"killed {at} {write}" };
                Voyage voyage = await yard.SendAsync(yard.Orders(one) with { Resumes = false, Death = new Death(at, write) });
                if (voyage.IsHome) return deaths;
                Assert.True(voyage.WasKilled, voyage.ToString());
                deaths.Add((one, write, at));
            }
        }

        throw new InvalidOperationException($"A job with more than {MostWrites} writes.");
    }

    private static void AssertEnd(JobRecord job, LedgerEntry? entry, bool canBeFoundAgain)
    {
        if (job.State == NBJobState.Received)
        {
            Assert.Equal(job.Count, job.Pictures.Count);
            Assert.All(job.Pictures, picture => Assert.True(EveryProviderStormTests.IsWhole(picture.Path!)));
            Assert.NotNull(entry);
            return;
        }

        // Either it was never sent, or nobody can find out; the user is told what to do.
        Assert.True(entry is null || !canBeFoundAgain, $"{job.State}: {job.ErrorMessage}");
        Assert.Null(job.Remote);
        Assert.False(string.IsNullOrEmpty(job.ErrorMessage));
        bool isKnownUnsent = job is { State: NBJobState.Failed, SendStarted: false, ErrorId: NBErrorId.JobCancelled };
        Assert.True(isKnownUnsent ? entry is null : job.State == NBJobState.SubmitOutcomeUnknown && job.Provider != "Apiframe", $"{job.State}: {job.ErrorMessage}");
    }

    /// <summary>The smallest picture there is.</summary>
    private static byte[] Png() => Convert.FromBase64String("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==");
}
