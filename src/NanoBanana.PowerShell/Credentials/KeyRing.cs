using System.Management.Automation;
using System.Management.Automation.Host;
using System.Security;
using NanoBanana.Engine;
using NanoBanana.Engine.Transport;
using NanoBanana.PowerShell.Bridge;

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
        if (apiKey is { Length: > 0 }) Check(apiKey, cmdlet.Host);
        this.cmdlet = cmdlet;
        this.apiKey = apiKey is { Length: > 0 } ? apiKey : null;
        vaultAsked = string.IsNullOrWhiteSpace(vault) ? null : vault.Trim();
        this.isKeyFor = isKeyFor;
        vaults = new SecretVaults(cmdlet.Host, stop);
    }

    /// <summary>Refuses what cannot be a key.</summary>
    /// <param name="key">The value of -ApiKey.</param>
    /// <param name="host">Who is told.</param>
    /// <exception cref="NBException">InvalidRequest.</exception>
    public static void Check(SecureString key, PSHost host)
    {
        if (KeyText.Fault(key) is not { } fault) return;
        throw new KeyErrors(InteractiveHost.Is(host)).NoKeyGiven(fault);
    }

    /// <summary>Looks for the key of a provider, unless that was done before. What goes wrong is told to who asks for the key.</summary>
    /// <param name="provider">The provider's name.</param>
    public void Resolve(string provider)
    {
        lock (entries)
        {
            if (entries.ContainsKey(provider)) return;
        }

        if (Known(provider) is not { } known) return; // The engine refuses it in words.
        Entry entry;
        try
        {
            FoundKey? found = Find(known);
            entry = new Entry(found, found is null ? NotFound(known) : null) { IsNowhere = found is null };
            if (found is not null && ShownStreams.HasVerbose(cmdlet)) cmdlet.WriteVerbose($"The key of {known.Name} comes from {Place(found, known)}.");
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

    /// <summary>Refuses work that several providers could do where there is no key for any of them; only for the pipeline thread.</summary>
    /// <param name="providers">The providers, which were looked for before, the first choice first.</param>
    /// <exception cref="NBException">CredentialNotFound: tells once who has no key, and the lines to type for the first of them.</exception>
    public void RequireAny(IReadOnlyList<string> providers)
    {
        if (providers.Count < 2) return; // One provider's own words are told where its key is asked for.
        NBProvider[] nowhere;
        lock (entries)
        {
            Entry[] all = [.. providers.Select(provider => entries[provider])];
            if (Array.Exists(all, entry => entry.Key is not null)) return;
            if (Array.Find(all, entry => !entry.IsNowhere) is { } fault) throw fault.Error!; // A vault that is locked, a variable that holds no key.
            nowhere = [.. providers.Select(Known).OfType<NBProvider>()];
        }

        throw vaultAsked is null
            ? Errors.NoneFound(nowhere, hasVaults: !vaults.HasNone)
            : VaultErrors.NoSuchSecrets(vaults.Require(vaultAsked), [.. nowhere.Select(provider => provider.Name)]);
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

    /// <summary>Whether a key that was looked for was found; for any thread.</summary>
    /// <param name="provider">The provider's name.</param>
    public bool Has(string provider)
    {
        lock (entries)
        {
            return entries[provider].Key is not null;
        }
    }

    /// <summary>Hands out a key that was looked for before; for any thread.</summary>
    /// <param name="provider">The provider's name.</param>
    /// <returns>A copy; the caller disposes of it.</returns>
    /// <exception cref="NBException">CredentialNotFound, with the lines to type.</exception>
    public SecretKey Hand(string provider)
    {
        lock (entries)
        {
            if (!entries.TryGetValue(provider, out Entry? entry)) throw new InvalidOperationException($"The key of {provider} was not looked for before the work began.");
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

    /// <summary>Made on the pipeline thread, as all of them are: the host is asked there only.</summary>
    private KeyErrors Errors => new(InteractiveHost.Is(cmdlet.Host));

    private NBException NotFound(NBProvider provider) => vaultAsked is null
        ? Errors.NotFound(provider, hasVaults: !vaults.HasNone)
        : VaultErrors.NoSuchSecret(vaults.Require(vaultAsked), provider.Name);

    private static NBProvider? Known(string provider) =>
        ImageEngine.DescribeProviders().FirstOrDefault(candidate => string.Equals(candidate.Name, provider, StringComparison.OrdinalIgnoreCase));

    private FoundKey? FindInVault(NBProvider provider) =>
        vaults.Find(vaultAsked) is { } vault && vaults.Read(vault, provider.Name) is { } secret
            ? new FoundKey(secret, NBCredentialSource.Vault) { Vault = vault.Name, SecretName = vault.SecretNameOf(provider.Name) }
            : null;

    private FoundKey? ReadVariable(NBProvider provider)
    {
        if (!HasVariable(provider)) return null;
        var secret = new SecureString();
        foreach (char c in Environment.GetEnvironmentVariable(provider.KeyVariable)!.AsSpan().Trim()) secret.AppendChar(c);
        if (KeyText.Fault(secret) is not { } fault) return new FoundKey(secret, NBCredentialSource.Environment);
        secret.Dispose();
        throw Errors.NoKeyInVariable(provider, fault);
    }

    private sealed record Entry(FoundKey? Key, NBException? Error)
    {
        /// <summary>Whether every place was looked at, and none held one.</summary>
        public bool IsNowhere { get; init; }
    }
}
