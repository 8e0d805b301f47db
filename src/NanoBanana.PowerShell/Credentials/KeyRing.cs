using System.Management.Automation;
using System.Security;
using NanoBanana.Engine;
using NanoBanana.Engine.Transport;

namespace NanoBanana.PowerShell.Credentials;

/// <summary>
/// The keys of one invocation: -ApiKey, then a vault, then the environment. Each provider's is looked for once, on the
/// pipeline thread, because vaults may be read only there; the workers are handed what was found.
/// </summary>
internal sealed class KeyRing : IDisposable
{
    private readonly PSCmdlet cmdlet;
    private readonly SecureString? apiKey;
    private readonly string? vaultAsked;
    private readonly Func<string, bool> isKeyFor;
    private readonly SecretVaults vaults;
    private readonly Dictionary<string, Entry> entries = new(StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<string> warnings = new(StringComparer.Ordinal);

    /// <summary>Makes a ring without keys; nothing is looked for yet.</summary>
    /// <param name="cmdlet">The cmdlet that runs.</param>
    /// <param name="apiKey">The key given with the command.</param>
    /// <param name="vault">The vault that was asked for; null for the default one, if there is one.</param>
    /// <param name="isKeyFor">Whether the key given is meant for a provider; it must reach no other.</param>
    /// <param name="stop">Cancelled when the pipeline stops.</param>
    /// <exception cref="NBException">InvalidRequest: what was given is no key.</exception>
    public KeyRing(PSCmdlet cmdlet, SecureString? apiKey, string? vault, Func<string, bool> isKeyFor, CancellationToken stop)
    {
        if (apiKey is { Length: > 0 }) Check(apiKey);
        this.cmdlet = cmdlet;
        this.apiKey = apiKey is { Length: > 0 } ? apiKey : null;
        vaultAsked = string.IsNullOrWhiteSpace(vault) ? null : vault.Trim();
        this.isKeyFor = isKeyFor;
        vaults = new SecretVaults(cmdlet, stop);
    }

    /// <summary>Refuses what cannot be a key.</summary>
    /// <param name="key">The value of -ApiKey.</param>
    /// <exception cref="NBException">InvalidRequest.</exception>
    public static void Check(SecureString key)
    {
        if (KeyText.Fault(key) is not { } fault) return;
        throw new NBException(NBErrorId.InvalidRequest, $"-ApiKey holds no key: it {fault}. Copy the key again, without anything around it, and give it with -ApiKey (Read-Host -AsSecureString).")
        {
            Parameter = "ApiKey",
        };
    }

    /// <summary>Looks for the key of a provider, unless that was done before. What goes wrong is told to who asks for the key.</summary>
    /// <param name="provider">The provider's name.</param>
    public void Resolve(string provider)
    {
        lock (entries)
        {
            if (entries.ContainsKey(provider)) return;
        }

        NBProvider? known = ImageEngine.DescribeProviders().FirstOrDefault(candidate => string.Equals(candidate.Name, provider, StringComparison.OrdinalIgnoreCase));
        if (known is null) return; // The engine refuses it in words.
        Entry entry;
        try
        {
            FoundKey? found = Find(known);
            entry = new Entry(found, found is null ? NotFound(known) : null);
            if (found is not null) cmdlet.WriteVerbose($"The key of {known.Name} comes from {Place(found, known)}.");
        }
        catch (NBException error)
        {
            entry = new Entry(null, error);
        }

        lock (entries)
        {
            entries[provider] = entry;
        }
    }

    /// <summary>Where the key that was looked for comes from; for any thread.</summary>
    /// <param name="provider">The provider's name.</param>
    /// <exception cref="NBException">CredentialNotFound: there is no key; it tells why.</exception>
    public NBCredentialSource SourceOf(string provider)
    {
        lock (entries)
        {
            return entries[provider].Key is { } key ? key.Source : throw entries[provider].Error!;
        }
    }

    /// <summary>Hands out a key that was looked for before; for any thread.</summary>
    /// <param name="provider">The provider.</param>
    /// <returns>A copy; the caller disposes of it.</returns>
    /// <exception cref="NBException">CredentialNotFound, with the lines to type.</exception>
    public SecretKey Hand(NBProvider provider)
    {
        lock (entries)
        {
            if (!entries.TryGetValue(provider.Name, out Entry? entry)) throw new InvalidOperationException($"The key of {provider.Name} was not looked for before the work began.");
            return entry.Key is { } key ? new SecretKey(key.Secret) : throw entry.Error!;
        }
    }

    /// <summary>Looks for a key now; only for the pipeline thread.</summary>
    /// <param name="provider">The provider.</param>
    /// <returns>The key, for the caller to dispose of; null when there is none.</returns>
    /// <exception cref="NBException">CredentialNotFound: the vault that was asked for fails, or the default one does and the variable is not set.</exception>
    public FoundKey? Find(NBProvider provider)
    {
        if (apiKey is not null && isKeyFor(provider.Name)) return new FoundKey(apiKey.Copy(), NBCredentialSource.Parameter);
        try
        {
            // Who names a vault means the account whose key is there; the variable may hold that of another.
            FoundKey? found = FindInVault(provider);
            if (found is not null || vaultAsked is not null) return found;
        }
        catch (NBException error) when (vaultAsked is null && HasVariable(provider))
        {
            // Nobody asked for this vault, and it can be that the key was never in it.
            if (warnings.Add(error.Message)) cmdlet.WriteWarning($"{error.Message} The key in $env:{provider.KeyVariable} is used instead.");
        }

        return ReadVariable(provider);
    }

    /// <summary>Wipes the keys.</summary>
    public void Dispose()
    {
        vaults.Dispose();
        lock (entries)
        {
            foreach (Entry entry in entries.Values) entry.Key?.Dispose();
            entries.Clear();
        }
    }

    private static string Place(FoundKey key, NBProvider provider) => key.Source switch
    {
        NBCredentialSource.Parameter => "-ApiKey",
        NBCredentialSource.Vault => $"the secret {key.SecretName} of the vault '{key.Vault}'",
        _ => "$env:" + provider.KeyVariable,
    };

    private static bool HasVariable(NBProvider provider) => !string.IsNullOrWhiteSpace(Environment.GetEnvironmentVariable(provider.KeyVariable));

    private NBException NotFound(NBProvider provider)
    {
        if (vaultAsked is not null) return VaultErrors.NoSuchSecret(vaults.Require(vaultAsked), provider.Name);
        string first = vaults.HasNone ? $" (once, before: {VaultErrors.HowToInstall}; {VaultErrors.HowToRegister})" : string.Empty;
        return new NBException(
            NBErrorId.CredentialNotFound,
            $"""
            No key for {provider.Name} was found. Do one of these:
              for this command: add -ApiKey (Read-Host -AsSecureString)
              in a vault:       Set-NBCredential -Provider {provider.Name}{first}
              in this session:  $env:{provider.KeyVariable} = Read-Host -MaskInput
            To try without a key and without cost, add -Sandbox.
            """)
        { Provider = provider.Name };
    }

    private FoundKey? FindInVault(NBProvider provider) =>
        vaults.Find(vaultAsked) is { } vault && vaults.Read(vault, provider.Name) is { } secret
            ? new FoundKey(secret, NBCredentialSource.Vault) { Vault = vault.Name, SecretName = vault.SecretNameOf(provider.Name) }
            : null;

    private static FoundKey? ReadVariable(NBProvider provider)
    {
        if (!HasVariable(provider)) return null;
        var secret = new SecureString();
        foreach (char c in Environment.GetEnvironmentVariable(provider.KeyVariable)!.AsSpan().Trim()) secret.AppendChar(c);
        if (KeyText.Fault(secret) is not { } fault) return new FoundKey(secret, NBCredentialSource.Environment);
        secret.Dispose();
        throw new NBException(NBErrorId.CredentialNotFound, $"$env:{provider.KeyVariable} holds no key: it {fault}. Type: $env:{provider.KeyVariable} = Read-Host -MaskInput") { Provider = provider.Name };
    }

    private sealed record Entry(FoundKey? Key, NBException? Error);
}
