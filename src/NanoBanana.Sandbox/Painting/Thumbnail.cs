namespace NanoBanana.Sandbox.Painting;

/// <summary>A reference, small: what the edited picture shows of it.</summary>
/// <param name="SourceWidth">The reference's own width in pixels.</param>
/// <param name="SourceHeight">The reference's own height in pixels.</param>
/// <param name="Width">The thumbnail's width.</param>
/// <param name="Height">The thumbnail's height.</param>
/// <param name="Pixels">Rows of 0xRRGGBB.</param>
internal sealed record Thumbnail(int SourceWidth, int SourceHeight, int Width, int Height, int[] Pixels)
{
    /// <summary>The longer side of a thumbnail, in pixels.</summary>
    public const int LongestSide = 48;

    /// <summary>The thumbnail's size for a source of this size: the longer side at most 48, nothing enlarged.</summary>
    public static (int Width, int Height) Fit(int width, int height)
    {
        var longest = Math.Max(width, height);
        if (longest <= LongestSide)
            return (width, height);
        return (Math.Max(1, (int)((long)width * LongestSide / longest)), Math.Max(1, (int)((long)height * LongestSide / longest)));
    }

    /// <summary>The colour at a place given in thumbnail pixels, the nearest one.</summary>
    public int At(int x, int y) => Pixels[Math.Clamp(y, 0, Height - 1) * Width + Math.Clamp(x, 0, Width - 1)];
}
