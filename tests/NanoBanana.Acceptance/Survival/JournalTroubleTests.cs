using NanoBanana.Engine;
using NanoBanana.Engine.Jobs;
using NanoBanana.Engine.State;
using NanoBanana.Sandbox;
using NanoBanana.Sandbox.Wires;
using NanoBanana.Survivor;

namespace NanoBanana.Acceptance.Survival;

/// <summary>A journal that cannot be written, or not be read: clear words, nothing is ordered that is not written down, and nothing is lost.</summary>
public sealed class JournalTroubleTests
{
    private static readonly string[] Names = [.. ImageEngine.DescribeProviders().Select(provider => provider.Name)];

    public static TheoryData<string> Providers => [.. Names];

    [Theory]
    [MemberData(nameof(Providers))]
    public async Task Nothing_is_ordered_when_the_state_folder_cannot_be_made(string provider)
    {
        await using Shipyard yard = await Shipyard.OpenAsync();
        yard.State = Ground.BelowAFile(yard);
        await AssertNothingIsOrderedAsync(yard, provider);
    }

    [Theory]
    [MemberData(nameof(Providers))]
    public async Task Nothing_is_ordered_when_the_state_folder_is_read_only(string provider)
    {
        await using Shipyard yard = await Shipyard.OpenAsync();
        string? folder = Ground.ReadOnly(yard);
        if (folder is null) Assert.Skip("No folder is read-only for this user.");

        yard.State = folder;
        await AssertNothingIsOrderedAsync(yard, provider);
    }

    [Theory]
    [MemberData(nameof(Providers))]
    public async Task Nothing_is_ordered_when_the_disk_is_full(string provider)
    {
        await using Shipyard yard = await Shipyard.OpenAsync();
        using SmallDisk? disk = Ground.Small(yard, 64);
        if (disk is null) Assert.Skip("This user may mount no small disk.");

        yard.State = disk.Folder;
        disk.Fill();
        await AssertNothingIsOrderedAsync(yard, provider);

        // With some space it goes on as if nothing had been.
        disk.Clear();
        using ImageEngine engine = yard.Engine();
        Assert.True(File.Exists((await RunAsync(engine, yard.Request(provider, "now"))).Image().Path));
    }

    /// <summary>No file may grow at all: full for whoever writes, and needs no rights to set up.</summary>
    [Fact]
    public async Task Nothing_is_ordered_when_no_byte_can_be_written()
    {
        if (OperatingSystem.IsWindows()) Assert.Skip("There is no ulimit.");

        await using Shipyard yard = await Shipyard.OpenAsync();
        Voyage voyage = await yard.SendAsync(
            yard.Orders([.. Names.Select(name => new Order(name, name))]),
            "env", "DOTNET_EnableWriteXorExecute=0", "DOTNET_EnableDiagnostics=0", "sh", "-c", "trap '' XFSZ; ulimit -f 0; exec \"$@\"", "sh");

        Assert.True(voyage.IsHome, voyage.ToString());
        string[] told = voyage.Told.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(Names.Length, told.Length);
        Assert.All(told, AssertSaysThatNothingWasSent);
        AssertNothingWasSent(yard);
    }

    [Theory]
    [MemberData(nameof(Providers))]
    public async Task What_was_ordered_comes_even_when_the_disk_fills_up_meanwhile(string provider)
    {
        await using Shipyard yard = await Shipyard.OpenAsync();
        using SmallDisk? disk = Ground.Small(yard, 64);
        if (disk is null) Assert.Skip("This user may mount no small disk.");

        yard.State = disk.Folder;
        using ImageEngine engine = yard.Engine((job, isBefore) =>
        {
            if (isBefore && job.Remote is not null) disk.Fill();
        });
        Outcome outcome = await RunAsync(engine, yard.Request(provider, "paid"));

        // It is here, and should the process have died, the user was told how the provider knows it.
        Assert.True(EveryProviderStormTests.IsWhole(outcome.Image().Path!));
        LedgerEntry entry = Assert.Single(yard.Ledger.Snapshot());
        Assert.Contains(entry.JobId, Assert.Single(outcome.Warnings), StringComparison.Ordinal);
        Assert.Equal((NBJobState.Intent, 1), (Assert.Single(yard.Journal()).State, entry.Tally.Billed));

        // The journal knows no more than the intent. Who carries on from there finds the same job, or says that it is open.
        disk.Clear();
        await yard.SendHomeAsync(yard.Orders());
        JobRecord job = Assert.Single(yard.Journal());
        Assert.Equal(provider is "Fal" or "Apiframe" ? NBJobState.Received : NBJobState.SubmitOutcomeUnknown, job.State);
        Assert.Single(yard.Files);
        Assert.Equal(1, Assert.Single(yard.Ledger.Snapshot()).Tally.Billed);
    }

