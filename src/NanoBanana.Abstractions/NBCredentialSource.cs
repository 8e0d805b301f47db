namespace NanoBanana;

/// <summary>Where a key was found.</summary>
public enum NBCredentialSource
{
    /// <summary>Nowhere.</summary>
    None,

    /// <summary>It was given with -ApiKey.</summary>
    Parameter,

    /// <summary>In a vault of SecretManagement.</summary>
    Vault,

    /// <summary>In an environment variable.</summary>
    Environment,
}
