namespace NanoBanana.Engine.Jobs;

/// <summary>Ids of 16 characters that sort by the time they were made: 10 of milliseconds, 6 of chance.</summary>
internal static class JobId
{
    private const string Alphabet = "0123456789abcdefghjkmnpqrstvwxyz"; // Crockford's base 32: nothing that looks like something else.
    private const int Length = 16;
    private const int TimeLength = 10;
    private const uint MostChance = 0x3FFF_FFFF;
    private const byte NoDigit = byte.MaxValue;
    private static readonly byte[] Digits = ReadAlphabet();
    private static readonly long LastMillisecond = DateTimeOffset.MaxValue.ToUnixTimeMilliseconds();

    /// <summary>An id that no job has: its lock is for what concerns all of them.</summary>
    public const string Nobody = "0000000000000000";

    /// <summary>Makes an id.</summary>
    /// <param name="now">The time it carries.</param>
    /// <remarks>The chance keeps ids of one millisecond apart; nothing depends on its being unforeseeable.</remarks>
    public static string New(DateTimeOffset now) => Make(now.ToUnixTimeMilliseconds(), (uint)Random.Shared.Next() & MostChance);

    /// <summary>Makes the id of its two parts.</summary>
    /// <param name="milliseconds">The time, in milliseconds since 1970, UTC.</param>
    /// <param name="chance">30 bits.</param>
    public static string Make(long milliseconds, uint chance)
    {
        Span<char> id = stackalloc char[Length];
        Write(id[..TimeLength], milliseconds);
        Write(id[TimeLength..], chance);
        return id.ToString();
    }

    /// <summary>Reads when an id was made. What is no id is safe neither as a name of a file nor as a part of a path.</summary>
    /// <param name="id">The text.</param>
    /// <param name="time">The time, UTC, whole milliseconds.</param>
    /// <returns>False for what <see cref="New"/> never makes: another length, or other characters (capitals are others).</returns>
    public static bool TryReadTime(string? id, out DateTimeOffset time)
    {
        bool isId = TryRead(id, out long milliseconds, out _);
        time = isId ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds) : default;
        return isId;
    }

    /// <summary>Takes an id apart.</summary>
    /// <param name="id">The text.</param>
    /// <param name="milliseconds">The time, in milliseconds since 1970, UTC; never after the year 9999.</param>
    /// <param name="chance">30 bits.</param>
    /// <returns>False for what is no id.</returns>
    public static bool TryRead(ReadOnlySpan<char> id, out long milliseconds, out uint chance)
    {
        (milliseconds, chance) = (0, 0);
        if (id.Length != Length || !TryRead(id[..TimeLength], out milliseconds) || !TryRead(id[TimeLength..], out long rest)) return false;
        chance = (uint)rest;
        return milliseconds <= LastMillisecond;
    }

    private static byte[] ReadAlphabet()
    {
        var digits = new byte[128];
        digits.AsSpan().Fill(NoDigit);
        for (int digit = 0; digit < Alphabet.Length; digit++) digits[Alphabet[digit]] = (byte)digit;
        return digits;
    }

    private static bool TryRead(ReadOnlySpan<char> text, out long value)
    {
        value = 0;
        foreach (char character in text)
        {
            byte digit = character < Digits.Length ? Digits[character] : NoDigit;
            if (digit == NoDigit) return false;
            value = (value << 5) | digit;
        }

        return true;
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
