using System.Buffers.Binary;
using System.Text;

namespace NanoBanana.Engine.Tests.Support;

/// <summary>The first and last bytes of pictures, made by hand from the formats' own specifications.</summary>
internal static class Pictures
{
    public static byte[] Png(int width = 1024, int height = 1024, int length = 64)
    {
        byte[] bytes = new byte[Math.Max(length, 45)];
        ((ReadOnlySpan<byte>)[0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13, (byte)'I', (byte)'H', (byte)'D', (byte)'R']).CopyTo(bytes);
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(16), width);
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(20), height);
        bytes[24] = 8;
        bytes[25] = 2;
        for (int i = 33; i < bytes.Length; i++) bytes[i] = (byte)(i * 7);
        ((ReadOnlySpan<byte>)[0, 0, 0, 0, (byte)'I', (byte)'E', (byte)'N', (byte)'D', 0xAE, 0x42, 0x60, 0x82]).CopyTo(bytes.AsSpan(bytes.Length - 12));
        return bytes;
    }

    /// <summary>Start of image, the given segments, then a frame of the given kind.</summary>
    public static byte[] Jpeg(int width, int height, byte frame = 0xC0, params byte[][] segments)
    {
        byte[] size = [8, (byte)(height >> 8), (byte)height, (byte)(width >> 8), (byte)width, 3, 1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1];
        return [0xFF, 0xD8, .. segments.SelectMany(s => s), .. Segment(frame, size), 0xFF, 0xDA, 0, 2, 1, 2, 3, 0xFF, 0xD9];
    }

    public static byte[] Segment(byte marker, byte[] body) => [0xFF, marker, (byte)((body.Length + 2) >> 8), (byte)(body.Length + 2), .. body];

    public static byte[] WebPLossy(int width, int height) =>
        Riff("VP8 ", [0x30, 0x01, 0x00, 0x9D, 0x01, 0x2A, (byte)width, (byte)(width >> 8), (byte)height, (byte)(height >> 8), 0, 0]);

    public static byte[] WebPLossless(int width, int height)
    {
        byte[] body = new byte[12];
        body[0] = 0x2F;
        BinaryPrimitives.WriteUInt32LittleEndian(body.AsSpan(1), (uint)(width - 1) | ((uint)(height - 1) << 14));
        return Riff("VP8L", body);
    }

    public static byte[] WebPExtended(int width, int height)
    {
        (int w, int h) = (width - 1, height - 1);
        return Riff("VP8X", [0x10, 0, 0, 0, (byte)w, (byte)(w >> 8), (byte)(w >> 16), (byte)h, (byte)(h >> 8), (byte)(h >> 16), 0, 0]);
    }

    private static byte[] Riff(string chunk, byte[] body)
    {
        byte[] length = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, body.Length);
        byte[] total = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(total, body.Length + 12);
        return [.. "RIFF"u8, .. total, .. "WEBP"u8, .. Encoding.ASCII.GetBytes(chunk), .. length, .. body];
    }
}
