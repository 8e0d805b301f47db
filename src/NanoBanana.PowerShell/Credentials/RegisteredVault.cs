namespace NanoBanana.PowerShell.Credentials;

/// <summary>A vault that is registered with SecretManagement.</summary>
/// <param name="Name">Its name.</param>
/// <param name="ModuleName">The module behind it.</param>
/// <param name="IsDefault">Whether it is used where none is named.</param>
internal sealed record RegisteredVault(string Name, string ModuleName, bool IsDefault)
{
    /// <summary>How the secret of a provider is called here.</summary>
    /// <remarks>
    /// <c>NanoBanana.Fal</c>; in Azure Key Vault <c>NanoBanana-Fal</c>, because its names hold letters, digits and dashes
    /// only (Azure Key Vault: "About keys, secrets and certificates", object identifiers).
    /// </remarks>
    /// <param name="provider">The provider's name.</param>
    public string SecretNameOf(string provider) =>
        ModuleName.StartsWith("Az.KeyVault", StringComparison.OrdinalIgnoreCase) ? $"NanoBanana-{provider}" : $"NanoBanana.{provider}";
}
