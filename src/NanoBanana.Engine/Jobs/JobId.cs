using System.Security.Cryptography;

namespace NanoBanana.Engine.Jobs;

/// <summary>Ids of 16 characters that sort by the time they were made: 10 of milliseconds, 6 of chance.</summary>
internal static class JobId
{
    private const string Alphabet = "0123456789abcdefghjkmnpqrstvwxyz"; // Crockford's base 32: nothing that looks like something else.

    /// <summary>Makes an id.</summary>
    /// <param name="now">The time it carries.</param>
    public static string New(DateTimeOffset now)
    {
        Span<byte> chance = stackalloc byte[4];
        RandomNumberGenerator.Fill(chance);
        Span<char> id = stackalloc char[16];
        Write(id[..10], now.ToUnixTimeMilliseconds());
        Write(id[10..], BitConverter.ToUInt32(chance) & 0x3FFF_FFFF);
        return id.ToString();
    }

    private static void Write(Span<char> target, long value)
    {
        for (int i = target.Length - 1; i >= 0; i--)
        {
            target[i] = Alphabet[(int)(value & 31)];
            value >>= 5;
        }
    }
}
