using System.Management.Automation;
using NanoBanana.Engine;
using NanoBanana.PowerShell.Parameters;

namespace NanoBanana.PowerShell.Commands;

/// <summary>Lists the providers and what each takes.</summary>
[Cmdlet(VerbsCommon.Get, "NBProvider")]
[OutputType(typeof(NBProvider))]
public sealed class GetNBProviderCommand : PSCmdlet
{
    /// <summary>The names; wildcards are taken.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(ProviderCompleter))]
    [SupportsWildcards]
    public string[]? Name { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        IReadOnlyList<NBProvider> all = ImageEngine.DescribeProviders(
            static variable => !string.IsNullOrWhiteSpace(Environment.GetEnvironmentVariable(variable)));
        foreach (string name in Name ?? ["*"])
        {
            var pattern = new WildcardPattern(name, WildcardOptions.IgnoreCase);
            NBProvider[] found = [.. all.Where(provider => pattern.IsMatch(provider.Name))];
            if (found.Length > 0 || WildcardPattern.ContainsWildcardCharacters(name)) WriteObject(found, enumerateCollection: true);
            else WriteError(ErrorRecords.From(ProviderNames.Unknown(name, nameof(Name)), name));
        }
    }
}
