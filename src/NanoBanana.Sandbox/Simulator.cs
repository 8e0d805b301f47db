using NanoBanana.Sandbox.Faults;
using NanoBanana.Sandbox.Jobs;
using NanoBanana.Sandbox.Storage;
using NanoBanana.Sandbox.Wires;

namespace NanoBanana.Sandbox;

/// <summary>
/// The providers, simulated: their jobs, files and ledger. Thread-safe. Several handlers and servers can stand before
/// one simulator, each with its own faults; a job made through one is seen through all.
/// </summary>
public sealed class Simulator
{
    /// <summary>A new simulator with nothing in it.</summary>
    /// <param name="timeProvider">The clock jobs run by; null means the system's.</param>
    public Simulator(TimeProvider? timeProvider = null)
    {
        Clock = timeProvider ?? TimeProvider.System;
        Jobs = new JobStore(Clock, Media, Ledger);
    }

    /// <summary>The providers this simulator can be, with their hosts.</summary>
    public static IReadOnlyList<SimulatedProvider> Providers => WireRegistry.Providers;

    public SandboxLedger Ledger { get; } = new();

    internal TimeProvider Clock { get; }

    internal MediaStore Media { get; } = new();

    internal JobStore Jobs { get; }

    internal ReplayBook Replays { get; } = new();

    /// <summary>
    /// A transport for an HttpClient: https requests to the providers' official hosts are answered here, any other
    /// address fails as an unknown host. Each handler runs its own schedule of faults.
    /// </summary>
    public HttpMessageHandler CreateHandler(SandboxOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return new SimulatorHandler(this, options);
    }

    /// <summary>Forgets every job, file and bill; jobs still running are cancelled.</summary>
    public void Reset()
    {
        Jobs.Clear();
        Replays.Clear();
        Media.Clear();
        Ledger.Clear();
    }

    /// <summary>Answers one request: the core behind every way in.</summary>
    /// <exception cref="ArgumentException">The request's host belongs to no provider.</exception>
    public async ValueTask<SandboxResponse> HandleAsync(
        SandboxRequest request, SandboxOptions options, FaultSchedule faults, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(faults);
        var wire = WireRegistry.ForHost(request.Host)
            ?? throw new ArgumentException($"No simulated provider has the host '{request.Host}'.", nameof(request));
        var call = wire.Classify(request);
        Ledger.Note(call, request.Host, request.Headers.ContainsKey("Authorization") || request.Headers.ContainsKey("X-API-Key"));
        var exchange = new Exchange(this, request, options, call);
        var hasKey = wire.HonoursIdempotencyKey && request.Headers.ContainsKey("Idempotency-Key");
        var strike = faults.Take(new Target(wire.Provider.Name, call.Action, BringsResult(wire, call), hasKey));
        Ledger.Note(strike);
        var answer = await FaultInjector.AnswerAsync(wire, exchange, strike, cancellationToken).ConfigureAwait(false);
        if (call.Action == WireAction.Download && request.Method is "GET" && Media.Find(request.Path)?.JobId is { } jobId)
            Ledger.NoteDownload(jobId, strike.LeavesBodyWhole && MediaAnswer.ReachesTheEnd(answer));
        return answer;
    }

    private bool BringsResult(IProviderWire wire, WireCall call) =>
        wire.ResultRidesOnStatus && call is { Action: WireAction.Status, JobId: { } id } && Jobs.Find(id)?.Look().Phase == JobPhase.Ended;
}
