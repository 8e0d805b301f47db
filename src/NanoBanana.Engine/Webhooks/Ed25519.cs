using System.Globalization;
using System.Numerics;
using System.Security.Cryptography;

namespace NanoBanana.Engine.Webhooks;

/// <summary>
/// Verifies Ed25519 signatures (RFC 8032, section 5.1), which .NET does not. Only public values pass through here, so
/// nothing needs to take the same time for all of them.
/// </summary>
internal static class Ed25519
{
    /// <summary>The bytes of a public key.</summary>
    public const int KeyLength = 32;

    /// <summary>The bytes of a signature.</summary>
    public const int SignatureLength = 64;

    private static readonly BigInteger Prime = BigInteger.Pow(2, 255) - 19;
    private static readonly BigInteger Order = BigInteger.Pow(2, 252) + BigInteger.Parse("27742317777372353535851937790883648493", CultureInfo.InvariantCulture);
    private static readonly BigInteger D = Reduce(-121665 * Invert(121666));
    private static readonly BigInteger RootOfMinusOne = BigInteger.ModPow(2, (Prime - 1) / 4, Prime);
    private static readonly CurvePoint Neutral = new(0, 1, 1, 0);
    private static readonly CurvePoint Base = TryDecode(BaseEncoding())!.Value;

    /// <summary>Whether a signature over a message was made with the private half of a key.</summary>
    /// <param name="key">The public key, 32 bytes.</param>
    /// <param name="message">The message.</param>
    /// <param name="signature">The signature, 64 bytes.</param>
    /// <returns>
    /// True when it was. False also for wrong lengths, for numbers and points that are not in their one canonical form, and
    /// for keys of small order, under which anybody can sign.
    /// </returns>
    public static bool Verify(ReadOnlySpan<byte> key, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        if (key.Length != KeyLength || signature.Length != SignatureLength) return false;
        BigInteger s = ReadNumber(signature[32..]);
        if (s >= Order) return false; // Else each signature would have further forms that are as good.
        if (TryDecode(key) is not { } owner || IsOfSmallOrder(owner)) return false;

        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA512);
        hash.AppendData(signature[..32]);
        hash.AppendData(key);
        hash.AppendData(message);
        BigInteger k = ReadNumber(hash.GetHashAndReset()) % Order;

        // The sum is encoded and compared, so that a first half in another form than the canonical one never fits.
        CurvePoint expected = Sum(Base, s, Negate(owner), k);
        return CryptographicOperations.FixedTimeEquals(Encode(expected), signature[..32]);
    }

    /// <summary>a times one point plus b times another, bit by bit for both at once.</summary>
    private static CurvePoint Sum(CurvePoint first, BigInteger a, CurvePoint second, BigInteger b)
    {
        CurvePoint both = Add(first, second);
        CurvePoint sum = Neutral;
        for (int bit = 252; bit >= 0; bit--)
        {
            sum = Double(sum);
            bool inA = !((a >> bit) & 1).IsZero;
            bool inB = !((b >> bit) & 1).IsZero;
            if (inA && inB) sum = Add(sum, both);
            else if (inA) sum = Add(sum, first);
            else if (inB) sum = Add(sum, second);
        }

        return sum;
    }

    /// <summary>RFC 8032, 5.1.4; holds for every pair of points.</summary>
    private static CurvePoint Add(CurvePoint p, CurvePoint q)
    {
        BigInteger a = (p.Y - p.X) * (q.Y - q.X) % Prime;
        BigInteger b = (p.Y + p.X) * (q.Y + q.X) % Prime;
        BigInteger c = 2 * p.T * q.T % Prime * D % Prime;
        BigInteger d = 2 * p.Z * q.Z % Prime;
        return Join(b - a, d - c, d + c, b + a);
    }

    private static CurvePoint Double(CurvePoint p)
    {
        BigInteger a = p.X * p.X % Prime;
        BigInteger b = p.Y * p.Y % Prime;
        BigInteger h = a + b;
        BigInteger sum = p.X + p.Y;
        BigInteger e = h - (sum * sum % Prime);
        BigInteger g = a - b;
        return Join(e, (2 * p.Z * p.Z % Prime) + g, g, h);
    }

    private static CurvePoint Join(BigInteger e, BigInteger f, BigInteger g, BigInteger h) =>
        new(e * f % Prime, g * h % Prime, f * g % Prime, e * h % Prime);

    private static CurvePoint Negate(CurvePoint p) => new(-p.X, p.Y, p.Z, -p.T);

    private static bool IsOfSmallOrder(CurvePoint p)
    {
        CurvePoint eight = Double(Double(Double(p)));
        return Reduce(eight.X).IsZero && Reduce(eight.Y - eight.Z).IsZero;
    }

    private static byte[] Encode(CurvePoint p)
    {
        BigInteger inverse = Invert(p.Z);
        BigInteger x = Reduce(p.X * inverse);
        byte[] encoded = new byte[KeyLength];
        Reduce(p.Y * inverse).TryWriteBytes(encoded, out _, isUnsigned: true);
        if (!x.IsEven) encoded[31] |= 0x80;
        return encoded;
    }

    /// <summary>Reads a point: y, and in the highest bit whether x is odd (RFC 8032, 5.1.3).</summary>
    /// <returns>The point; null when it is none, or not in its canonical form.</returns>
    private static CurvePoint? TryDecode(ReadOnlySpan<byte> encoded)
    {
        bool isOdd = (encoded[31] & 0x80) != 0;
        Span<byte> number = stackalloc byte[KeyLength];
        encoded.CopyTo(number);
        number[31] &= 0x7F;
        BigInteger y = ReadNumber(number);
        if (y >= Prime) return null;

        BigInteger square = Reduce(((y * y) - 1) * Invert((D * y * y) + 1));
        BigInteger x = BigInteger.ModPow(square, (Prime + 3) / 8, Prime);
        if (!Reduce((x * x) - square).IsZero) x = Reduce(x * RootOfMinusOne);
        if (!Reduce((x * x) - square).IsZero) return null;
        if (x.IsZero && isOdd) return null;
        if (x.IsEven == isOdd) x = Prime - x;
        return new CurvePoint(x, y, 1, x * y % Prime);
    }

    /// <summary>The base point's y is 4/5, its x is even.</summary>
    private static byte[] BaseEncoding()
    {
        byte[] encoded = new byte[KeyLength];
        Reduce(4 * Invert(5)).TryWriteBytes(encoded, out _, isUnsigned: true);
        return encoded;
    }

    private static BigInteger ReadNumber(ReadOnlySpan<byte> littleEndian) => new(littleEndian, isUnsigned: true);

    private static BigInteger Invert(BigInteger value) => BigInteger.ModPow(Reduce(value), Prime - 2, Prime);

    private static BigInteger Reduce(BigInteger value)
    {
        BigInteger rest = value % Prime;
        return rest.Sign < 0 ? rest + Prime : rest;
    }

    /// <summary>A point as x = X/Z, y = Y/Z, x times y = T/Z; coordinates may be negative.</summary>
    private readonly record struct CurvePoint(BigInteger X, BigInteger Y, BigInteger Z, BigInteger T);
}
