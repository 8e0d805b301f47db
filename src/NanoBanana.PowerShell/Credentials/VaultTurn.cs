using System.Management.Automation;
using System.Management.Automation.Runspaces;

namespace NanoBanana.PowerShell.Credentials;

/// <summary>
/// The one turn at the vaults of this process. SecretManagement runs all of them in one runspace that it keeps for the
/// process, and refuses whoever calls while it is at work: so the runspaces of ForEach-Object -Parallel and of Start-ThreadJob
/// wait for each other here, and for whoever calls SecretManagement itself.
/// </summary>
internal sealed class VaultTurn : IDisposable
{
    private static readonly SemaphoreSlim Gate = new(1, 1);

    /// <summary>How long somebody else's call to a vault is waited for; one to Azure takes a second or two.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(15);

    /// <summary>How long a fault is put down to somebody else, which may as well be the vault's own.</summary>
    private static readonly TimeSpan LongestTorn = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(25);

    private readonly CancellationToken stop;
    private TimeSpan waited;

    private VaultTurn(CancellationToken stop) => this.stop = stop;

    /// <summary>Waits for the turn.</summary>
    /// <param name="stop">Ends the waiting.</param>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static VaultTurn Take(CancellationToken stop)
    {
        Gate.Wait(stop);
        return new VaultTurn(stop);
    }

    /// <summary>
    /// Whether a call was refused because somebody else's runs, or lost the runspace to somebody who found it in use and made
    /// another. Every call may be made again: keys are read, written over or taken away as a whole.
    /// </summary>
    /// <param name="fault">What the call came back with.</param>
    public bool IsTaken(Exception fault) => fault.GetBaseException() switch
    {
        InvalidRunspaceStateException or ObjectDisposedException or PipelineStoppedException => true,
        PSInvalidOperationException busy => busy.Message.Contains("already running", StringComparison.Ordinal),
        NullReferenceException => waited < LongestTorn, // SecretManagement and SecretStore lock nothing: another's call changes what this one reads.
        _ => false,
    };

    /// <summary>Waits a little for somebody else.</summary>
    /// <returns>Whether to try again; false when it has been long enough.</returns>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public bool WaitAgain()
    {
        if (waited >= Longest) return false;
        if (stop.WaitHandle.WaitOne(Pause)) stop.ThrowIfCancellationRequested();
        waited += Pause;
        return true;
    }

    /// <summary>Lets the next one have it.</summary>
    public void Dispose() => Gate.Release();
}
