using System.Management.Automation;
using System.Security;
using NanoBanana.Engine;
using NanoBanana.PowerShell.Bridge;
using NanoBanana.PowerShell.Composition;
using NanoBanana.PowerShell.Credentials;
using NanoBanana.PowerShell.Parameters;

namespace NanoBanana.PowerShell.Commands;

/// <summary>What the cmdlets around keys share: the vault, and the way from a provider's name to its key.</summary>
public abstract class CredentialCommand : AsyncPSCmdlet
{
    /// <summary>The SecretManagement vault; the default vault where none is named.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(VaultCompleter))]
    public string? Vault { get; set; }

    /// <summary>The vault that was asked for, here or with Set-NBOption; null for the default one.</summary>
    private protected string? VaultName => Vault ?? Options.Open().Read().Vault;

    /// <summary>Finds a provider by its name.</summary>
    /// <param name="name">The name, in any case.</param>
    /// <exception cref="NBException">InvalidRequest: there is none of that name.</exception>
    private protected static NBProvider Named(string? name) =>
        ImageEngine.DescribeProviders().FirstOrDefault(provider => string.Equals(provider.Name, name?.Trim(), StringComparison.OrdinalIgnoreCase))
            ?? throw ProviderNames.Unknown(name, "Provider");

    /// <summary>Writes an error that concerns one provider.</summary>
    private protected void Refuse(NBException error, string? provider) => WriteError(ErrorRecords.From(error, provider));

    /// <summary>A ring that holds no key yet.</summary>
    /// <exception cref="NBException">InvalidRequest: what was given is no key.</exception>
    private protected KeyRing OpenKeys(SecureString? apiKey) => new(this, apiKey, VaultName, static _ => true, StopToken);

    /// <summary>The vaults.</summary>
    private protected SecretVaults OpenVaults() => new(Host, StopToken);

    /// <summary>Whether the environment holds a key of a provider.</summary>
    private protected static bool HasVariable(NBProvider provider) => !string.IsNullOrWhiteSpace(Environment.GetEnvironmentVariable(provider.KeyVariable));
}
