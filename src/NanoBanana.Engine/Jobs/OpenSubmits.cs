using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.InteropServices;

namespace NanoBanana.Engine.Jobs;

/// <summary>
/// The submits of this process that are under way, whichever command began them. The end of a command does not cut them off, and
/// the process waits for them before it ends.
/// </summary>
/// <remarks>
/// <see cref="OfThisProcess"/> is static state, which nothing else here has: a command, a runspace and an engine end before the
/// process does, and only the process knows of all submits.
/// </remarks>
public sealed class OpenSubmits
{
    /// <summary>How long the end of the process waits at most; the answers of most synchronous calls come within a minute.</summary>
    private static readonly TimeSpan MaxExitWait = TimeSpan.FromMinutes(2);

    private readonly object gate = new();
    private readonly ConcurrentDictionary<string, OpenSubmit> open = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource closing = new();
    private readonly TaskCompletionSource leave = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly bool watchesExit;
    private PosixSignalRegistration[] signals = [];
    private int waits;

    /// <summary>A registry of its own, which no exit of the process waits for.</summary>
    internal OpenSubmits()
    {
    }

    private OpenSubmits(bool watchesExit) => this.watchesExit = watchesExit;

    /// <summary>The registry that all engines of this process share.</summary>
    public static OpenSubmits OfThisProcess { get; } = new(watchesExit: true);

    /// <summary>Whether a job is being submitted by this process; a synchronous one until its images are saved.</summary>
    /// <param name="jobId">The job.</param>
    /// <returns>True while it is.</returns>
    public bool Contains(string jobId) => open.ContainsKey(jobId);

    /// <summary>The submit of a job; null when none is under way in this process.</summary>
    internal OpenSubmit? Find(string jobId) => open.GetValueOrDefault(jobId);

    /// <summary>Enters a submit that is about to be sent.</summary>
    /// <returns>To be disposed of when its outcome is in the journal.</returns>
    internal OpenSubmit Begin(string jobId)
    {
        var submit = new OpenSubmit(this, jobId);
        lock (gate)
        {
            open[jobId] = submit;
            if (watchesExit && signals.Length == 0) Watch();
        }

        return submit;
    }

    /// <summary>A source that is also cancelled when the process is about to end: then nothing new is submitted.</summary>
    internal CancellationTokenSource LinkTo(CancellationToken stopping) => CancellationTokenSource.CreateLinkedTokenSource(stopping, closing.Token);

    internal void End(OpenSubmit submit)
    {
        lock (gate)
        {
            open.TryRemove(submit.JobId, out _);
            if (open.IsEmpty && waits == 0) Unwatch();
        }
    }

    /// <summary>Waits until no submit is under way, <see cref="MaxExitWait"/> is over, or the wait is given up.</summary>
    internal void WaitForAll(Action<string> show)
    {
        bool isFirst = Interlocked.Increment(ref waits) == 1;
        closing.Cancel();
        Task[] submits = [.. open.Values.Select(submit => submit.Ended)];
        if (submits.Length == 0) return;
        if (isFirst) show(Line(submits.Length));
        Task.WaitAny(Task.WhenAll(submits), leave.Task, Task.Delay(MaxExitWait));
    }

    /// <summary>Ends every wait at once.</summary>
    internal void Leave() => leave.TrySetResult();

    private static string Line(int count) => string.Create(
        CultureInfo.InvariantCulture,
        $"NanoBanana: {(count == 1 ? "1 submit is" : $"{count} submits are")} still under way; waiting up to {MaxExitWait.TotalSeconds:0} s to record the outcome. Press Ctrl+C or send the signal again to leave at once.");

    private static void Show(string line)
    {
        try
        {
            Console.Error.WriteLine(line);
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException or UnauthorizedAccessException)
        {
            // The terminal is gone.
        }
    }

    private void Watch()
    {
        AppDomain.CurrentDomain.ProcessExit += OnExit;
        signals = [PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal), PosixSignalRegistration.Create(PosixSignal.SIGHUP, OnSignal)];
    }

    private void Unwatch()
    {
        AppDomain.CurrentDomain.ProcessExit -= OnExit;
        foreach (PosixSignalRegistration signal in signals) signal.Dispose();
        signals = [];
    }

    /// <summary>What the system does by default follows when this returns: the process ends.</summary>
    private void OnSignal(PosixSignalContext context)
    {
        if (Volatile.Read(ref waits) > 0) Leave();
        else WaitForAll(Show);
    }

    private void OnExit(object? sender, EventArgs arguments)
    {
        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, _ => Leave());
        WaitForAll(Show);
    }
}

/// <summary>One submit that is under way.</summary>
/// <param name="owner">Where it is entered.</param>
/// <param name="jobId">Its job.</param>
internal sealed class OpenSubmit(OpenSubmits owner, string jobId) : IDisposable
{
    private readonly TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public string JobId => jobId;

    /// <summary>Ends when its outcome is in the journal.</summary>
    public Task Ended => ended.Task;

    /// <summary>Takes it out of the registry; the outcome is in the journal.</summary>
    public void Dispose()
    {
        if (ended.Task.IsCompleted) return;
        owner.End(this);
        ended.TrySetResult();
    }
}
