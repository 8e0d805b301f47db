using System.Globalization;
using NanoBanana.Engine;
using NanoBanana.Engine.Jobs;
using NanoBanana.Sandbox;
using NanoBanana.Sandbox.Faults;
using NanoBanana.Survivor;

namespace NanoBanana.Acceptance.Survival;

/// <summary>
/// Every provider on a bad day, and a process that is killed again and again while it orders: nothing is billed twice, and
/// nothing that is paid for is lost.
/// </summary>
public sealed class StormTests(ITestOutputHelper output)
{
    private const int Workers = 32;
    private const int MostWrites = 900; // Some 8,000 are needed for 2,000 jobs.
    private const int MostCalls = 2_000;

    private static readonly string[] Names = [.. ImageEngine.DescribeProviders().Select(provider => provider.Name)];

    [Theory]
    [InlineData(20261121, 400)]
    public async Task Every_job_of_a_storm_is_billed_once_and_has_its_end(int seed, int perProvider)
    {
        await using Shipyard yard = await Shipyard.OpenAsync(FaultPlan.Storm(seed));
        Order[] pictures = Pictures(perProvider);
        new Random(seed).Shuffle(pictures);
        Orders orders = yard.Orders(pictures) with { ThrottleLimit = Workers };

        (int deaths, int lives) = await WeatherAsync(yard, orders, new Random(seed));
        await yard.SettleAsync();

        // The weather clears up; what nobody knows the outcome of is asked for once more.
        string faults = string.Join(", ", yard.Ledger.Faults.OrderBy(fault => fault.Key).Select(fault => $"{fault.Key} {fault.Value}"));
        yard.Server.SetFaults(FaultPlan.None);
        Voyage last = await yard.SendHomeAsync(orders with { AsksAgain = true });

        IReadOnlyList<JobRecord> jobs = yard.Journal();
        IReadOnlyList<LedgerEntry> ledger = yard.Ledger.Snapshot();
        Print(jobs, ledger);
        Show($"seed {seed}: killed {deaths} times in {lives} lives; faults: {faults}");
        output.WriteLine(last.Told);
        Assert.True(deaths >= 5, $"Only {deaths} deaths: nothing is proved.");
        AssertBilledOnce(pictures, ledger);
        AssertAllHaveTheirEnd(pictures, jobs, ledger);
        AssertAllPicturesAreThere(yard, jobs);
    }

    /// <summary>Lives and dies until all is done.</summary>
    private static async Task<(int Deaths, int Lives)> WeatherAsync(Shipyard yard, Orders orders, Random dice)
    {
        (int deaths, int lives) = (0, 0);
        while (true)
        {
            Death death = dice.Next(3) switch
            {
                0 => new Death(DeathCause.BeforeWrite, dice.Next(1, MostWrites)),
                1 => new Death(DeathCause.AfterWrite, dice.Next(1, MostWrites)),
                _ => new Death(DeathCause.Call, dice.Next(1, MostCalls)),
            };
            Voyage voyage = await yard.SendAsync(orders with { Death = death });
            lives++;
            Assert.True(voyage.IsHome || voyage.WasKilled, voyage.ToString());
            if (voyage.WasKilled) deaths++;
            else if (yard.Journal().All(job => IsSettled(job.State))) return (deaths, lives);
            Assert.True(lives < 200, $"There is no end to it: {voyage}");
        }
    }

    /// <summary>Every provider's prompts, each of its own words: in the books, they tell the jobs apart.</summary>
    private static Order[] Pictures(int perProvider) =>
    [
        .. Names.SelectMany(provider => Enumerable.Range(1, perProvider).Select(number => new Order(provider, string.Create(CultureInfo.InvariantCulture, $"{provider} {number}"))
        {
            IsSmall = provider is not ("ApiMaster" or "Prospolabs"),
            Direct = provider is "Fal" or "ApiMaster" && number % 10 == 0,
        })),
    ];

    private static bool IsSettled(NBJobState state) =>
        state is NBJobState.Received or NBJobState.Failed or NBJobState.Cancelled or NBJobState.Expired or NBJobState.SubmitOutcomeUnknown;

