namespace NanoBanana.Sandbox.Painting;

internal readonly record struct PixelSize(int Width, int Height);

/// <summary>The model's own pixels for each aspect ratio and tier; every side is a multiple of eight.</summary>
internal static class SizeTable
{
    /// <summary>The ratios and what the 1K tier makes of them.</summary>
    private static readonly (string Ratio, PixelSize Size)[] OneK =
    [
        ("1:1", new(1024, 1024)),
        ("1:4", new(512, 2048)),
        ("1:8", new(384, 3072)),
        ("2:3", new(848, 1264)),
        ("3:2", new(1264, 848)),
        ("3:4", new(896, 1200)),
        ("4:1", new(2048, 512)),
        ("4:3", new(1200, 896)),
        ("4:5", new(928, 1152)),
        ("5:4", new(1152, 928)),
        ("8:1", new(3072, 384)),
        ("9:16", new(768, 1376)),
        ("16:9", new(1376, 768)),
        ("21:9", new(1584, 672)),
    ];

    /// <summary>The size of a ratio (not <c>auto</c>) at a tier: <c>0.5K 1K 2K 4K</c>.</summary>
    public static PixelSize Find(string ratio, string tier)
    {
        var size = Array.Find(OneK, row => string.Equals(row.Ratio, ratio, StringComparison.Ordinal)).Size;
        if (size.Width == 0)
            throw new ArgumentOutOfRangeException(nameof(ratio), ratio, "No such aspect ratio.");
        return tier switch
        {
            "0.5K" => new(size.Width / 2, size.Height / 2),
            "1K" => size,
            "2K" => new(size.Width * 2, size.Height * 2),
            "4K" => new(size.Width * 4, size.Height * 4),
            _ => throw new ArgumentOutOfRangeException(nameof(tier), tier, "No such tier."),
        };
    }

    /// <summary>The ratio nearest to a picture's own, measured in proportion.</summary>
    public static string Nearest(int width, int height)
    {
        var best = OneK[0].Ratio;
        var least = double.MaxValue;
        var wanted = Math.Log((double)width / height);
        foreach (var (ratio, size) in OneK)
        {
            var distance = Math.Abs(Math.Log((double)size.Width / size.Height) - wanted);
            if (distance >= least)
                continue;
            least = distance;
            best = ratio;
        }

        return best;
    }
}
