using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using NanoBanana.PowerShell.Credentials;

namespace NanoBanana.PowerShell.Parameters;

/// <summary>Completes -Vault with the vaults that are registered; with nothing where they cannot be listed at once.</summary>
internal sealed class VaultCompleter : IArgumentCompleter
{
    /// <summary>Nobody waits longer for the Tab key, for example behind another runspace that reads a vault.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(3);

    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        string start = (wordToComplete ?? string.Empty).Trim('\'', '"');
        return [.. Names()
            .Where(name => name.StartsWith(start, StringComparison.OrdinalIgnoreCase))
            .Order(StringComparer.OrdinalIgnoreCase)
            .Select(name => new CompletionResult(VaultErrors.Quote(name), name, CompletionResultType.ParameterValue, name))];
    }

    private static IReadOnlyList<string> Names()
    {
        using var patience = new CancellationTokenSource(Longest);
        using var vaults = new SecretVaults(host: null, patience.Token); // Without a host nothing can be asked.
        try
        {
            return vaults.Names();
        }
        catch (Exception exception) when (exception is NBException or RuntimeException or OperationCanceledException)
        {
            return [];
        }
    }
}