    private static void AssertBilledOnce(Order[] pictures, IReadOnlyList<LedgerEntry> ledger)
    {
        Assert.All(ledger, entry => Assert.Equal((LedgerState.Billed, 1), (entry.State, entry.Tally.Billed)));
        Assert.Equal(ledger.Count, ledger.Select(entry => entry.JobId).Distinct(StringComparer.Ordinal).Count());

        // Each prompt was ordered by one job: a second entry for it would be a second bill.
        Assert.Empty(ledger.GroupBy(entry => entry.Prompt).Where(same => same.Count() > 1).Select(same => same.Key));
        Assert.Empty(ledger.Select(entry => entry.Prompt).Except(pictures.Select(order => order.Prompt)));
        LedgerEntry[] keyed = [.. ledger.Where(entry => entry.IdempotencyKey is not null)];
        Assert.NotEmpty(keyed);
        Assert.Equal(keyed.Length, keyed.Select(entry => entry.IdempotencyKey).Distinct(StringComparer.Ordinal).Count());
    }

    private static void AssertAllHaveTheirEnd(Order[] pictures, IReadOnlyList<JobRecord> jobs, IReadOnlyList<LedgerEntry> ledger)
    {
        Assert.Equal(pictures.Select(order => order.Prompt).Order(StringComparer.Ordinal), jobs.Select(job => job.Prompt!).Order(StringComparer.Ordinal));
        Assert.Empty(jobs.Where(job => !IsSettled(job.State)).Select(Describe));
        Assert.Empty(jobs.Where(job => job.State != NBJobState.Received && (job.ErrorId is null || string.IsNullOrEmpty(job.ErrorMessage))).Select(Describe));

        Dictionary<string, LedgerEntry> billed = ledger.ToDictionary(entry => entry.Prompt, StringComparer.Ordinal);
        foreach (JobRecord job in jobs)
        {
            bool isBilled = billed.TryGetValue(job.Prompt!, out LedgerEntry? entry);
            if (job.State == NBJobState.Received) Assert.True(isBilled && job.Remote!.Id is var id && (id == entry!.JobId || id == "direct"), Describe(job));

            // What is paid for is here, or open where the provider lets nobody look: never given up.
            else if (isBilled) Assert.True(job.State == NBJobState.SubmitOutcomeUnknown && job.Provider is not ("Fal" or "Apiframe"), Describe(job));
        }
    }

    private static void AssertAllPicturesAreThere(Shipyard yard, IReadOnlyList<JobRecord> jobs)
    {
        string[] paths = [.. jobs.Where(job => job.State == NBJobState.Received).SelectMany(job => job.Pictures).Select(picture => picture.Path!)];
        Assert.All(paths, path => Assert.True(File.Exists(path) && EveryProviderStormTests.IsWhole(path), path));
        Assert.Equal(paths.Select(Path.GetFileName).Order(StringComparer.Ordinal), yard.Files.Order(StringComparer.Ordinal));
    }

    private static string Describe(JobRecord job) => $"{job.Id} {job.Prompt}: {job.State}, remote {job.Remote?.Id}, {job.ErrorId}: {job.ErrorMessage}";

    /// <summary>Lines that begin so stand in the summary of the whole test run.</summary>
    private void Show(string line) => output.WriteLine("SHOWN " + line);

    private void Print(IReadOnlyList<JobRecord> jobs, IReadOnlyList<LedgerEntry> ledger)
    {
        Show("provider    ordered accepted billed received failed unknown other");
        foreach (string name in Names.Append("all"))
        {
            JobRecord[] mine = [.. jobs.Where(job => name == "all" || job.Provider == name)];
            LedgerEntry[] books = [.. ledger.Where(entry => name == "all" || entry.Provider == name)];
            int received = mine.Count(job => job.State == NBJobState.Received);
            int failed = mine.Count(job => job.State == NBJobState.Failed);
            int unknown = mine.Count(job => job.State == NBJobState.SubmitOutcomeUnknown);
            Show(string.Create(
                CultureInfo.InvariantCulture,
                $"{name,-11} {mine.Length,7} {books.Length,8} {books.Count(entry => entry.State == LedgerState.Billed),6} {received,8} {failed,6} {unknown,7} {mine.Length - received - failed - unknown,5}"));
        }
    }
}
