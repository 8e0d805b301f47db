using System.Diagnostics;
using NanoBanana.Engine.Jobs;

namespace NanoBanana.Survivor;

/// <summary>
/// Counts what a death waits for, and kills the process when it has come: SIGKILL, nothing is cleaned up. Where each job has a count of
/// its own, a job that has come to its death is held there until every other one is held too or has ended.
/// </summary>
/// <param name="death">When the process is killed.</param>
/// <param name="jobs">How many jobs there are.</param>
internal sealed class Reaper(Death death, int jobs) : IObserver<DiagnosticListener>, IObserver<KeyValuePair<string, object?>>
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, int> counts = new(StringComparer.Ordinal);
    private int count;
    private int held;
    private int ended;

    /// <summary>Told by the journal, on a thread of its own for each write.</summary>
    public void OnWrite(JobRecord job, bool isBefore)
    {
        DeathCause what = isBefore ? DeathCause.BeforeWrite : DeathCause.AfterWrite;
        if (!death.IsOfEachJob) See(what);
        else if (what == death.At && IsDue(job.Prompt!)) Hold();
    }

    /// <summary>A job came to its end before its death.</summary>
    public void OnEnded()
    {
        lock (gate)
        {
            ended++;
            if (held > 0 && held + ended == jobs) Kill();
        }
    }

    /// <summary>.NET tells the beginning and the end of every request here.</summary>
    public void OnNext(DiagnosticListener value)
    {
        if (death.At == DeathCause.Call && value.Name == "HttpHandlerDiagnosticListener") value.Subscribe(this);
    }

    public void OnNext(KeyValuePair<string, object?> value)
    {
        if (value.Key is "System.Net.Http.HttpRequestOut.Start" or "System.Net.Http.HttpRequestOut.Stop") See(DeathCause.Call);
    }

    public void OnCompleted()
    {
    }

    public void OnError(Exception error)
    {
    }

    private void See(DeathCause what)
    {
        if (what != death.At || Interlocked.Increment(ref count) < death.Number) return;
        Kill();
    }

    private bool IsDue(string prompt)
    {
        lock (gate)
        {
            return (counts[prompt] = counts.GetValueOrDefault(prompt) + 1) == death.Number;
        }
    }

    private void Hold()
    {
        lock (gate)
        {
            held++;
            if (held + ended == jobs) Kill();
        }

        Thread.Sleep(Timeout.Infinite);
    }

    private static void Kill()
    {
        using var self = Process.GetCurrentProcess();
        self.Kill();
        Thread.Sleep(Timeout.Infinite); // Not a step further while the signal is on its way.
    }
}
