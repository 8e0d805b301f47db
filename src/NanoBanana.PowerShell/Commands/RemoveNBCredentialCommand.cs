using System.Management.Automation;
using NanoBanana.PowerShell.Credentials;
using NanoBanana.PowerShell.Parameters;

namespace NanoBanana.PowerShell.Commands;

/// <summary>Removes the key of a provider from a vault.</summary>
[Cmdlet(VerbsCommon.Remove, "NBCredential", SupportsShouldProcess = true)]
[OutputType(typeof(void))]
public sealed class RemoveNBCredentialCommand : CredentialCommand
{
    /// <summary>The providers.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(ProviderCompleter))]
    public string[] Provider { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        using SecretVaults vaults = OpenVaults();
        foreach (string name in Provider)
        {
            try
            {
                Remove(vaults, Named(name));
            }
            catch (NBException error)
            {
                Refuse(error, name);
            }
        }
    }

    private void Remove(SecretVaults vaults, NBProvider provider)
    {
        RegisteredVault vault = vaults.Require(VaultName);
        if (!ShouldProcess($"secret {vault.SecretNameOf(provider.Name)} in the vault '{vault.Name}'", $"Remove the key of {provider.DisplayName}")) return;
        vaults.Remove(vault, provider.Name);
        if (!HasVariable(provider)) return;
        WriteWarning($"$env:{provider.KeyVariable} still holds a key of {provider.DisplayName}, which is used from now on. Remove it with: Remove-Item Env:{provider.KeyVariable}");
    }
}
