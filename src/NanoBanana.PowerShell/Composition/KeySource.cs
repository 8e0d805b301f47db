using System.Security;
using NanoBanana.Engine.Transport;

namespace NanoBanana.PowerShell.Composition;

/// <summary>Where a provider's key comes from: the parameter, then the environment.</summary>
internal static class KeySource
{
    /// <summary>Finds the key.</summary>
    /// <param name="provider">The provider.</param>
    /// <param name="apiKey">The parameter, where it was given.</param>
    /// <exception cref="NBException">CredentialNotFound, with the lines to type.</exception>
    public static SecretKey Find(NBProvider provider, SecureString? apiKey)
    {
        if (apiKey is { Length: > 0 }) return new SecretKey(apiKey);
        string variable = provider.KeyVariable;
        if (Environment.GetEnvironmentVariable(variable) is { } text && !string.IsNullOrWhiteSpace(text)) return SecretKey.FromText(text);
        throw new NBException(
            NBErrorId.CredentialNotFound,
            $"No key for {provider.Name} was found. Give it with -ApiKey (Read-Host -AsSecureString), or set the variable: $env:{variable} = '...'. "
            + "To try without a key and without cost, add -Sandbox.")
        { Provider = provider.Name };
    }
}
