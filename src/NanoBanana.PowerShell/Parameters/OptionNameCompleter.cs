using NanoBanana.Engine.State;

namespace NanoBanana.PowerShell.Parameters;

/// <summary>Completes the names of options.</summary>
internal sealed class OptionNameCompleter : WordCompleter
{
    private protected override IEnumerable<string> Words(IReadOnlyList<NBProvider> all, IReadOnlyList<NBProvider> typed) => OptionStore.Names;
}
