using System.Diagnostics;
using NanoBanana.Engine.Jobs;

namespace NanoBanana.Survivor;

/// <summary>Counts what a death waits for, and kills the process when it has come: SIGKILL, nothing is cleaned up.</summary>
internal sealed class Reaper(Death death) : IObserver<DiagnosticListener>, IObserver<KeyValuePair<string, object?>>
{
    private int count;

    /// <summary>Told by the journal.</summary>
    public void OnWrite(JobRecord job, bool isBefore) => See(isBefore ? DeathCause.BeforeWrite : DeathCause.AfterWrite);

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
        using var self = Process.GetCurrentProcess();
        self.Kill();
        Thread.Sleep(Timeout.Infinite); // Not a step further while the signal is on its way.
    }
}
