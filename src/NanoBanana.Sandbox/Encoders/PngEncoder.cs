using NanoBanana.Sandbox.Painting;

namespace NanoBanana.Sandbox.Encoders;

/// <summary>
/// PNG, 8-bit RGB. The first pixel row of each row of cells is filtered against its left neighbour, the other seven
/// against the row above, so that nearly all of the data is zeros.
/// </summary>
internal static class PngEncoder
{
    private const byte FilterSub = 1;
    private const byte FilterUp = 2;
    private static readonly uint[] CrcTable = BuildCrcTable();

    public static byte[] Encode(CellGrid grid)
    {
        var sink = new ByteSink(grid.Width * grid.Height * 6 + 1024);
        sink.Bytes([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]);
        var header = Begin(sink, "IHDR"u8);
        sink.BigEndian32((uint)(grid.Width * CellGrid.CellSize));
        sink.BigEndian32((uint)(grid.Height * CellGrid.CellSize));
        sink.Bytes([8, 2, 0, 0, 0]);
        End(sink, header);
        var data = Begin(sink, "IDAT"u8);
        WriteRows(grid, new ZeroRunDeflate(sink));
        End(sink, data);
        End(sink, Begin(sink, "IEND"u8));
        return sink.ToArray();
    }

    private static void WriteRows(CellGrid grid, ZeroRunDeflate deflate)
    {
        var pixelsAfterFirst = (CellGrid.CellSize - 1) * 3;
        for (var y = 0; y < grid.Height; y++)
        {
            deflate.Literal(FilterSub);
            var left = 0;
            var zeros = 0;
            foreach (var cell in grid.Row(y))
            {
                var r = (byte)((cell >> 16) - (left >> 16));
                var g = (byte)((cell >> 8) - (left >> 8));
                var b = (byte)(cell - left);
                if ((r | g | b) != 0)
                {
                    deflate.Zeros(zeros);
                    deflate.Literal(r);
                    deflate.Literal(g);
                    deflate.Literal(b);
                    zeros = 0;
                }
                else
                {
                    zeros += 3;
                }

                zeros += pixelsAfterFirst;
                left = cell;
            }

            deflate.Zeros(zeros);
            for (var row = 1; row < CellGrid.CellSize; row++)
            {
                deflate.Literal(FilterUp);
                deflate.Zeros(grid.Width * CellGrid.CellSize * 3);
            }
        }

        deflate.Finish();
    }

    private static int Begin(ByteSink sink, ReadOnlySpan<byte> type)
    {
        var start = sink.Count;
        sink.BigEndian32(0);
        sink.Bytes(type);
        return start;
    }

    private static void End(ByteSink sink, int start)
    {
        var chunk = sink.Since(start);
        System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(chunk, chunk.Length - 8);
        sink.BigEndian32(Crc(chunk[4..]));
    }

    private static uint Crc(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var value in bytes)
            crc = CrcTable[(byte)(crc ^ value)] ^ crc >> 8;
        return ~crc;
    }

    private static uint[] BuildCrcTable()
    {
        var table = new uint[256];
        for (var n = 0u; n < table.Length; n++)
        {
            var c = n;
            for (var k = 0; k < 8; k++)
                c = (c & 1) != 0 ? 0xEDB88320u ^ c >> 1 : c >> 1;
            table[n] = c;
        }

        return table;
    }
}
