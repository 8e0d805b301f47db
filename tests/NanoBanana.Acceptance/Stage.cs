using NanoBanana.Engine;
using NanoBanana.Engine.Jobs;
using NanoBanana.Engine.Requests;
using NanoBanana.Engine.Transport;
using NanoBanana.Sandbox;
using NanoBanana.Sandbox.Faults;
using NanoBanana.Sandbox.Server;
using NanoBanana.Tests;

namespace NanoBanana.Acceptance;

/// <summary>A sandbox on a real socket, an engine that is pointed at it, and a folder: what one test plays on.</summary>
internal sealed class Stage : IAsyncDisposable
{
    /// <summary>The key of these tests; it must be found nowhere.</summary>
    public const string CanaryKey = "canary-7f3a9c51e0b24d68";

    private readonly SandboxServer server;

    private Stage(SandboxServer server, ImageEngine engine, string folder)
    {
        this.server = server;
        Engine = engine;
        Folder = folder;
    }

    public ImageEngine Engine { get; }

    public string Folder { get; }

    public SandboxLedger Ledger => server.Simulator.Ledger;

    public SandboxServer Server => server;

    /// <summary>The files that were left, partial ones too.</summary>
    public IReadOnlyList<string> Files => [.. Directory.EnumerateFiles(Folder).Select(file => Path.GetFileName(file))];

    public static async Task<Stage> SetAsync(string faults = "", int latencyMs = 20, TimeProvider? serverClock = null, TimeProvider? clock = null)
    {
        SandboxServer started = await SandboxServer.StartAsync(new SandboxServerOptions
        {
            Sandbox = new SandboxOptions { Latency = TimeSpan.FromMilliseconds(latencyMs), Faults = FaultPlan.Parse(faults) },
            TimeProvider = serverClock ?? TimeProvider.System,
        });
        var engine = new ImageEngine(new EngineOptions
        {
            Key = _ => SecretKey.FromText(CanaryKey),
            ReadVariable = name => BaseUri(started, name),
            TimeProvider = clock ?? new ImpatientTimeProvider(),
        });
        return new Stage(started, engine, Directory.CreateTempSubdirectory("nb-acceptance-").FullName);
    }

    public ImageRequest Request(string prompt = "a lighthouse at dusk") => new() { Prompt = prompt, Output = new OutputOptions { Directory = Folder } };

    public Task<Outcome> RunAsync(params ImageRequest[] requests) => RunAsync(new BatchOptions(), requests);

    public async Task<Outcome> RunAsync(BatchOptions options, params ImageRequest[] requests)
    {
        var events = new List<JobEvent>();
        await foreach (JobEvent next in Engine.RunAsync(Stream(requests), options)) events.Add(next);
        return new Outcome(events);
    }

    /// <summary>NB_FAL_BASEURI leads to /fal, and so on for each provider.</summary>
    private static string? BaseUri(SandboxServer server, string variable)
    {
        string name = variable.Replace("NB_", string.Empty, StringComparison.Ordinal).Replace("_BASEURI", string.Empty, StringComparison.Ordinal);
        return new Uri(server.Address, name.ToLowerInvariant()).AbsoluteUri;
    }

    public static async IAsyncEnumerable<ImageRequest> Stream(IEnumerable<ImageRequest> requests)
    {
        foreach (ImageRequest request in requests)
        {
            await Task.Yield();
            yield return request;
        }
    }

    public async ValueTask DisposeAsync()
    {
        Engine.Dispose();
        await server.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
    }
}

/// <summary>What a run brought.</summary>
internal sealed record Outcome(IReadOnlyList<JobEvent> Events)
{
    public IReadOnlyList<NBImage> Images => [.. Events.OfType<ImageReceived>().Select(next => next.Image)];

    public IReadOnlyList<NBException> Errors => [.. Events.OfType<JobFailed>().Select(next => next.Error)];

    public IReadOnlyList<string> Warnings => [.. Events.OfType<LogLine>().Where(line => line.Level == LogLevel.Warning).Select(line => line.Text)];

    /// <summary>The one picture of a run that must have brought one.</summary>
    public NBImage Image()
    {
        Assert.True(Errors.Count == 0, $"{Errors.FirstOrDefault()?.ErrorId}: {Errors.FirstOrDefault()?.Message}");
        return Assert.Single(Images);
    }

    /// <summary>The one error of a run that must have brought one, and no picture.</summary>
    public NBException Error()
    {
        Assert.Empty(Images);
        return Assert.Single(Errors);
    }

    /// <summary>Every text of the run, for the search of what must not be in it.</summary>
    public string AllText() => string.Join('\n', Events.Select(next => next is JobFailed failed ? $"{failed} {failed.Error}" : next.ToString()));
}
