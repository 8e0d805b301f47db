using System.IO.Compression;
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

    /// <summary>The keyword of the text chunk that holds the recipe, with the zero after it.</summary>
    public static ReadOnlySpan<byte> RecipeKeyword => "NanoBanana sandbox recipe\0"u8;

    public static byte[] Encode(CellGrid grid, ReadOnlySpan<byte> recipe)
    {
        var sink = new ByteSink(grid.Width * grid.Height * 6 + recipe.Length + 1024);
        sink.Bytes([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]);
        var header = Begin(sink, "IHDR"u8);
        sink.BigEndian32((uint)(grid.Width * CellGrid.CellSize));
        sink.BigEndian32((uint)(grid.Height * CellGrid.CellSize));
        sink.Bytes([8, 2, 0, 0, 0]);
        End(sink, header);
        if (recipe.Length > 0)
        {
            var text = Begin(sink, "tEXt"u8);
            sink.Bytes(RecipeKeyword);
            sink.Bytes(recipe);
            End(sink, text);
        }

        var data = Begin(sink, "IDAT"u8);
        sink.Bytes(Compress(grid));
        End(sink, data);
        End(sink, Begin(sink, "IEND"u8));
        return sink.ToArray();
    }

    private static ReadOnlySpan<byte> Compress(CellGrid grid)
    {
        var compressed = new MemoryStream();
        using (var zlib = new ZLibStream(compressed, CompressionLevel.Fastest, leaveOpen: true))
        {
            var first = new byte[1 + grid.Width * CellGrid.CellSize * 3];
            var other = new byte[first.Length];
            (first[0], other[0]) = (FilterSub, FilterUp);
            for (var y = 0; y < grid.Height; y++)
            {
                var left = 0;
                var at = 1;
                foreach (var cell in grid.Row(y))
                {
                    (first[at], first[at + 1], first[at + 2]) = ((byte)((cell >> 16) - (left >> 16)), (byte)((cell >> 8) - (left >> 8)), (byte)(cell - left));
                    at += CellGrid.CellSize * 3;
                    left = cell;
                }

                zlib.Write(first);
                for (var row = 1; row < CellGrid.CellSize; row++)
                    zlib.Write(other);
            }
        }

        return compressed.GetBuffer().AsSpan(0, (int)compressed.Length);
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
