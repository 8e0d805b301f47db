namespace NanoBanana;

/// <summary>Where the key of a provider comes from, and as much of it as tells it from another. It never holds the key.</summary>
public sealed class NBCredentialInfo
{
    /// <summary>The provider, for example <c>Fal</c>.</summary>
    public required string Provider { get; init; }

    /// <summary>Where the key was found.</summary>
    public NBCredentialSource Source { get; init; }

    /// <summary>The vault that holds it; null when none does.</summary>
    public string? Vault { get; init; }

    /// <summary>The name of the secret in that vault, for example <c>NanoBanana.Fal</c>; null when no vault holds it.</summary>
    public string? SecretName { get; init; }

    /// <summary>The environment variable that holds it, or may hold it: <c>FAL_KEY</c> and so on.</summary>
    public required string Variable { get; init; }

    /// <summary>The last four characters; null when there is no key, or one of less than twelve characters.</summary>
    public string? LastFour { get; init; }

    /// <summary>The provider and the source.</summary>
    /// <returns>For example <c>Fal: Vault</c>.</returns>
    public override string ToString() => $"{Provider}: {Source}";
}
