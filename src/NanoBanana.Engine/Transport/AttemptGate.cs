namespace NanoBanana.Engine.Transport;

/// <summary>
/// The token of a submit. A stop ends the pauses between its attempts and lets no new one begin; it cuts off no attempt that is
/// under way, nor its repeats while it is open whether it was taken. Only the time limit does.
/// </summary>
internal sealed class AttemptGate : IDisposable
{
    private readonly object gate = new();
    private readonly CancellationTokenSource ended;
    private readonly CancellationTokenRegistration registration;
    private bool isOpen;
    private bool isStopping;

    /// <summary>Makes the token of one submit.</summary>
    /// <param name="stopping">Cancelled when nothing new may be sent.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public AttemptGate(CancellationToken stopping, CancellationToken cancellationToken)
    {
        ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        registration = stopping.UnsafeRegister(static state => ((AttemptGate)state!).Stop(), this);
    }

    /// <summary>Ends the attempts and the pauses between them.</summary>
    public CancellationToken Token => ended.Token;

    /// <summary>Begins an attempt, unless there was a stop.</summary>
    public bool TryBegin()
    {
        lock (gate)
        {
            if (isStopping && !isOpen) return false;
            return isOpen = true;
        }
    }

    /// <summary>Ends an attempt that brought no good answer.</summary>
    /// <param name="mayHaveBeenTaken">Whether it, or one before it, may have been taken.</param>
    public void End(bool mayHaveBeenTaken)
    {
        lock (gate)
        {
            isOpen = mayHaveBeenTaken;
            if (isOpen || !isStopping) return;
        }

        ended.Cancel();
    }

    public void Dispose()
    {
        registration.Dispose();
        ended.Dispose();
    }

    private void Stop()
    {
        lock (gate)
        {
            isStopping = true;
            if (isOpen) return;
        }

        ended.Cancel();
    }
}
