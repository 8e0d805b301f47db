using System.Buffers.Binary;

namespace NanoBanana.Engine.Imaging;

/// <summary>Whether a picture's file has its end: a server can announce the length of a picture that it cuts off.</summary>
internal static class ImageTail
{
    /// <summary>Encoders may add a little after the end; so far back it is looked for.</summary>
    private const int Slack = 4096;

    /// <summary>Looks at the end of a file.</summary>
    /// <param name="file">The file, open for reading; its position is left anywhere.</param>
    /// <returns>False for a PNG, JPEG or WebP whose end is missing; true for all else, also for what is no picture.</returns>
    public static bool IsWhole(FileStream file)
    {
        Span<byte> head = stackalloc byte[12];
        file.Position = 0;
        int read = file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        if (read < head.Length) return true;
        if (head.StartsWith("RIFF"u8) && head[8..].SequenceEqual("WEBP"u8)) return file.Length >= BinaryPrimitives.ReadUInt32LittleEndian(head[4..]) + 8L;
        if (head.StartsWith((ReadOnlySpan<byte>)[0x89, 0x50, 0x4E, 0x47])) return EndHolds(file, [0x49, 0x45, 0x4E, 0x44, 0xAE, 0x42, 0x60, 0x82]);
        return !head.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF]) || EndHolds(file, [0xFF, 0xD9]);
    }

    private static bool EndHolds(FileStream file, ReadOnlySpan<byte> mark)
    {
        Span<byte> end = stackalloc byte[Slack];
        file.Position = Math.Max(0, file.Length - Slack);
        int read = file.ReadAtLeast(end, end.Length, throwOnEndOfStream: false);
        return end[..read].IndexOf(mark) >= 0;
    }
}
