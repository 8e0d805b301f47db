using NanoBanana.Sandbox.Painting;

namespace NanoBanana.Sandbox.Decoders;

/// <summary>Gathers pixels, in any order, into the means that make a thumbnail.</summary>
internal sealed class BoxSampler
{
    private readonly int _sourceWidth;
    private readonly int _sourceHeight;
    private readonly int _gridHeight;
    private readonly int _width;
    private readonly int _height;
    private readonly int[] _columnOf;
    private readonly long[] _red;
    private readonly long[] _green;
    private readonly long[] _blue;
    private readonly int[] _count;

    /// <summary>A sampler with nothing gathered yet.</summary>
    /// <param name="sourceWidth">The picture's own width.</param>
    /// <param name="sourceHeight">The picture's own height.</param>
    /// <param name="gridWidth">Columns that will be added: fewer than the picture's where only a coarse version is read.</param>
    /// <param name="gridHeight">Rows that will be added.</param>
    public BoxSampler(int sourceWidth, int sourceHeight, int gridWidth, int gridHeight)
    {
        (_sourceWidth, _sourceHeight, _gridHeight) = (sourceWidth, sourceHeight, gridHeight);
        (_width, _height) = Thumbnail.Fit(gridWidth, gridHeight);
        _columnOf = new int[gridWidth];
        for (var x = 0; x < gridWidth; x++)
            _columnOf[x] = (int)((long)x * _width / gridWidth);
        _red = new long[_width * _height];
        _green = new long[_red.Length];
        _blue = new long[_red.Length];
        _count = new int[_red.Length];
    }

    public void Add(int x, int y, int red, int green, int blue)
    {
        var at = (int)((long)y * _height / _gridHeight) * _width + _columnOf[x];
        _red[at] += red;
        _green[at] += green;
        _blue[at] += blue;
        _count[at]++;
    }

    public Thumbnail ToThumbnail()
    {
        var pixels = new int[_count.Length];
        for (var i = 0; i < pixels.Length; i++)
        {
            if (_count[i] > 0)
                pixels[i] = (int)(_red[i] / _count[i]) << 16 | (int)(_green[i] / _count[i]) << 8 | (int)(_blue[i] / _count[i]);
        }

        return new Thumbnail(_sourceWidth, _sourceHeight, _width, _height, pixels);
    }
}
