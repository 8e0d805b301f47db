namespace NanoBanana.Sandbox.Decoders;

internal enum TransformKind
{
    Predictor,
    Colour,
    SubtractGreen,
    ColourIndexing,
}

/// <summary>A transform of a VP8L picture, and how to undo it.</summary>
/// <param name="Kind">Which of the four.</param>
/// <param name="Width">The picture's width once undone.</param>
/// <param name="Bits">The size of a block, or how many pixels share one (indexing), as a power of two.</param>
/// <param name="Data">The blocks' parameters, or the colour table.</param>
internal sealed record LosslessTransform(TransformKind Kind, int Width, int Bits, uint[] Data)
{
    private int BlocksAcross => (Width + (1 << Bits) - 1) >> Bits;

    public uint[] Undo(uint[] pixels, int height) => Kind switch
    {
        TransformKind.Predictor => Predict(pixels, height),
        TransformKind.Colour => Recolour(pixels, height),
        TransformKind.SubtractGreen => AddGreen(pixels),
        _ => LookUp(pixels, height),
    };

    /// <summary>Adds two pixels channel by channel, each modulo 256.</summary>
    public static uint Add(uint a, uint b) =>
        ((a & 0xFF00FF00) + (b & 0xFF00FF00) & 0xFF00FF00) | ((a & 0x00FF00FF) + (b & 0x00FF00FF) & 0x00FF00FF);

    private static uint[] AddGreen(uint[] pixels)
    {
        for (var i = 0; i < pixels.Length; i++)
        {
            var green = pixels[i] >> 8 & 255;
            pixels[i] = Add(pixels[i], green << 16 | green);
        }

        return pixels;
    }

    private uint[] LookUp(uint[] packed, int height)
    {
        var pixels = new uint[Width * height];
        var perPixel = 8 >> Bits;
        var packedWidth = (Width + (1 << Bits) - 1) >> Bits;
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < Width; x++)
            {
                var index = packed[y * packedWidth + (x >> Bits)] >> 8 & 255;
                index = index >> ((x & ((1 << Bits) - 1)) * perPixel) & ((1u << perPixel) - 1);
                pixels[y * Width + x] = index < Data.Length ? Data[index] : 0;
            }
        }

        return pixels;
    }

    private uint[] Recolour(uint[] pixels, int height)
    {
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < Width; x++)
            {
                var at = y * Width + x;
                var element = Data[(y >> Bits) * BlocksAcross + (x >> Bits)];
                var green = (sbyte)(pixels[at] >> 8);
                var red = (int)(pixels[at] >> 16) + Delta((sbyte)element, green);
                var blue = (int)pixels[at] + Delta((sbyte)(element >> 8), green) + Delta((sbyte)(element >> 16), (sbyte)red);
                pixels[at] = pixels[at] & 0xFF00FF00 | (uint)(red & 255) << 16 | (uint)(blue & 255);
            }
        }

        return pixels;
    }

    private static int Delta(sbyte factor, sbyte colour) => factor * colour >> 5;

    private uint[] Predict(uint[] pixels, int height)
    {
        for (var at = 0; at < Width * height; at++)
        {
            var (x, y) = (at % Width, at / Width);
            uint prediction;
            if (at == 0)
                prediction = 0xFF000000;
            else if (y == 0)
                prediction = pixels[at - 1];
            else if (x == 0)
                prediction = pixels[at - Width];
            else
                prediction = Neighbourhood(pixels, at, (int)(Data[(y >> Bits) * BlocksAcross + (x >> Bits)] >> 8 & 15));
            pixels[at] = Add(pixels[at], prediction);
        }

        return pixels;
    }

    private uint Neighbourhood(uint[] pixels, int at, int mode)
    {
        // Right of the last column the row below begins: the format means it so.
        var (left, top, topLeft, topRight) = (pixels[at - 1], pixels[at - Width], pixels[at - Width - 1], pixels[at - Width + 1]);
        return mode switch
        {
            0 or 14 or 15 => 0xFF000000,
            1 => left,
            2 => top,
            3 => topRight,
            4 => topLeft,
            5 => Average(Average(left, topRight), top),
            6 => Average(left, topLeft),
            7 => Average(left, top),
            8 => Average(topLeft, top),
            9 => Average(top, topRight),
            10 => Average(Average(left, topLeft), Average(top, topRight)),
            11 => Select(left, top, topLeft),
            12 => Each(left, top, topLeft, static (l, t, c) => l + t - c),
            _ => Each(Average(left, top), topLeft, 0, static (mean, c, _) => mean + (mean - c) / 2),
        };
    }

    private static uint Average(uint a, uint b) => (((a ^ b) & 0xFEFEFEFE) >> 1) + (a & b);

    private static uint Select(uint left, uint top, uint topLeft)
    {
        var toLeft = 0;
        var toTop = 0;
        for (var shift = 0; shift < 32; shift += 8)
        {
            var corner = (int)(topLeft >> shift & 255);
            toLeft += Math.Abs((int)(top >> shift & 255) - corner);
            toTop += Math.Abs((int)(left >> shift & 255) - corner);
        }

        return toLeft < toTop ? left : top;
    }

    private static uint Each(uint a, uint b, uint c, Func<int, int, int, int> formula)
    {
        var result = 0u;
        for (var shift = 0; shift < 32; shift += 8)
        {
            var value = formula((int)(a >> shift & 255), (int)(b >> shift & 255), (int)(c >> shift & 255));
            result |= (uint)Math.Clamp(value, 0, 255) << shift;
        }

        return result;
    }
}
