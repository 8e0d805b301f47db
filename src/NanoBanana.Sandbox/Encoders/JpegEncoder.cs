using NanoBanana.Sandbox.Painting;

namespace NanoBanana.Sandbox.Encoders;

/// <summary>Baseline JPEG, 4:4:4, quality 92. A cell is a block of one colour, so a block is its DC value and an end mark.</summary>
internal static class JpegEncoder
{
    /// <summary>The usual scale of the standard's tables at quality 92: 200 - 2 * 92 percent.</summary>
    private const int ScalePercent = 16;

    private const int DcValues = 12;

    public static byte[] Encode(CellGrid grid, ReadOnlySpan<byte> recipe)
    {
        var sink = new ByteSink(grid.Width * grid.Height * 5 + recipe.Length + 1024);
        sink.Bytes([0xFF, 0xD8, 0xFF, 0xE0, 0, 16, 0x4A, 0x46, 0x49, 0x46, 0, 1, 1, 0, 0, 1, 0, 1, 0, 0]);
        if (recipe.Length > 0)
        {
            sink.Bytes([0xFF, 0xFE]);
            sink.BigEndian16(recipe.Length + 2);
            sink.Bytes(recipe);
        }

        WriteQuantisation(sink, 0, JpegTables.Luminance);
        WriteQuantisation(sink, 1, JpegTables.Chrominance);
        sink.Bytes([0xFF, 0xC0, 0, 17, 8]);
        sink.BigEndian16(grid.Height * CellGrid.CellSize);
        sink.BigEndian16(grid.Width * CellGrid.CellSize);
        sink.Bytes([3, 1, 0x11, 0, 2, 0x11, 1, 3, 0x11, 1]);
        WriteDcCodes(sink, 0x00, JpegTables.LuminanceDcCounts);
        WriteEndCode(sink, 0x10);
        WriteDcCodes(sink, 0x01, JpegTables.ChrominanceDcCounts);
        WriteEndCode(sink, 0x11);
        sink.Bytes([0xFF, 0xDA, 0, 12, 3, 1, 0x00, 2, 0x11, 3, 0x11, 0, 63, 0]);
        WriteBlocks(sink, grid);
        sink.Bytes([0xFF, 0xD9]);
        return sink.ToArray();
    }

    private static void WriteBlocks(ByteSink sink, CellGrid grid)
    {
        var lumaStep = Quantum(JpegTables.Luminance[0]);
        var chromaStep = Quantum(JpegTables.Chrominance[0]);
        var luma = BuildCodes(JpegTables.LuminanceDcCounts);
        var chroma = BuildCodes(JpegTables.ChrominanceDcCounts);
        var bits = new EntropySink(sink);
        int lastY = 0, lastCb = 0, lastCr = 0;
        for (var row = 0; row < grid.Height; row++)
        {
            foreach (var cell in grid.Row(row))
            {
                var (r, g, b) = (cell >> 16 & 255, cell >> 8 & 255, cell & 255);
                // A DC value is eight times the block's mean; the sums are in 65536ths.
                var y = Divide((19595 * r + 38470 * g + 7471 * b - (128 << 16)) >> 3, lumaStep << 10);
                var cb = Divide((-11059 * r - 21709 * g + 32768 * b) >> 3, chromaStep << 10);
                var cr = Divide((32768 * r - 27439 * g - 5329 * b) >> 3, chromaStep << 10);
                WriteBlock(bits, luma, y - lastY);
                WriteBlock(bits, chroma, cb - lastCb);
                WriteBlock(bits, chroma, cr - lastCr);
                (lastY, lastCb, lastCr) = (y, cb, cr);
            }
        }

        bits.Finish();
    }

    private static void WriteBlock(EntropySink bits, (uint Code, int Length)[] codes, int difference)
    {
        var size = 32 - System.Numerics.BitOperations.LeadingZeroCount((uint)Math.Abs(difference));
        bits.Bits(codes[size].Code, codes[size].Length);
        if (size > 0)
            bits.Bits((uint)(difference < 0 ? difference + (1 << size) - 1 : difference), size);
        // The only AC code there is: end of block.
        bits.Bits(0, 1);
    }

    private static int Divide(int value, int step) => (value >= 0 ? value + step / 2 : value - step / 2) / step;

    private static int Quantum(byte standard) => Math.Clamp((standard * ScalePercent + 50) / 100, 1, 255);

    private static void WriteQuantisation(ByteSink sink, int id, ReadOnlySpan<byte> table)
    {
        sink.Bytes([0xFF, 0xDB, 0, 67, (byte)id]);
        foreach (var place in JpegTables.ZigZag)
            sink.Byte(Quantum(table[place]));
    }

    private static void WriteDcCodes(ByteSink sink, byte id, ReadOnlySpan<byte> counts)
    {
        sink.Bytes([0xFF, 0xC4, 0, 19 + DcValues, id]);
        sink.Bytes(counts);
        for (var value = 0; value < DcValues; value++)
            sink.Byte(value);
    }

    private static void WriteEndCode(ByteSink sink, byte id)
    {
        sink.Bytes([0xFF, 0xC4, 0, 20, id, 1]);
        sink.Bytes(stackalloc byte[15]);
        sink.Byte(0);
    }

    private static (uint Code, int Length)[] BuildCodes(ReadOnlySpan<byte> counts)
    {
        var codes = new (uint, int)[DcValues];
        var code = 0u;
        var next = 0;
        for (var length = 1; length <= 16; length++, code <<= 1)
        {
            for (var i = counts[length - 1]; i > 0; i--)
                codes[next++] = (code++, length);
        }

        return codes;
    }

    /// <summary>Bits into bytes, most significant first, with a zero after every 255.</summary>
    private sealed class EntropySink(ByteSink sink)
    {
        private uint _bits;
        private int _count;

        public void Bits(uint value, int count)
        {
            _bits = _bits << count | value;
            _count += count;
            while (_count >= 8)
            {
                _count -= 8;
                var next = (byte)(_bits >> _count);
                sink.Byte(next);
                if (next == 0xFF)
                    sink.Byte(0);
            }
        }

        public void Finish()
        {
            if (_count > 0)
                Bits((1u << (8 - _count)) - 1, 8 - _count);
        }
    }
}
