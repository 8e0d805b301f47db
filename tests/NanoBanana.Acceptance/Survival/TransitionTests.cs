using NanoBanana.Engine.Jobs;
using NanoBanana.Sandbox;
using NanoBanana.Survivor;

namespace NanoBanana.Acceptance.Survival;

/// <summary>
/// The process is killed right before and right after each single write of the journal; a fresh one carries on. What comes
/// is the picture, or the honest word that nobody knows; never a second bill.
/// </summary>
public sealed class TransitionTests(TransitionTests.Run run, ITestOutputHelper output) : IClassFixture<TransitionTests.Run>
{
    private const int FewestWrites = 4; // Intent, the start of the submit, what the provider answered, Received.
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
    public void A_death_at_any_write_costs_no_picture_and_no_second_bill(string scenario)
    {
        (Order order, bool canBeFoundAgain) = Table[scenario];
        (string Prompt, int Write, DeathCause At)[] deaths = [.. run.Deaths.Where(death => death.Scenario == scenario).Select(death => (death.Prompt, death.Write, death.At))];
        int received = 0;
        foreach ((string prompt, int write, DeathCause at) in deaths)
        {
            JobRecord? job = run.Jobs.SingleOrDefault(known => known.Prompt == prompt);
            LedgerEntry? entry = run.Ledger.SingleOrDefault(known => known.Prompt == prompt); // A second would be a second bill.
            output.WriteLine($"{at} {write}: {(entry is null ? "not ordered" : entry.State.ToString())}, {job?.State.ToString() ?? "not in the journal"} {job?.ErrorMessage}");
            Assert.True(entry is null or { State: LedgerState.Billed, Tally.Billed: 1 });
            Assert.Equal((write, at) == (1, DeathCause.BeforeWrite), job is null);
            if (job is null) Assert.Null(entry);
            else AssertEnd(job, entry, canBeFoundAgain);
            if (job?.State == NBJobState.Received) received++;
        }

        // Whatever was killed after it heard the answer has its image.
        Assert.InRange(deaths.Length / 2, FewestWrites, MostWrites);
        Assert.True(received >= deaths.Length - 5, $"{received} of {deaths.Length}: {run.Told}");
        Assert.All(run.Jobs.Where(job => job.Prompt!.StartsWith($"{scenario}: ", StringComparison.Ordinal)), job => Assert.Equal(order.Count, job.Count));
    }

    [Fact]
    public void Every_image_of_a_received_job_is_a_file_and_there_is_no_other()
    {
        Assert.Equal(
            run.Jobs.Where(job => job.State == NBJobState.Received).SelectMany(job => job.Pictures).Select(picture => Path.GetFileName(picture.Path)).Order(StringComparer.Ordinal),
            run.Files.Order(StringComparer.Ordinal));
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

    /// <summary>All scenarios at once: the program is killed at the first write of every job, then at the second, until every job survives.</summary>
    public sealed class Run : IAsyncLifetime
    {
        private Shipyard? yard;

        /// <summary>The jobs that were killed, and where.</summary>
        internal List<(string Scenario, string Prompt, int Write, DeathCause At)> Deaths { get; } = [];

        internal IReadOnlyList<JobRecord> Jobs { get; private set; } = [];

        internal IReadOnlyList<LedgerEntry> Ledger { get; private set; } = [];

        internal IReadOnlyList<string> Files => yard!.Files;

        internal string Told { get; private set; } = string.Empty;

        public async ValueTask InitializeAsync()
        {
            yard = await Shipyard.OpenAsync();
            string reference = yard.Write("reference.png", Png());
            List<string> left = [.. Table.Keys];
            for (int write = 1; left.Count > 0; write++)
            {
                if (write > MostWrites) throw new InvalidOperationException($"A job with more than {MostWrites} writes.");
                left = await DieAsync(left, reference, write);
            }

            await yard.SettleAsync();
            Told = (await yard.SendHomeAsync(yard.Orders() with { AsksAgain = true, ThrottleLimit = Table.Count })).ToString();
            await yard.SettleAsync();
            Jobs = yard.Journal();
            Ledger = yard.Ledger.Snapshot();
        }

        public ValueTask DisposeAsync() => yard!.DisposeAsync();

        /// <summary>Kills the program right before, then right after a write of every job.</summary>
        /// <returns>The scenarios whose jobs have so many writes.</returns>
        private async Task<List<string>> DieAsync(List<string> scenarios, string reference, int write)
        {
            foreach (DeathCause at in new[] { DeathCause.BeforeWrite, DeathCause.AfterWrite })
            {
                Dictionary<string, Order> orders = scenarios.ToDictionary(scenario => scenario, scenario => Table[scenario].Order with
                {
                    Prompt = $"{scenario}: killed {at} {write}",
                    Reference = Table[scenario].Order.Reference is null ? null : reference,
                });
                Voyage voyage = await yard!.SendAsync(yard.Orders([.. orders.Values]) with { Resumes = false, ThrottleLimit = orders.Count, Death = new Death(at, write) { IsOfEachJob = true } });
                Assert.True(voyage.IsHome || voyage.WasKilled, voyage.ToString());
                if (at == DeathCause.BeforeWrite)
                {
                    // What has its image already has fewer writes.
                    HashSet<string?> survived = [.. yard.Journal().Where(job => job.State == NBJobState.Received).Select(job => job.Prompt)];
                    scenarios = [.. scenarios.Where(scenario => !survived.Contains(orders[scenario].Prompt))];
                    if (scenarios.Count == 0) return [];
                }

                Deaths.AddRange(scenarios.Select(scenario => (scenario, orders[scenario].Prompt, write, at)));
            }

            return scenarios;
        }
    }

    /// <summary>The smallest picture there is.</summary>
    private static byte[] Png() => Convert.FromBase64String("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==");
}
