using System.Buffers.Binary;

namespace NanoBanana.Sandbox.Tests;

/// <summary>What a file's first bytes say, read without any code of the sandbox.</summary>
internal static class PictureHeader
{
    public static (string Format, int Width, int Height) Read(ReadOnlySpan<byte> bytes)
    {
        if (bytes[0] == 0x89)
            return ("png", BinaryPrimitives.ReadInt32BigEndian(bytes[16..]), BinaryPrimitives.ReadInt32BigEndian(bytes[20..]));
        if (bytes.StartsWith("RIFF"u8))
        {
            Assert.Equal(bytes.Length - 8, BinaryPrimitives.ReadInt32LittleEndian(bytes[4..]));
            var pixels = bytes[12..].StartsWith("VP8X"u8) ? bytes[30..] : bytes[12..];
            Assert.True(pixels.StartsWith("VP8L"u8));
            var size = BinaryPrimitives.ReadUInt32LittleEndian(pixels[9..]);
            return ("webp", (int)(size & 0x3FFF) + 1, (int)(size >> 14 & 0x3FFF) + 1);
        }

        var at = 2;
        while (bytes[at + 1] != 0xC0)
            at += 2 + BinaryPrimitives.ReadUInt16BigEndian(bytes[(at + 2)..]);
        return ("jpeg", BinaryPrimitives.ReadUInt16BigEndian(bytes[(at + 7)..]), BinaryPrimitives.ReadUInt16BigEndian(bytes[(at + 5)..]));
    }
}
