using NanoBanana.Sandbox.Painting;

namespace NanoBanana.Sandbox.Decoders;

/// <summary>Bytes are no picture, or a broken one.</summary>
internal sealed class PictureFormatException(string message) : FormatException(message);

/// <summary>Reads PNG, JPEG and WebP as far as a thumbnail needs. Time and memory are bounded by the size limits here.</summary>
internal static class PictureDecoder
{
    /// <summary>Pixels along one side.</summary>
    public const int LongestSide = 16_384;

    /// <summary>Pixels in all.</summary>
    public const int MostPixels = 100_000_000;

    /// <summary>Reads a picture into a thumbnail.</summary>
    /// <exception cref="PictureFormatException">They are none of the three formats, or broken.</exception>
    public static Thumbnail Decode(byte[] bytes)
    {
        ReadOnlySpan<byte> span = bytes;
        try
        {
            if (span.StartsWith((ReadOnlySpan<byte>)[0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]))
                return PngDecoder.Decode(bytes);
            if (span.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF]))
                return new JpegDecoder(bytes).Decode();
            if (span.Length >= 20 && span.StartsWith("RIFF"u8) && span[8..].StartsWith("WEBP"u8))
                return WebpDecoder.Decode(bytes);
        }
        catch (Exception error) when (error is IndexOutOfRangeException or ArgumentException or InvalidDataException or IOException or OverflowException)
        {
            // A file cut short reads past its end somewhere; where, nobody needs to know.
            throw new PictureFormatException("The picture is broken: " + error.Message);
        }

        throw new PictureFormatException("Neither PNG nor JPEG nor WebP.");
    }

    /// <summary>Refuses a size before memory is taken for it.</summary>
    /// <exception cref="PictureFormatException">No picture is that large, or has no pixels at all.</exception>
    public static void CheckSize(int width, int height)
    {
        if (width is < 1 or > LongestSide || height is < 1 or > LongestSide || (long)width * height > MostPixels)
            throw new PictureFormatException("The picture's size cannot be read.");
    }
}
