namespace NanoBanana.PowerShell.Credentials;

/// <summary>
/// What can be wrong with a key, with the lines to type next. Who sits before the host gets them one below the other; where
/// nobody can answer, as in a runbook, an error is one line and advises no Read-Host, which would fail there.
/// </summary>
/// <param name="isAnswered">Whether somebody can type.</param>
internal sealed class KeyErrors(bool isAnswered)
{
    /// <summary>How -ApiKey is given.</summary>
    private string HowToGive => isAnswered ? "-ApiKey (Read-Host -AsSecureString)" : "-ApiKey";

    /// <summary>What was given with -ApiKey is no key.</summary>
    /// <param name="fault">Why, to stand after "it".</param>
    public NBException NoKeyGiven(string fault) => new(
        NBErrorId.InvalidRequest, $"-ApiKey holds no key: it {fault}. Copy the key again, without anything around it, and give it with {HowToGive}.")
    {
        Parameter = "ApiKey",
    };

    /// <summary>The variable of a provider holds no key.</summary>
    /// <param name="provider">The provider.</param>
    /// <param name="fault">Why, to stand after "it".</param>
    public NBException NoKeyInVariable(NBProvider provider, string fault)
    {
        string next = isAnswered ? $"Type: $env:{provider.KeyVariable} = Read-Host -MaskInput" : "Set it again, without anything around the key.";
        return Make($"$env:{provider.KeyVariable} holds no key: it {fault}. {next}", provider.Name);
    }

    /// <summary>There is no key for the one provider that was asked for.</summary>
    /// <param name="provider">The provider.</param>
    /// <param name="hasVaults">Whether there may be a vault to put it into.</param>
    public NBException NotFound(NBProvider provider, bool hasVaults) => Make(
        Lines($"No key for {provider.Name} was found.", HowToGive, provider, hasVaults), provider.Name);

    /// <summary>There is no key for any of those that could do it.</summary>
    /// <param name="providers">The providers, at least two; the lines to type are those of the first.</param>
    /// <param name="hasVaults">Whether there may be a vault to put a key into.</param>
    public NBException NoneFound(IReadOnlyList<NBProvider> providers, bool hasVaults)
    {
        NBProvider first = providers[0];
        string names = string.Join(", ", providers.Select(provider => provider.Name));
        return Make(Lines($"No key was found for any of these: {names}.", $"-Provider {first.Name} {HowToGive}", first, hasVaults), provider: null);
    }

    private string Lines(string what, string parameters, NBProvider provider, bool hasVaults)
    {
        if (!isAnswered) return $"{what} Give it with {parameters}, keep it in a vault (Set-NBCredential -Provider {provider.Name}) or in $env:{provider.KeyVariable}; -Sandbox needs none.";
        string first = hasVaults ? string.Empty : $" (once, before: {VaultErrors.HowToInstall}; {VaultErrors.HowToRegister})";
        return $"""
            {what} Do one of these:
              for this command: add {parameters}
              in a vault:       Set-NBCredential -Provider {provider.Name}{first}
              in this session:  $env:{provider.KeyVariable} = Read-Host -MaskInput
            To try without a key and without cost, add -Sandbox.
            """;
    }

    private static NBException Make(string message, string? provider) => new(NBErrorId.CredentialNotFound, message) { Provider = provider };
}
