using System.Collections.ObjectModel;
using System.Management.Automation;
using System.Management.Automation.Host;
using System.Management.Automation.Runspaces;
using System.Reflection;
using System.Security;
using Shell = System.Management.Automation.PowerShell;

namespace NanoBanana.PowerShell.Credentials;

/// <summary>
/// The vaults of Microsoft.PowerShell.SecretManagement, which is loaded when it is first needed. Only for the pipeline
/// thread, on which it also does its work.
/// </summary>
/// <remarks>
/// The calls run in a runspace of their own, as SecretManagement runs its vaults: so they leave nothing in $Error, and no
/// preference or default parameter of the session changes what they do. Where nobody can answer a question it has no host,
/// and a locked vault fails at once; in a console without input the question would end the whole process.
/// </remarks>
/// <param name="host">Whom a vault may ask for its password; null for nobody.</param>
/// <param name="stop">Ends the calls.</param>
internal sealed class SecretVaults(PSHost? host, CancellationToken stop) : IDisposable
{
    private const string Module = "Microsoft.PowerShell.SecretManagement";

    /// <summary>How Get-Secret says that the vault has no such secret.</summary>
    private const string NoSuchSecret = "GetSecretNotFound";

    private Runspace? runspace;
    private IReadOnlyList<RegisteredVault>? registered;
    private bool isMissing;

    private bool IsAnswered => host is not null && InteractiveHost.Is(host);

    /// <summary>Whether SecretManagement is in this process already.</summary>
    public static bool IsLoaded => Loaded is not null;

    private static Assembly? Loaded => Array.Find(AppDomain.CurrentDomain.GetAssemblies(), assembly => assembly.GetName().Name == Module);

    /// <summary>Whether there is certainly no vault.</summary>
    public bool HasNone => registered is { Count: 0 } || (registered is null && !VaultRegistry.MayHoldVaults());

    /// <summary>The names of all vaults; none where there certainly is no vault.</summary>
    /// <exception cref="NBException">CredentialNotFound: SecretManagement fails.</exception>
    public IReadOnlyList<string> Names() => VaultRegistry.MayHoldVaults() ? [.. Registered().Select(vault => vault.Name)] : [];

    /// <summary>The vault to use.</summary>
    /// <param name="asked">Its name; null for the default vault.</param>
    /// <returns>The vault; null when none was asked for and there is no default one.</returns>
    /// <exception cref="NBException">CredentialNotFound: the vault that was asked for cannot be had.</exception>
    public RegisteredVault? Find(string? asked)
    {
        if (asked is null && !VaultRegistry.MayHoldVaults()) return null;
        return asked is null ? Registered().FirstOrDefault(vault => vault.IsDefault) : Require(asked);
    }

    /// <summary>The vault to use, or the reason why there is none.</summary>
    /// <param name="asked">Its name; null for the default vault.</param>
    /// <exception cref="NBException">CredentialNotFound: it cannot be had.</exception>
    public RegisteredVault Require(string? asked)
    {
        IReadOnlyList<RegisteredVault> all = Registered();
        if (isMissing) throw VaultErrors.NotInstalled();
        if (all.Count == 0) throw VaultErrors.NoneRegistered();
        return asked is null
            ? all.FirstOrDefault(vault => vault.IsDefault) ?? throw VaultErrors.NoDefault(all)
            : all.FirstOrDefault(vault => string.Equals(vault.Name, asked, StringComparison.OrdinalIgnoreCase)) ?? throw VaultErrors.NoSuchVault(asked, all);
    }

    /// <summary>Reads the key of a provider.</summary>
    /// <returns>The key; null when the vault has no such secret.</returns>
    /// <exception cref="NBException">CredentialNotFound: the vault is locked, fails, or holds something else under that name.</exception>
    public SecureString? Read(RegisteredVault vault, string provider)
    {
        string name = vault.SecretNameOf(provider);
        Collection<PSObject> found = Run(vault, "read", "Get-Secret", shell => shell.AddParameter("Name", name).AddParameter("Vault", vault.Name));
        if (found.Count == 0) return null;

        // A String comes as a SecureString too, as long as -AsPlainText is not given.
        if (found[0].BaseObject is not SecureString secret) throw VaultErrors.WrongType(vault, name, provider, found[0].BaseObject.GetType().Name);
        return KeyText.Fault(secret) is { } fault ? throw VaultErrors.NoKey(vault, name, provider, fault) : secret;
    }

