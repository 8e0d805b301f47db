using Curve = Org.BouncyCastle.Math.EC.Rfc8032.Ed25519;

namespace NanoBanana.Engine.Webhooks;

/// <summary>Verifies Ed25519 signatures (RFC 8032, section 5.1) with BouncyCastle, because .NET has no Ed25519.</summary>
internal static class Ed25519
{
    /// <summary>The length of a public key, in bytes.</summary>
    public const int KeyLength = 32;

    /// <summary>The length of a signature, in bytes.</summary>
    public const int SignatureLength = 64;

    /// <summary>Whether a signature over a message was made with the private half of a key.</summary>
    /// <param name="key">The public key, 32 bytes.</param>
    /// <param name="message">The message.</param>
    /// <param name="signature">The signature, 64 bytes.</param>
    /// <returns>
    /// True when it was. False also for wrong lengths, for values that are not in canonical form, and for keys of small order,
    /// under which anybody can sign.
    /// </returns>
    public static bool Verify(byte[] key, byte[] message, byte[] signature) =>
        key.Length == KeyLength
        && signature.Length == SignatureLength
        && Curve.ValidatePublicKeyFull(key, 0)
        && Curve.Verify(signature, 0, key, 0, message, 0, message.Length);
}
