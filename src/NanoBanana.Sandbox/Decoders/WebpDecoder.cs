using System.Buffers.Binary;
using NanoBanana.Sandbox.Painting;

namespace NanoBanana.Sandbox.Decoders;

/// <summary>
/// WebP: lossless ones (VP8L) are decoded; of lossy ones (VP8), and of lossless ones too large to hold, the size is read
/// and a stand-in toned by the file's bytes is shown.
/// </summary>
internal static class WebpDecoder
{
    /// <summary>A lossless picture is decoded as a whole, so this bounds the memory: 64 MiB.</summary>
    private const int MostPixelsHeld = 16 << 20;

    public static Thumbnail Decode(byte[] bytes)
    {
        var at = 12;
        while (at + 8 <= bytes.Length)
        {
            var type = bytes.AsSpan(at, 4);
            var length = BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at + 4));
            var chunk = bytes.AsMemory(at + 8);
            if (length < (uint)chunk.Length)
                chunk = chunk[..(int)length];
            if (type.SequenceEqual("VP8L"u8))
                return DecodeLossless(bytes, chunk);
            if (type.SequenceEqual("VP8 "u8))
                return ReadLossy(bytes, chunk.Span);
            if (type.SequenceEqual("ANMF"u8))
                return StandInOfAnimation(bytes, chunk.Span);
            var next = at + 8L + length + (length & 1);
            if (next > bytes.Length)
                break;
            at = (int)next;
        }

        throw new PictureFormatException("The WebP holds no picture.");
    }

    private static Thumbnail DecodeLossless(byte[] file, ReadOnlyMemory<byte> chunk)
    {
        if (chunk.Length < 5 || chunk.Span[0] != 0x2F)
            throw new PictureFormatException("The WebP's header is none.");
        var header = BinaryPrimitives.ReadUInt32LittleEndian(chunk.Span[1..]);
        var width = (int)(header & 0x3FFF) + 1;
        var height = (int)(header >> 14 & 0x3FFF) + 1;
        if (header >> 29 != 0)
            throw new PictureFormatException("The WebP is of a later version.");
        PictureDecoder.CheckSize(width, height);
        if (width * height > MostPixelsHeld)
            return StandIn.ForPicture(file, width, height);
        var pixels = new LosslessDecoder(chunk[5..]).Decode(width, height);
        var sampler = new BoxSampler(width, height, width, height);
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
            {
                var pixel = pixels[y * width + x];
                sampler.Add(x, y, (int)(pixel >> 16 & 255), (int)(pixel >> 8 & 255), (int)(pixel & 255));
            }
        }

        return sampler.ToThumbnail();
    }

    private static Thumbnail ReadLossy(byte[] file, ReadOnlySpan<byte> chunk)
    {
        if (chunk.Length < 10 || !chunk[3..].StartsWith((ReadOnlySpan<byte>)[0x9D, 0x01, 0x2A]))
            throw new PictureFormatException("The WebP's frame is none.");
        var width = BinaryPrimitives.ReadUInt16LittleEndian(chunk[6..]) & 0x3FFF;
        var height = BinaryPrimitives.ReadUInt16LittleEndian(chunk[8..]) & 0x3FFF;
        PictureDecoder.CheckSize(width, height);
        return StandIn.ForPicture(file, width, height);
    }

    private static Thumbnail StandInOfAnimation(byte[] file, ReadOnlySpan<byte> chunk)
    {
        if (chunk.Length < 12)
            throw new PictureFormatException("The WebP's frame is none.");
        var width = (chunk[6] | chunk[7] << 8 | chunk[8] << 16) + 1;
        var height = (chunk[9] | chunk[10] << 8 | chunk[11] << 16) + 1;
        PictureDecoder.CheckSize(width, height);
        return StandIn.ForPicture(file, width, height);
    }
}
