using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using NanoBanana.Engine;

namespace NanoBanana.PowerShell.Parameters;

/// <summary>Completes a parameter with fixed words.</summary>
public abstract class WordCompleter : IArgumentCompleter
{
    /// <summary>The words, in the order in which they are offered.</summary>
    private protected abstract IEnumerable<string> Words { get; }

    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        string start = (wordToComplete ?? string.Empty).Trim('\'', '"');
        foreach (string word in Words)
        {
            if (word.StartsWith(start, StringComparison.OrdinalIgnoreCase)) yield return new CompletionResult(word);
        }
    }
}

/// <summary>Completes -Resolution.</summary>
public sealed class ResolutionCompleter : WordCompleter
{
    private protected override IEnumerable<string> Words => Vocabulary.Resolutions.Select(resolution => resolution.ToName());
}

/// <summary>Completes -AspectRatio.</summary>
public sealed class AspectRatioCompleter : WordCompleter
{
    private protected override IEnumerable<string> Words => AspectRatio.All.Select(ratio => ratio.ToString());
}

/// <summary>Completes -OutputFormat.</summary>
public sealed class OutputFormatCompleter : WordCompleter
{
    private protected override IEnumerable<string> Words => Vocabulary.Formats.Select(format => format.ToName());
}

/// <summary>Completes -Provider.</summary>
public sealed class ProviderCompleter : WordCompleter
{
    private protected override IEnumerable<string> Words => ImageEngine.KnownProviders.Select(provider => provider.Name);
}
