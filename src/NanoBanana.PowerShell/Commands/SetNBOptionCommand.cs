using System.Globalization;
using System.Management.Automation;
using NanoBanana.Engine.State;
using NanoBanana.PowerShell.Bridge;
using NanoBanana.PowerShell.Composition;
using NanoBanana.PowerShell.Parameters;

namespace NanoBanana.PowerShell.Commands;

/// <summary>Sets and removes options, for this user or for this process.</summary>
[Cmdlet(VerbsCommon.Set, "NBOption", SupportsShouldProcess = true)]
[OutputType(typeof(NBOption))]
public sealed class SetNBOptionCommand : AsyncPSCmdlet
{
    /// <summary>Who makes pictures; several are asked in turn.</summary>
    [Parameter]
    [AllowNull]
    [AllowEmptyCollection]
    [ArgumentCompleter(typeof(ProviderChoiceCompleter))]
    public string?[]? Provider { get; set; }

    /// <summary>0.5K, 1K, 2K or 4K.</summary>
    [Parameter]
    [AllowNull]
    [ArgumentCompleter(typeof(ResolutionCompleter))]
    public string? Resolution { get; set; }

    /// <summary>The folder for pictures.</summary>
    [Parameter]
    [AllowNull]
    public string? OutputDirectory { get; set; }

    /// <summary>The vault with the keys.</summary>
    [Parameter]
    [AllowNull]
    [ArgumentCompleter(typeof(VaultCompleter))]
    public string? Vault { get; set; }

    /// <summary>The most US dollars a day.</summary>
    [Parameter]
    [AllowNull]
    [InvariantNumber]
    public decimal? DailyBudget { get; set; }

    /// <summary>A price file of one's own.</summary>
    [Parameter]
    [AllowNull]
    public string? PriceFile { get; set; }

    /// <summary>Whether the journal keeps prompts.</summary>
    [Parameter]
    [AllowNull]
    public bool? JournalPrompt { get; set; }

    /// <summary>Whether -Verbose shows prompts.</summary>
    [Parameter]
    [AllowNull]
    public bool? LogPrompts { get; set; }

    /// <summary>The most MiB of one picture.</summary>
    [Parameter]
    [AllowNull]
    [InvariantNumber(IsWhole = true)]
    public int? LargestPictureMB { get; set; }

    /// <summary>The options to remove; wildcards are taken.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(OptionNameCompleter))]
    [SupportsWildcards]
    public string[] Clear { get; set; } = [];

    /// <summary>For how long.</summary>
    [Parameter]
    public NBOptionScope Scope { get; set; } = NBOptionScope.User;

    /// <summary>Hand out the options that were changed.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        try
        {
            OptionStore store = Options.Open();
            string place = Scope == NBOptionScope.User ? $"this user ({store.FilePath})" : "this process";
            Dictionary<string, string?> changes = ReadChanges();
            foreach ((string name, string? text) in changes.ToArray())
            {
                if (!ShouldProcess($"option {name} of {place}", text is null ? "Remove" : $"Set to '{text}'")) changes.Remove(name);
            }

            if (changes.Count == 0) return;
            StartWork(() => store.ChangeAsync(Scope, changes, StopToken));
            Finish();
            foreach (string name in changes.Keys) Tell(store, name);
        }
        catch (NBException error)
        {
            ThrowTerminatingError(ErrorRecords.From(error, error.Parameter));
        }
    }

    private Dictionary<string, string?> ReadChanges()
    {
        var changes = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        foreach (string name in OptionStore.Names)
        {
            if (MyInvocation.BoundParameters.TryGetValue(name, out object? value)) changes.Add(name, OptionStore.Check(name, ToText(name, value)));
        }

        foreach (string name in Clear.SelectMany(Match))
        {
            if (!changes.TryAdd(name, null) && changes[name] is not null) throw Invalid(nameof(Clear), $"-{name} sets what -Clear removes. Use one of the two.");
        }

        if (changes.Count > 0) return changes;
        throw Invalid(null, $"There is nothing to set. Name an option and its value, for example Set-NBOption -Resolution 2K. There are: {string.Join(", ", OptionStore.Names)}.");
    }

    private string? ToText(string name, object? value) => value switch
    {
        null => null,
        string?[] names => ToText(name, string.Join(',', names)),
        string text when string.IsNullOrWhiteSpace(text) => null,
        string path when name is nameof(OutputDirectory) or nameof(PriceFile) => FileSystemPath.Resolve(SessionState, name, path),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture),
    };

    private static IEnumerable<string> Match(string name)
    {
        var pattern = new WildcardPattern(name, WildcardOptions.IgnoreCase);
        string[] found = [.. OptionStore.Names.Where(pattern.IsMatch)];
        if (found.Length > 0) return found;
        throw Invalid(nameof(Clear), $"There is no option '{name}'. Choose one of: {string.Join(", ", OptionStore.Names)}.");
    }

    /// <summary>What was set may not be what holds; who is told that does not have to wonder.</summary>
    private void Tell(OptionStore store, string name)
    {
        if (Scope == NBOptionScope.Process && !PassThru) return; // Nothing goes before it.
        NBOption option;
        try
        {
            option = store.Describe(name);
        }
        catch (NBException error)
        {
            WriteWarning($"{name} was changed, but what goes before it is wrong. {error.Message}");
            return;
        }

        if (option.Source == NBOptionSource.Environment && Scope == NBOptionScope.User)
        {
            WriteWarning($"{name} was changed for this user, but here the variable {option.Variable} goes before it: {option.Value}.");
        }
        else if (option.Source == NBOptionSource.Process && Scope == NBOptionScope.User)
        {
            WriteWarning($"{name} was changed for this user, but what was set with -Scope Process goes before it until this process ends: {option.Value}.");
        }

        if (PassThru) WriteObject(option);
    }

    private static NBException Invalid(string? parameter, string message) => new(NBErrorId.InvalidRequest, message) { Parameter = parameter };
}
