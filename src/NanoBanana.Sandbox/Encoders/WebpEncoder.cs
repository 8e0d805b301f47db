using System.Buffers.Binary;
using System.Numerics;
using NanoBanana.Sandbox.Painting;

namespace NanoBanana.Sandbox.Encoders;

/// <summary>
/// Lossless WebP (VP8L). Runs of one colour are copies of the pixel before, and the seven lower rows of a cell copies of
/// the row above; the prefix codes are fixed ones that suit such pictures.
/// </summary>
internal static class WebpEncoder
{
    private const int LongestCopy = 4096;
    private const int GreenSymbols = 256 + 24;

    /// <summary>232 codes of eight bits and 48 of nine make a complete code of 280.</summary>
    private const int ShortGreens = 232;

    private static readonly (uint Code, int Length)[] Greens = BuildGreens();
    private static readonly (uint Code, int Length)[] Channels = BuildChannels();

    /// <summary>The chunk that holds the recipe; readers pass over a chunk that they do not know.</summary>
    public static ReadOnlySpan<byte> RecipeChunk => "NBRC"u8;

    public static byte[] Encode(CellGrid grid, ReadOnlySpan<byte> recipe)
    {
        var (width, height) = (grid.Width * CellGrid.CellSize, grid.Height * CellGrid.CellSize);
        var sink = new ByteSink(grid.Width * grid.Height * 6 + recipe.Length + 1024);
        sink.Bytes("RIFF\0\0\0\0WEBP"u8);
        if (recipe.Length > 0)
        {
            // Only the extended format may hold further chunks. No flag is set: one frame, no alpha.
            var header = Begin(sink, "VP8X"u8);
            sink.Bytes([0, 0, 0, 0]);
            sink.Bytes([(byte)(width - 1), (byte)(width - 1 >> 8), 0, (byte)(height - 1), (byte)(height - 1 >> 8), 0]);
            End(sink, header);
        }

        var data = Begin(sink, "VP8L"u8);
        sink.Byte(0x2F);
        var bits = new BitSink(sink);
        bits.Bits((uint)(width - 1), 14);
        bits.Bits((uint)(height - 1), 14);
        // No alpha, version 0; no transform, no colour cache, one group of codes.
        bits.Bits(0, 1 + 3 + 1 + 1 + 1);
        WriteCodeLengths(bits, GreenSymbols, ShortGreens);
        WriteCodeLengths(bits, 256, 256);
        WriteCodeLengths(bits, 256, 256);
        WriteSimpleCode(bits, 255, null);
        WriteSimpleCode(bits, 0, 1);
        WritePixels(bits, grid);
        bits.Finish();
        End(sink, data);
        if (recipe.Length > 0)
        {
            var text = Begin(sink, RecipeChunk);
            sink.Bytes(recipe);
            End(sink, text);
        }

        BinaryPrimitives.WriteInt32LittleEndian(sink.Since(4), sink.Count - 8);
        return sink.ToArray();
    }

    private static void WritePixels(BitSink bits, CellGrid grid)
    {
        var width = grid.Width * CellGrid.CellSize;
        for (var y = 0; y < grid.Height; y++)
        {
            var run = 0;
            var left = -1;
            foreach (var cell in grid.Row(y))
            {
                if (cell == left)
                {
                    run += CellGrid.CellSize;
                    continue;
                }

                Copy(bits, run, fromAbove: false);
                WriteColour(bits, cell);
                run = CellGrid.CellSize - 1;
                left = cell;
            }

            Copy(bits, run, fromAbove: false);
            Copy(bits, width * (CellGrid.CellSize - 1), fromAbove: true);
        }
    }

    private static void WriteColour(BitSink bits, int cell)
    {
        var (green, greenLength) = Greens[cell >> 8 & 255];
        var (red, redLength) = Channels[cell >> 16 & 255];
        var (blue, blueLength) = Channels[cell & 255];
        bits.Bits(green, greenLength);
        bits.Bits(red, redLength);
        bits.Bits(blue, blueLength);
    }

    private static void Copy(BitSink bits, int pixels, bool fromAbove)
    {
        while (pixels > 0)
        {
            var length = Math.Min(pixels, LongestCopy);
            var (prefix, extraBits, extra) = Prefix(length);
            var (code, codeLength) = Greens[256 + prefix];
            bits.Bits(code, codeLength);
            bits.Bits(extra, extraBits);
            // Distance codes 1 and 2 mean "the pixel above" and "the pixel before"; each is one bit here.
            bits.Bits(fromAbove ? 0u : 1u, 1);
            pixels -= length;
        }
    }

    /// <summary>A length as the format writes it: a prefix code and some extra bits.</summary>
    private static (int Prefix, int ExtraBits, uint Extra) Prefix(int length)
    {
        var value = length - 1;
        if (value < 4)
            return (value, 0, 0);
        var highest = BitOperations.Log2((uint)value);
        var second = value >> (highest - 1) & 1;
        var extraBits = highest - 1;
        return (2 * highest + second, extraBits, (uint)(value & ((1 << extraBits) - 1)));
    }

    /// <summary>Writes code lengths: eight bits for the first symbols, nine for the rest.</summary>
    private static void WriteCodeLengths(BitSink bits, int symbols, int eights)
    {
        // Lengths are themselves coded, with a code of two lengths (8 and 9), or of one that then takes no bits.
        // Their order is fixed by the format: 17 18 0 1 2 3 4 5 16 6 7 8 9 ...
        var two = eights < symbols;
        bits.Bits(0, 1);
        bits.Bits((uint)((two ? 13 : 12) - 4), 4);
        for (var i = 0; i < 11; i++)
            bits.Bits(0, 3);
        bits.Bits(1, 3);
        if (two)
            bits.Bits(1, 3);
        bits.Bits(0, 1);
        for (var i = 0; two && i < symbols; i++)
            bits.Bits(i < eights ? 0u : 1u, 1);
    }

    private static void WriteSimpleCode(BitSink bits, uint first, uint? second)
    {
        bits.Bits(1, 1);
        bits.Bits(second is null ? 0u : 1u, 1);
        bits.Bits(1, 1);
        bits.Bits(first, 8);
        if (second is { } value)
            bits.Bits(value, 8);
    }

    private static int Begin(ByteSink sink, ReadOnlySpan<byte> type)
    {
        var start = sink.Count;
        sink.Bytes(type);
        sink.Bytes([0, 0, 0, 0]);
        return start;
    }

    private static void End(ByteSink sink, int start)
    {
        var length = sink.Count - start - 8;
        BinaryPrimitives.WriteInt32LittleEndian(sink.Since(start + 4), length);
        if ((length & 1) != 0)
            sink.Byte(0);
    }

    private static (uint Code, int Length)[] BuildGreens()
    {
        // Canonical: the short codes first, then the long ones from where they end.
        var codes = new (uint, int)[GreenSymbols];
        for (var i = 0; i < GreenSymbols; i++)
        {
            codes[i] = i < ShortGreens
                ? (BitSink.Reverse((uint)i, 8), 8)
                : (BitSink.Reverse((uint)(2 * ShortGreens + i - ShortGreens), 9), 9);
        }

        return codes;
    }

    private static (uint Code, int Length)[] BuildChannels()
    {
        var codes = new (uint, int)[256];
        for (var i = 0; i < codes.Length; i++)
            codes[i] = (BitSink.Reverse((uint)i, 8), 8);
        return codes;
    }
}
