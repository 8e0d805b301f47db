using System.Security;

namespace NanoBanana.PowerShell.Credentials;

/// <summary>A key, and where it was found.</summary>
/// <param name="Secret">The key.</param>
/// <param name="Source">Where it was found.</param>
internal sealed record FoundKey(SecureString Secret, NBCredentialSource Source) : IDisposable
{
    /// <summary>The vault that holds it.</summary>
    public string? Vault { get; init; }

    /// <summary>Its name in that vault.</summary>
    public string? SecretName { get; init; }

    /// <summary>Wipes the key.</summary>
    public void Dispose() => Secret.Dispose();
}
