using System.Collections.Concurrent;
using System.Globalization;
using System.Numerics;
using System.Security.Cryptography;

namespace NanoBanana.Engine.Tests.Webhooks;

/// <summary>
/// Signs as RFC 8032, section 5.1.6 says, for tests alone: in affine coordinates after the curve's own equation, so that it
/// shares no step with the verifier, and in no constant time.
/// </summary>
internal sealed class Ed25519Signer
{
    private static readonly BigInteger P = BigInteger.Pow(2, 255) - 19;
    private static readonly BigInteger L = BigInteger.Pow(2, 252) + BigInteger.Parse("27742317777372353535851937790883648493", CultureInfo.InvariantCulture);
    private static readonly BigInteger D = BigInteger.Parse("37095705934669439343138083508754565189542113879843219016388785533085940283555", CultureInfo.InvariantCulture);
    private static readonly (BigInteger X, BigInteger Y) Base = (
        BigInteger.Parse("15112221349535400772501151409588531511454012693041857206046113283949847762202", CultureInfo.InvariantCulture),
        BigInteger.Parse("46316835694926478169428394003475163141307993866256225615783033603165251855960", CultureInfo.InvariantCulture));

    /// <summary>1, 2, 4, 8 and so on times the base point.</summary>
    private static readonly (BigInteger X, BigInteger Y)[] Doubled = DoubleBase();

    private static readonly ConcurrentDictionary<byte, Ed25519Signer> Made = new();

    private readonly BigInteger secret;
    private readonly byte[] prefix;

    public Ed25519Signer(byte[] seed)
    {
        byte[] hash = SHA512.HashData(seed);
        prefix = hash[32..];
        hash[0] &= 0xF8;
        hash[31] = (byte)((hash[31] & 0x7F) | 0x40);
        secret = Number(hash.AsSpan(0, 32));
        PublicKey = Encode(Multiply(secret));
    }

    public byte[] PublicKey { get; }

    public static BigInteger Order => L;

    /// <summary>A signer whose key is made of a number.</summary>
    public static Ed25519Signer Of(byte number) => Made.GetOrAdd(number, static filling =>
    {
        byte[] seed = new byte[32];
        seed.AsSpan().Fill(filling);
        return new Ed25519Signer(seed);
    });

    public byte[] Sign(byte[] message)
    {
        BigInteger r = Number(SHA512.HashData([.. prefix, .. message])) % L;
        byte[] first = Encode(Multiply(r));
        BigInteger k = Number(SHA512.HashData([.. first, .. PublicKey, .. message])) % L;
        return [.. first, .. Bytes((r + (k * secret)) % L)];
    }

    public static byte[] Bytes(BigInteger number)
    {
        byte[] bytes = new byte[32];
        number.TryWriteBytes(bytes, out _, isUnsigned: true);
        return bytes;
    }

    public static BigInteger Number(ReadOnlySpan<byte> littleEndian) => new(littleEndian, isUnsigned: true);

    private static (BigInteger X, BigInteger Y) Multiply(BigInteger times)
    {
        (BigInteger X, BigInteger Y) sum = (0, 1);
        for (int bit = 0; !times.IsZero; bit++, times >>= 1)
        {
            if (!times.IsEven) sum = Add(sum, Doubled[bit]);
        }

        return sum;
    }

    private static (BigInteger X, BigInteger Y)[] DoubleBase()
    {
        var doubled = new (BigInteger X, BigInteger Y)[256];
        doubled[0] = Base;
        for (int bit = 1; bit < doubled.Length; bit++) doubled[bit] = Add(doubled[bit - 1], doubled[bit - 1]);
        return doubled;
    }

    private static (BigInteger X, BigInteger Y) Add((BigInteger X, BigInteger Y) a, (BigInteger X, BigInteger Y) b)
    {
        BigInteger product = D * a.X * b.X * a.Y * b.Y % P;
        BigInteger inverse = Invert((1 + product) * (P + 1 - product) % P); // Of both denominators at once.
        BigInteger x = ((a.X * b.Y) + (b.X * a.Y)) * (P + 1 - product) * inverse % P;
        BigInteger y = ((a.Y * b.Y) + (a.X * b.X)) * (1 + product) * inverse % P;
        return (x, y);
    }

    private static byte[] Encode((BigInteger X, BigInteger Y) point)
    {
        byte[] encoded = Bytes(point.Y);
        if (!point.X.IsEven) encoded[31] |= 0x80;
        return encoded;
    }

    private static BigInteger Invert(BigInteger value) => BigInteger.ModPow(value, P - 2, P);
}
