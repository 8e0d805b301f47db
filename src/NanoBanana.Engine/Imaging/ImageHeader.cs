using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;

namespace NanoBanana.Engine.Imaging;

/// <summary>What a picture's first bytes say of it. Whatever a server calls it, the bytes decide.</summary>
/// <param name="Format">The format.</param>
/// <param name="Width">Pixels across, at least 1.</param>
/// <param name="Height">Pixels down, at least 1.</param>
public sealed record ImageHeader(ImageFormat Format, int Width, int Height)
{
    /// <summary>So many first bytes hold the size of a PNG or WebP.</summary>
    private const int StartLength = 30;

    /// <summary>Reads the format and the size from the bytes of a file, or as many of its first bytes as there are.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="header">What they say.</param>
    /// <returns>False when they are no PNG, JPEG or WebP, or break off before the size.</returns>
    public static bool TryRead(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out ImageHeader? header)
    {
        using var stream = new MemoryStream(bytes.ToArray(), writable: false);
        header = Read(stream);
        return header is not null;
    }

    /// <summary>Reads the format and the size of a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>The header, or null when the file is no picture of a known format.</returns>
    public static async ValueTask<ImageHeader?> ReadFileAsync(string path, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 4096);
        await using (stream.ConfigureAwait(false))
        {
            return Read(stream);
        }
    }

    /// <summary>Reads the format and the size from the beginning of a stream. Metadata before the size is skipped, however much there is.</summary>
    /// <param name="stream">A stream that can seek; its position is left anywhere.</param>
    /// <returns>The header, or null when it is no picture of a known format.</returns>
    public static ImageHeader? Read(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        Span<byte> start = stackalloc byte[StartLength];
        stream.Position = 0;
        start = start[..stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)];
        bool isJpeg = start.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8]);
        return isJpeg ? ReadJpeg(stream) : ReadPng(start) ?? ReadWebP(start);
    }

    private static ImageHeader? ReadPng(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < 24 || !bytes.StartsWith(PngSignature)) return null;
        if (!bytes.Slice(12, 4).SequenceEqual("IHDR"u8)) return null;
        return Make(ImageFormat.Png, BinaryPrimitives.ReadInt32BigEndian(bytes[16..]), BinaryPrimitives.ReadInt32BigEndian(bytes[20..]));
    }

    private static ReadOnlySpan<byte> PngSignature => [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A];

    private static ImageHeader? ReadJpeg(Stream stream)
    {
        Span<byte> segment = stackalloc byte[9];
        long at = 2;
        while (true)
        {
            stream.Position = at;
            if (stream.ReadAtLeast(segment, segment.Length, throwOnEndOfStream: false) < segment.Length || segment[0] != 0xFF) return null;
            byte marker = segment[1];
            if (marker == 0xFF)
            {
                at++; // A fill byte.
                continue;
            }

            if (marker is 0x01 or (>= 0xD0 and <= 0xD7))
            {
                at += 2;
                continue;
            }

            bool isFrame = marker is >= 0xC0 and <= 0xCF and not 0xC4 and not 0xC8 and not 0xCC;
            if (isFrame)
            {
                return Make(
                    ImageFormat.Jpeg,
                    BinaryPrimitives.ReadUInt16BigEndian(segment[7..]),
                    BinaryPrimitives.ReadUInt16BigEndian(segment[5..]));
            }

            int length = BinaryPrimitives.ReadUInt16BigEndian(segment[2..]);
            if (marker == 0xDA || length < 2) return null;
            at += 2 + length;
        }
    }

    private static ImageHeader? ReadWebP(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < 30 || !bytes.StartsWith("RIFF"u8) || !bytes.Slice(8, 4).SequenceEqual("WEBP"u8)) return null;
        ReadOnlySpan<byte> chunk = bytes.Slice(12, 4);
        ReadOnlySpan<byte> body = bytes[20..];
        if (chunk.SequenceEqual("VP8X"u8)) return Make(ImageFormat.WebP, ReadUInt24(body[4..]) + 1, ReadUInt24(body[7..]) + 1);
        if (chunk.SequenceEqual("VP8L"u8) && body[0] == 0x2F)
        {
            uint bits = BinaryPrimitives.ReadUInt32LittleEndian(body[1..]);
            return Make(ImageFormat.WebP, (int)(bits & 0x3FFF) + 1, (int)((bits >> 14) & 0x3FFF) + 1);
        }

        bool isLossy = chunk.SequenceEqual("VP8 "u8) && body.Slice(3, 3).SequenceEqual((ReadOnlySpan<byte>)[0x9D, 0x01, 0x2A]);
        if (!isLossy) return null;
        return Make(
            ImageFormat.WebP,
            BinaryPrimitives.ReadUInt16LittleEndian(body[6..]) & 0x3FFF,
            BinaryPrimitives.ReadUInt16LittleEndian(body[8..]) & 0x3FFF);
    }

    private static int ReadUInt24(ReadOnlySpan<byte> bytes) => bytes[0] | (bytes[1] << 8) | (bytes[2] << 16);

    private static ImageHeader? Make(ImageFormat format, int width, int height) =>
        width > 0 && height > 0 ? new ImageHeader(format, width, height) : null;
}