    /// <summary>Writes the key of a provider, over the old one.</summary>
    /// <exception cref="NBException">CredentialNotFound: the vault is locked or fails.</exception>
    public void Write(RegisteredVault vault, string provider, SecureString key) => Run(
        vault,
        "write",
        "Set-Secret",
        shell => shell.AddParameter("Name", vault.SecretNameOf(provider)).AddParameter("Vault", vault.Name).AddParameter("SecureStringSecret", key));

    /// <summary>Removes the key of a provider.</summary>
    /// <exception cref="NBException">CredentialNotFound: there is none, or the vault is locked or fails.</exception>
    public void Remove(RegisteredVault vault, string provider)
    {
        string name = vault.SecretNameOf(provider);

        // Not every vault's Remove-Secret says that there was nothing to remove.
        Collection<PSObject> found = Run(vault, "look", "Get-SecretInfo", shell => shell.AddParameter("Name", name).AddParameter("Vault", vault.Name));
        if (found.Count == 0) throw VaultErrors.NoSuchSecret(vault, provider);
        Run(vault, "remove", "Remove-Secret", shell => shell.AddParameter("Name", name).AddParameter("Vault", vault.Name));
    }

    /// <summary>Closes the runspace.</summary>
    public void Dispose() => runspace?.Dispose();

    private IReadOnlyList<RegisteredVault> Registered()
    {
        if (registered is not null) return registered;
        Collection<PSObject> found;
        try
        {
            found = Run(null, "list its vaults", "Get-SecretVault", static shell => shell);
        }
        catch (CommandNotFoundException)
        {
            isMissing = true;
            return registered = [];
        }

        return registered = [.. found.Select(static vault => new RegisteredVault(
            (string)vault.Properties["Name"].Value,
            vault.Properties["ModuleName"].Value as string ?? string.Empty,
            vault.Properties["IsDefault"].Value is true))];
    }

    private Collection<PSObject> Run(RegisteredVault? vault, string action, string command, Func<Shell, Shell> withParameters)
    {
        using VaultTurn turn = VaultTurn.Take(stop);
        Exception? fault;
        do
        {
            stop.ThrowIfCancellationRequested();
            Collection<PSObject> found = RunOnce(command, withParameters, out fault);
            if (fault is null) return found;
        }
        while (turn.IsTaken(fault) && turn.WaitAgain());

        throw IsLock(fault) && vault is not null ? VaultErrors.Locked(vault, IsAnswered) : VaultErrors.Failed(vault, action, Words(fault));
    }

    private Collection<PSObject> RunOnce(string command, Func<Shell, Shell> withParameters, out Exception? fault)
    {
        using var shell = Shell.Create();
        shell.Runspace = runspace ??= Open();
        withParameters(shell.AddCommand($@"{Module}\{command}"));
        using CancellationTokenRegistration stopping = stop.Register(static state => ((Shell)state!).BeginStop(null, null), shell);
        fault = null;
        Collection<PSObject> found = [];
        try
        {
            found = shell.Invoke();
        }
        catch (Exception exception) when (exception is RuntimeException and not PipelineStoppedException and not CommandNotFoundException)
        {
            fault = exception;
        }

        if (stop.IsCancellationRequested) throw new PipelineStoppedException();
        if (fault is not null || found.Count > 0 || shell.Streams.Error.FirstOrDefault() is not { } error) return found;
        if (!error.FullyQualifiedErrorId.StartsWith(NoSuchSecret, StringComparison.Ordinal)) fault = error.Exception;
        return found;
    }

    private Runspace Open()
    {
        var state = InitialSessionState.CreateDefault2();
        if (Loaded is { Location: { Length: > 0 } path }) state.ImportPSModule([path]); // Where the session has it from; that need not be on the module path.
        Runspace opened = IsAnswered ? RunspaceFactory.CreateRunspace(host, state) : RunspaceFactory.CreateRunspace(state);
        opened.ThreadOptions = PSThreadOptions.UseCurrentThread;
        opened.Open();
        return opened;
    }

    private static bool IsLock(Exception? fault)
    {
        for (; fault is not null; fault = fault.InnerException)
        {
            // The type is SecretManagement's, which vaults share to say so.
            if (fault.GetType().Name == "PasswordRequiredException") return true;
        }

        return false;
    }

    /// <summary>SecretManagement's own words say that it failed; those of the vault, below, say why.</summary>
    private static string Words(Exception fault)
    {
        Exception inner = fault.GetBaseException();
        string words = inner == fault || fault.Message.Contains(inner.Message, StringComparison.Ordinal) ? fault.Message : $"{fault.Message}: {inner.Message}";
        words = words.Trim();
        return words.EndsWith('.') ? words : words + ".";
    }
}
