using System.Management.Automation;
using NanoBanana.Engine;
using NanoBanana.PowerShell.Credentials;
using NanoBanana.PowerShell.Parameters;

namespace NanoBanana.PowerShell.Commands;

/// <summary>Tells where the key of a provider comes from, and its last four characters.</summary>
[Cmdlet(VerbsCommon.Get, "NBCredential")]
[OutputType(typeof(NBCredentialInfo))]
public sealed class GetNBCredentialCommand : CredentialCommand
{
    private readonly HashSet<string> told = new(StringComparer.Ordinal);
    private KeyRing? keys;

    /// <summary>The providers; all of them where none is named.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(ProviderCompleter))]
    [Alias("Name")]
    public string[]? Provider { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing() => keys = OpenKeys(apiKey: null);

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (string name in Provider ?? [.. ImageEngine.DescribeProviders().Select(static provider => provider.Name)])
        {
            try
            {
                Show(Named(name));
            }
            catch (NBException error)
            {
                // A locked vault is one error, however many providers are asked for.
                if (told.Add(error.Message)) Refuse(error, name);
            }
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (disposing) keys?.Dispose();
    }

    private void Show(NBProvider provider)
    {
        using FoundKey? key = keys!.Find(provider);
        WriteObject(new NBCredentialInfo
        {
            Provider = provider.Name,
            Source = key?.Source ?? NBCredentialSource.None,
            Vault = key?.Vault,
            SecretName = key?.SecretName,
            Variable = provider.KeyVariable,
            LastFour = key is null ? null : KeyText.LastFour(key.Secret),
        });
    }
}