    [Fact]
    public async Task Another_users_journal_is_told_in_words_and_nothing_is_ordered()
    {
        await using Shipyard yard = await Shipyard.OpenAsync();
        await yard.SendHomeAsync(yard.Orders(new Order("Fal", "mine")));
        string[] another = await AnotherUserAsync(yard);
        if (another.Length == 0) Assert.Skip("No program can be run as another user here.");

        Voyage voyage = await yard.SendAsync(yard.Orders(new Order("Fal", "theirs")), another);
        Assert.True(voyage.IsHome, voyage.ToString());
        string[] told = voyage.Told.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);
        Assert.All(told[..^1], line => Assert.StartsWith("JournalUnavailable: ", line, StringComparison.Ordinal));
        Assert.Contains("NB_STATE_PATH", told[0], StringComparison.Ordinal);
        AssertSaysThatNothingWasSent(told[^1]);

        // Nothing of it was moved or changed.
        Assert.Equal(("mine", NBJobState.Received), (Assert.Single(yard.Journal()).Prompt, Assert.Single(yard.Journal()).State));
        Assert.Equal("mine", Assert.Single(yard.Ledger.Snapshot()).Prompt);
    }

    [Fact]
    public async Task Damaged_files_are_set_aside_and_told_and_the_others_are_carried_on()
    {
        await using Shipyard yard = await Shipyard.OpenAsync();
        using (ImageEngine first = yard.Engine())
        {
            await RunAsync(first, [.. Enumerable.Range(1, 6).Select(number => yard.Request("Fal", $"job {number}") with { NoWait = true })]);
        }

        string folder = new StateFolder(yard.State).Jobs(sandbox: false);
        string[] files = [.. yard.Journal().OrderBy(job => job.Prompt, StringComparer.Ordinal).Select(job => Directory.GetFiles(folder, $"{job.Id}.json", SearchOption.AllDirectories).Single())];
        Assert.Equal(6, files.Length);
        byte[] whole = await File.ReadAllBytesAsync(files[0]);
        await File.WriteAllBytesAsync(files[0], whole[..(whole.Length / 2)]);
        await File.WriteAllBytesAsync(files[1], []);
        await File.WriteAllBytesAsync(files[2], new byte[whole.Length]);
        await File.WriteAllBytesAsync(files[3], whole); // Another job's.
        await File.WriteAllTextAsync(files[4], "{}");

        Voyage voyage = await yard.SendHomeAsync(yard.Orders());

        string[] told = voyage.Told.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(5, told.Length);
        Assert.All(told, line => Assert.StartsWith("JournalDamaged: ", line, StringComparison.Ordinal));
        Assert.All(files[..5], file => Assert.Contains(told, line => line.Contains(file, StringComparison.Ordinal)));
        Assert.Equal(files[..5].Select(Path.GetFileName).Order(StringComparer.Ordinal), Directory.GetFiles(Path.Combine(folder, "aside")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal(("job 6", NBJobState.Received), (Assert.Single(yard.Journal()).Prompt, Assert.Single(yard.Journal()).State));
        Assert.Single(yard.Files);
        Assert.Equal(6, yard.Ledger.Accepted);
    }

    private static async Task AssertNothingIsOrderedAsync(Shipyard yard, string provider)
    {
        using ImageEngine engine = yard.Engine();
        Outcome outcome = await RunAsync(engine, yard.Request(provider, "never sent"));

        NBException error = outcome.Error();
        Assert.Equal(NBErrorId.OutputWriteFailed, error.ErrorId);
        AssertSaysThatNothingWasSent($"{error.ErrorId}: {error.Message}");
        AssertNothingWasSent(yard);
    }

    private static void AssertNothingWasSent(Shipyard yard)
    {
        Assert.Equal((0, 0, 0), (yard.Ledger.Accepted, yard.Ledger.Requests(WireAction.Submit), yard.Ledger.Requests(WireAction.Direct)));
        Assert.Empty(yard.Files);
    }

    private static void AssertSaysThatNothingWasSent(string line)
    {
        Assert.StartsWith("OutputWriteFailed: ", line, StringComparison.Ordinal);
        Assert.Contains("nothing was sent", line, StringComparison.Ordinal);
        Assert.Contains("NB_STATE_PATH", line, StringComparison.Ordinal);
    }

    /// <summary>What a program is started with to belong to somebody who may not read this user's files.</summary>
    private static async Task<string[]> AnotherUserAsync(Shipyard yard)
    {
        if (OperatingSystem.IsWindows()) return [];
        string root = Path.GetDirectoryName(yard.Output)!;
        File.SetUnixFileMode(root, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
        File.SetUnixFileMode(yard.Output, File.GetUnixFileMode(root) | UnixFileMode.OtherWrite);
        string[] nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
        if (!Ground.Run(nobody[0], [.. nobody[1..], "true"])) return [];

        // The program itself may lie where only its owner may read.
        Voyage voyage = await yard.SendAsync(yard.Orders() with { State = Path.Combine(yard.Output, "state") }, nobody);
        return voyage.IsHome ? nobody : [];
    }

    private static async Task<Outcome> RunAsync(ImageEngine engine, params IReadOnlyList<Engine.Requests.ImageRequest> requests)
    {
        var events = new List<JobEvent>();
        await foreach (JobEvent next in engine.RunAsync(Stage.Stream(requests), new BatchOptions())) events.Add(next);
        return new Outcome(events);
    }
}
