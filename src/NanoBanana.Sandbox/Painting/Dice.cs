using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace NanoBanana.Sandbox.Painting;

/// <summary>Chance that is the same each time: drawn from a hash of what was asked for.</summary>
internal struct Dice
{
    private ulong _state;

    private Dice(ulong state) => _state = state;

    /// <summary>Dice for a text; different texts give unrelated ones.</summary>
    public static Dice For(string text) => new(BinaryPrimitives.ReadUInt64LittleEndian(Hash(text)));

    public static byte[] Hash(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));

    /// <summary>The next number (SplitMix64).</summary>
    public ulong Next()
    {
        var z = _state += 0x9E3779B97F4A7C15UL;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
        return z ^ (z >> 31);
    }

    /// <summary>A whole number from 0 to below the limit.</summary>
    public int Below(int limit) => (int)(Next() % (uint)limit);

    /// <summary>A number from the first to the second.</summary>
    public float Between(float from, float to) => from + (to - from) * (Next() >> 40) / (1 << 24);
}
