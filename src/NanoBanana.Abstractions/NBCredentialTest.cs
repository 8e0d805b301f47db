namespace NanoBanana;

/// <summary>What a provider says of a key.</summary>
public sealed class NBCredentialTest
{
    /// <summary>The provider, for example <c>Fal</c>.</summary>
    public required string Provider { get; init; }

    /// <summary>Whether the provider accepts the key; null when that cannot be told without paying.</summary>
    public bool? IsValid { get; init; }

    /// <summary>Where the key was found.</summary>
    public NBCredentialSource Source { get; init; }

    /// <summary>The same in words, with the provider's own where it said no.</summary>
    public required string Message { get; init; }

    /// <summary>The provider and the message.</summary>
    /// <returns>For example <c>Fal: The key is accepted.</c>.</returns>
    public override string ToString() => $"{Provider}: {Message}";
}
