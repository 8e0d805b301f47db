using System.Buffers;

namespace NanoBanana.Sandbox.Painting;

/// <summary>A picture as cells of 8 by 8 pixels, each of one colour (0xRRGGBB): all the painter and the encoders hold.</summary>
internal sealed class CellGrid : IDisposable
{
    /// <summary>A cell's side in pixels; also the side of a JPEG block, which is why a block needs its DC value only.</summary>
    public const int CellSize = 8;

    private readonly int[] _cells;

    public CellGrid(int width, int height)
    {
        Width = width;
        Height = height;
        _cells = ArrayPool<int>.Shared.Rent(width * height);
    }

    /// <summary>Width in cells.</summary>
    public int Width { get; }

    /// <summary>Height in cells.</summary>
    public int Height { get; }

    public Span<int> Row(int y) => _cells.AsSpan(y * Width, Width);

    public void Set(int x, int y, int colour)
    {
        if ((uint)x < (uint)Width && (uint)y < (uint)Height)
            _cells[y * Width + x] = colour;
    }

    public void Fill(int left, int top, int width, int height, int colour)
    {
        var right = Math.Min(left + width, Width);
        left = Math.Max(left, 0);
        if (right <= left)
            return;
        for (var y = Math.Max(top, 0); y < Math.Min(top + height, Height); y++)
            Row(y)[left..right].Fill(colour);
    }

    public void Dispose() => ArrayPool<int>.Shared.Return(_cells);
}
