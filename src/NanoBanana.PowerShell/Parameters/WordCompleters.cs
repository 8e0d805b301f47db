using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using NanoBanana.Engine;

namespace NanoBanana.PowerShell.Parameters;

/// <summary>Completes a parameter with the words that the provider already typed takes, or any provider where none is typed.</summary>
internal abstract class WordCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        string start = (wordToComplete ?? string.Empty).Trim('\'', '"');
        string? typed = fakeBoundParameters?["Provider"] as string;
        IReadOnlyList<NBProvider> all = ImageEngine.DescribeProviders();
        NBProvider[] named = [.. all.Where(provider => string.Equals(provider.Name, typed, StringComparison.OrdinalIgnoreCase))];
        IEnumerable<string> words = Words(all, named.Length > 0 ? named : all);
        foreach (string word in words.Distinct(StringComparer.OrdinalIgnoreCase))
        {
            if (word.StartsWith(start, StringComparison.OrdinalIgnoreCase)) yield return new CompletionResult(word);
        }
    }

    /// <summary>The words, in the order in which they are offered.</summary>
    /// <param name="all">Every provider.</param>
    /// <param name="typed">The provider typed, or every provider.</param>
    private protected abstract IEnumerable<string> Words(IReadOnlyList<NBProvider> all, IReadOnlyList<NBProvider> typed);
}

/// <summary>Completes -Provider.</summary>
internal sealed class ProviderCompleter : WordCompleter
{
    private protected override IEnumerable<string> Words(IReadOnlyList<NBProvider> all, IReadOnlyList<NBProvider> typed) =>
        all.Select(provider => provider.Name);
}

/// <summary>Completes -Provider where the choice can be left to the module.</summary>
internal sealed class ProviderChoiceCompleter : WordCompleter
{
    private protected override IEnumerable<string> Words(IReadOnlyList<NBProvider> all, IReadOnlyList<NBProvider> typed) =>
        all.Select(provider => provider.Name).Append("Auto");
}

/// <summary>Completes -Model.</summary>
internal sealed class ModelCompleter : WordCompleter
{
    private protected override IEnumerable<string> Words(IReadOnlyList<NBProvider> all, IReadOnlyList<NBProvider> typed) =>
        typed.SelectMany(provider => provider.Models);
}

/// <summary>Completes -Resolution.</summary>
internal sealed class ResolutionCompleter : WordCompleter
{
    private protected override IEnumerable<string> Words(IReadOnlyList<NBProvider> all, IReadOnlyList<NBProvider> typed) =>
        typed.SelectMany(provider => provider.Resolutions);
}

/// <summary>Completes -AspectRatio.</summary>
internal sealed class AspectRatioCompleter : WordCompleter
{
    private protected override IEnumerable<string> Words(IReadOnlyList<NBProvider> all, IReadOnlyList<NBProvider> typed) =>
        typed.SelectMany(provider => provider.AspectRatios);
}

/// <summary>Completes -OutputFormat.</summary>
internal sealed class OutputFormatCompleter : WordCompleter
{
    private protected override IEnumerable<string> Words(IReadOnlyList<NBProvider> all, IReadOnlyList<NBProvider> typed) =>
        typed.SelectMany(provider => provider.OutputFormats).Select(format => format.ToName());
}

/// <summary>Completes -UploadVia: the one provider that keeps files for others.</summary>
internal sealed class UploadViaCompleter : WordCompleter
{
    private protected override IEnumerable<string> Words(IReadOnlyList<NBProvider> all, IReadOnlyList<NBProvider> typed) => ["Fal"];
}
