using System.Diagnostics;
using System.Text.Json;
using NanoBanana.Engine;
using NanoBanana.Engine.Jobs;
using NanoBanana.Engine.Jobs.Journal;
using NanoBanana.Engine.Requests;
using NanoBanana.Engine.State;
using NanoBanana.Engine.Transport;
using NanoBanana.Sandbox;
using NanoBanana.Sandbox.Faults;
using NanoBanana.Sandbox.Server;
using NanoBanana.Survivor;
using NanoBanana.Tests;

namespace NanoBanana.Acceptance.Survival;

/// <summary>
/// A sandbox that lives on, a journal, a folder for pictures, and a program that is sent out with orders, as a process of
/// its own, and may be killed on the way.
/// </summary>
internal sealed class Shipyard : IAsyncDisposable
{
    /// <summary>What the system says of a process that was killed: 128, and SIGKILL.</summary>
    public const int Killed = 137;

    private const int Haste = 20;

    private readonly SandboxServer server;
    private readonly string root = Directory.CreateTempSubdirectory("nb-survival-").FullName;
    private readonly DateTimeOffset epoch;

    private Shipyard(SandboxServer server, DateTimeOffset epoch)
    {
        this.server = server;
        this.epoch = epoch;
        Output = Directory.CreateDirectory(Path.Combine(root, "out")).FullName;
        State = Path.Combine(root, "state");
    }

    public string Output { get; }

    public string State { get; set; }

    public SandboxServer Server => server;

    public SandboxLedger Ledger => server.Simulator.Ledger;

    /// <summary>The names of the files in the folder for pictures.</summary>
    public IReadOnlyList<string> Files => [.. Directory.EnumerateFiles(Output).Select(file => Path.GetFileName(file)!)];

    public static async Task<Shipyard> OpenAsync(FaultPlan? faults = null)
    {
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        SandboxServer started = await SandboxServer.StartAsync(new SandboxServerOptions
        {
            Sandbox = new SandboxOptions { Latency = TimeSpan.FromMilliseconds(20), Faults = faults ?? FaultPlan.None },
            TimeProvider = new HastyTimeProvider(now, Haste),
        });
        return new Shipyard(started, now);
    }

    public Orders Orders(params IReadOnlyList<Order> pictures) => new()
    {
        Server = server.Address,
        State = State,
        Output = Output,
        Epoch = epoch,
        Haste = Haste,
        Pictures = pictures,
    };

    /// <summary>Writes a file that a test needs.</summary>
    /// <returns>Its full path.</returns>
    public string Write(string name, byte[] content)
    {
        string path = Path.Combine(root, name);
        File.WriteAllBytes(path, content);
        return path;
    }

    /// <summary>Sends the program out.</summary>
    /// <param name="orders">What it is told.</param>
    /// <param name="prefix">A program, with its arguments, that starts it in another world; none for this one.</param>
    public async Task<Voyage> SendAsync(Orders orders, params IReadOnlyList<string> prefix)
    {
        string file = Path.Combine(root, $"orders-{Guid.NewGuid():n}.json");
        await File.WriteAllTextAsync(file, JsonSerializer.Serialize(orders));
        string[] command = [.. prefix, Environment.ProcessPath is { } host && Path.GetFileNameWithoutExtension(host) == "dotnet" ? host : "dotnet", typeof(Orders).Assembly.Location, file];
        using Process process = Process.Start(new ProcessStartInfo(command[0], command[1..])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        })!;
        Task<string> told = process.StandardOutput.ReadToEndAsync();
        Task<string> cried = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return new Voyage(process.ExitCode, await told, await cried);
    }

    /// <summary>Sends the program out; it must come home.</summary>
    public async Task<Voyage> SendHomeAsync(Orders orders)
    {
        Voyage voyage = await SendAsync(orders);
        Assert.True(voyage.IsHome, voyage.ToString());
        return voyage;
    }

    /// <summary>An engine of this process, with the journal of the state folder.</summary>
    /// <param name="onWrite">Is told of each write, before (true) and after it (false).</param>
    public ImageEngine Engine(Action<JobRecord, bool>? onWrite = null)
    {
        var clock = new HastyTimeProvider(epoch, Haste);
        var journal = new FileJobJournal(new StateFolder(State).Jobs(sandbox: false), new FileJobJournalOptions { TimeProvider = clock }, onWrite);
        return new ImageEngine(
            new EngineOptions
            {
                Key = static _ => SecretKey.FromText(Stage.CanaryKey),
                ReadVariable = variable => new Uri(server.Address, variable["NB_".Length..^"_BASEURI".Length].ToLowerInvariant()).AbsoluteUri,
                TimeProvider = clock,
                UsualDuration = TimeSpan.FromMilliseconds(20),
            },
            journal);
    }

    public ImageRequest Request(string provider, string prompt) => new() { Prompt = prompt, Provider = provider, Output = new OutputOptions { Directory = Output } };

    /// <summary>All jobs of the journal; a file that is none fails the test.</summary>
    public IReadOnlyList<JobRecord> Journal() =>
        [.. new FileJobJournal(new StateFolder(State).Jobs(sandbox: false)).Read(new JobQuery(), error => Assert.Fail(error.Message))];

    /// <summary>Waits until every job that was taken has ended: it runs on whether anybody hears of it or not, and is billed at its end.</summary>
    public async Task SettleAsync()
    {
        while (Ledger.Snapshot().Any(entry => entry.State == LedgerState.Accepted)) await Task.Delay(1);
    }

    public async ValueTask DisposeAsync()
    {
        await server.DisposeAsync();
        Directory.Delete(root, recursive: true);
    }
}

/// <summary>What came of sending the program out.</summary>
/// <param name="ExitCode">0 when it came home; see <see cref="Shipyard.Killed"/>.</param>
/// <param name="Told">Its errors and warnings.</param>
/// <param name="Cried">What it died of, when it was not killed.</param>
internal sealed record Voyage(int ExitCode, string Told, string Cried)
{
    public bool IsHome => ExitCode == 0;

    public bool WasKilled => ExitCode == Shipyard.Killed;
}
