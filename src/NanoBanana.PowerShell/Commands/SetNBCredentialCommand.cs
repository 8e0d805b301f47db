using System.Management.Automation;
using System.Security;
using NanoBanana.PowerShell.Credentials;
using NanoBanana.PowerShell.Parameters;

namespace NanoBanana.PowerShell.Commands;

/// <summary>Puts the key of a provider into a vault.</summary>
[Cmdlet(VerbsCommon.Set, "NBCredential", SupportsShouldProcess = true)]
[OutputType(typeof(void))]
public sealed class SetNBCredentialCommand : CredentialCommand
{
    /// <summary>The provider.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(ProviderCompleter))]
    public string Provider { get; set; } = null!;

    /// <summary>The key; asked for where it is left out.</summary>
    [Parameter(Position = 1)]
    public SecureString? ApiKey { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        try
        {
            NBProvider provider = Named(Provider);
            if (ApiKey is not null) KeyRing.Check(ApiKey, Host);
            using SecretVaults vaults = OpenVaults();
            RegisteredVault vault = vaults.Require(VaultName);
            if (!ShouldProcess($"secret {vault.SecretNameOf(provider.Name)} in the vault '{vault.Name}'", $"Keep the key of {provider.DisplayName}")) return;
            if (ApiKey is not null)
            {
                vaults.Write(vault, provider.Name, ApiKey);
                return;
            }

            using SecureString typed = Ask(provider);
            KeyRing.Check(typed, Host);
            vaults.Write(vault, provider.Name, typed);
        }
        catch (NBException error)
        {
            Refuse(error, Provider);
        }
    }

    private SecureString Ask(NBProvider provider)
    {
        if (!InteractiveHost.Is(Host))
        {
            throw new NBException(NBErrorId.InvalidRequest, "There is nobody to ask for the key here: this session is not interactive. Give it with -ApiKey.") { Parameter = nameof(ApiKey) };
        }

        Host.UI.Write($"Key of {provider.DisplayName}: ");
        return Host.UI.ReadLineAsSecureString();
    }
}
