namespace NanoBanana.PowerShell.Credentials;

/// <summary>What can be wrong with a vault, each in words of its own and with the line to type next.</summary>
internal static class VaultErrors
{
    /// <summary>The line that makes a first vault.</summary>
    public const string HowToRegister = "Register-SecretVault -Name SecretStore -ModuleName Microsoft.PowerShell.SecretStore -DefaultVault";

    /// <summary>The line that installs SecretManagement and a store of its own.</summary>
    public const string HowToInstall = "Install-PSResource Microsoft.PowerShell.SecretManagement, Microsoft.PowerShell.SecretStore";

    public static NBException NotInstalled() => Make(
        $"A vault was asked for, but the module Microsoft.PowerShell.SecretManagement is not installed. Type: {HowToInstall}; {HowToRegister}");

    public static NBException NoneRegistered() => Make($"A vault was asked for, but none is registered. Type: {HowToRegister}");

    public static NBException NoDefault(IEnumerable<RegisteredVault> registered) => Make(
        $"None of the registered vaults is the default one. Name one with -Vault, or type: Set-SecretVaultDefault -Name {Quote(registered.First().Name)}. There are: {Names(registered)}.");

    public static NBException NoSuchVault(string name, IEnumerable<RegisteredVault> registered) => Make(
        $"There is no vault '{name}'. Give -Vault one of these names: {Names(registered)}.");

    public static NBException NoSuchSecret(RegisteredVault vault, string provider) => Make(
        $"The vault '{vault.Name}' holds no secret {vault.SecretNameOf(provider)}. Type: Set-NBCredential -Provider {provider} -Vault {Quote(vault.Name)}", provider);

    public static NBException NoSuchSecrets(RegisteredVault vault, IReadOnlyList<string> providers) => Make(
        $"The vault '{vault.Name}' holds no key of any of these: {string.Join(", ", providers)}. Type: Set-NBCredential -Provider {providers[0]} -Vault {Quote(vault.Name)}");

    public static NBException Locked(RegisteredVault vault, bool isAnswered) => Make(isAnswered
        ? $"The vault '{vault.Name}' is locked, or its store is gone. Type: Unlock-SecretVault -Name {Quote(vault.Name)} -Password (Read-Host -AsSecureString)"
        : $"The vault '{vault.Name}' is locked, or its store is gone. Let the script begin with: Unlock-SecretVault -Name {Quote(vault.Name)} -Password $password");

    public static NBException WrongType(RegisteredVault vault, string secret, string provider, string type) => Make(
        $"The secret {secret} of the vault '{vault.Name}' is a {type}; a key is a String or a SecureString. Type: Set-NBCredential -Provider {provider} -Vault {Quote(vault.Name)}", provider);

    public static NBException NoKey(RegisteredVault vault, string secret, string provider, string fault) => Make(
        $"The secret {secret} of the vault '{vault.Name}' holds no key: it {fault}. Type: Set-NBCredential -Provider {provider} -Vault {Quote(vault.Name)}", provider);

    /// <summary>Whatever else a vault's module says.</summary>
    public static NBException Failed(RegisteredVault? vault, string action, string words) => Make(vault is null
        ? $"SecretManagement could not {action}: {words}"
        : $"The vault '{vault.Name}' ({vault.ModuleName}) could not {action}: {words} Type: Test-SecretVault -Name {Quote(vault.Name)}");

    private static NBException Make(string message, string? provider = null) => new(NBErrorId.CredentialNotFound, message) { Provider = provider, Parameter = "Vault" };

    private static string Names(IEnumerable<RegisteredVault> vaults) => string.Join(", ", vaults.Select(vault => vault.Name));

    /// <summary>A name as it is typed on a command line.</summary>
    public static string Quote(string name) => name.All(char.IsLetterOrDigit) ? name : $"'{name.Replace("'", "''", StringComparison.Ordinal)}'";
}
