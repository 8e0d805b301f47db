using System.Management.Automation;
using NanoBanana.Engine.State;
using NanoBanana.PowerShell.Composition;
using NanoBanana.PowerShell.Parameters;

namespace NanoBanana.PowerShell.Commands;

/// <summary>Tells the options, the values that hold now, and where they come from.</summary>
[Cmdlet(VerbsCommon.Get, "NBOption")]
[OutputType(typeof(NBOption))]
public sealed class GetNBOptionCommand : PSCmdlet
{
    private OptionStore? store;

    /// <summary>The names; wildcards are taken.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(OptionNameCompleter))]
    [SupportsWildcards]
    public string[]? Name { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (string name in Name ?? ["*"])
        {
            var pattern = new WildcardPattern(name, WildcardOptions.IgnoreCase);
            bool isPattern = WildcardPattern.ContainsWildcardCharacters(name);
            foreach (string one in isPattern ? OptionStore.Names.Where(pattern.IsMatch) : [name]) Tell(one);
        }
    }

    /// <summary>One that is wrong does not hide the others; a file that cannot be read hides all.</summary>
    private void Tell(string name)
    {
        try
        {
            store ??= Options.Open();
            WriteObject(store.Describe(name));
        }
        catch (NBException error) when (error.Parameter is not null)
        {
            WriteError(ErrorRecords.From(error, name));
        }
        catch (NBException error)
        {
            ThrowTerminatingError(ErrorRecords.From(error, name));
        }
    }
}
