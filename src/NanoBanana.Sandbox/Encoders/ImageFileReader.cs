using System.Buffers.Binary;
using NanoBanana.Sandbox.Painting;

namespace NanoBanana.Sandbox.Encoders;

/// <summary>The bytes are no PNG, JPEG or WebP file.</summary>
internal sealed class NotAnImageException(string message) : FormatException(message);

/// <summary>Reads the size of a PNG, JPEG or WebP file, and the recipe that the sandbox wrote into it. Decodes no pixel.</summary>
internal static class ImageFileReader
{
    /// <summary>The longest side in pixels.</summary>
    public const int MaxSide = 16_384;

    private const int MaxPixels = 100_000_000;

    /// <summary>Reads a file.</summary>
    /// <exception cref="NotAnImageException">It is none of the three formats, or broken before its size is known.</exception>
    public static (PixelSize Size, PictureRecipe? Recipe) Read(ReadOnlySpan<byte> bytes)
    {
        PixelSize size = default;
        PictureRecipe? recipe = null;
        try
        {
            if (bytes.StartsWith((ReadOnlySpan<byte>)[0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]))
                ReadPng(bytes[8..], ref size, ref recipe);
            else if (bytes.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF]))
                ReadJpeg(bytes[2..], ref size, ref recipe);
            else if (bytes.Length >= 20 && bytes.StartsWith("RIFF"u8) && bytes[8..].StartsWith("WEBP"u8))
                ReadWebp(bytes[12..], ref size, ref recipe);
        }
        catch (Exception error) when (error is ArgumentOutOfRangeException or IndexOutOfRangeException)
        {
            // The file ends early. If its size is known by then, that is enough.
        }

        if (size.Width is < 1 or > MaxSide || size.Height is < 1 or > MaxSide || (long)size.Width * size.Height > MaxPixels)
            throw new NotAnImageException("This is not a PNG, JPEG or WebP file, or its size cannot be read.");
        return (size, recipe);
    }

    private static void ReadPng(ReadOnlySpan<byte> chunks, ref PixelSize size, ref PictureRecipe? recipe)
    {
        while (chunks.Length > 0)
        {
            var length = BinaryPrimitives.ReadInt32BigEndian(chunks);
            var data = chunks.Slice(8, length);
            if (chunks[4..].StartsWith("IHDR"u8))
                size = new(BinaryPrimitives.ReadInt32BigEndian(data), BinaryPrimitives.ReadInt32BigEndian(data[4..]));
            else if (chunks[4..].StartsWith("tEXt"u8) && data.StartsWith(PngEncoder.RecipeKeyword))
                recipe = PictureRecipe.FromBytes(data[PngEncoder.RecipeKeyword.Length..]);
            chunks = chunks[(length + 12)..];
        }
    }

    private static void ReadJpeg(ReadOnlySpan<byte> segments, ref PixelSize size, ref PictureRecipe? recipe)
    {
        while (segments.Length > 0 && segments[0] == 0xFF)
        {
            var marker = segments[1];
            if (marker is 0xFF or 0x01 or (>= 0xD0 and <= 0xD7))
            {
                segments = segments[(marker == 0xFF ? 1 : 2)..]; // Padding, or a marker without a length.
                continue;
            }

            if (marker is 0xDA or 0xD9)
                return; // The pixels begin, or the file ends.
            var length = BinaryPrimitives.ReadUInt16BigEndian(segments[2..]);
            var data = segments[4..(length + 2)];
            if (marker is >= 0xC0 and <= 0xCF and not (0xC4 or 0xC8 or 0xCC))
                size = new(BinaryPrimitives.ReadUInt16BigEndian(data[3..]), BinaryPrimitives.ReadUInt16BigEndian(data[1..]));
            else if (marker == 0xFE)
                recipe ??= PictureRecipe.FromBytes(data);
            segments = segments[(length + 2)..];
        }
    }

    private static void ReadWebp(ReadOnlySpan<byte> chunks, ref PixelSize size, ref PictureRecipe? recipe)
    {
        while (chunks.Length > 0)
        {
            var length = BinaryPrimitives.ReadInt32LittleEndian(chunks[4..]);
            var data = chunks.Slice(8, length);
            if (chunks.StartsWith("VP8X"u8))
                size = new(1 + Read24(data[4..]), 1 + Read24(data[7..]));
            else if (chunks.StartsWith("VP8L"u8) && size == default)
                size = new(1 + (int)(BinaryPrimitives.ReadUInt32LittleEndian(data[1..]) & 0x3FFF), 1 + (int)(BinaryPrimitives.ReadUInt32LittleEndian(data[1..]) >> 14 & 0x3FFF));
            else if (chunks.StartsWith("VP8 "u8) && size == default)
                size = new(BinaryPrimitives.ReadUInt16LittleEndian(data[6..]) & 0x3FFF, BinaryPrimitives.ReadUInt16LittleEndian(data[8..]) & 0x3FFF);
            else if (chunks.StartsWith(WebpEncoder.RecipeChunk))
                recipe = PictureRecipe.FromBytes(data);
            chunks = chunks[(8 + length + (length & 1))..];
        }
    }

    private static int Read24(ReadOnlySpan<byte> bytes) => bytes[0] | bytes[1] << 8 | bytes[2] << 16;
}
