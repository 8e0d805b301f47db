using System.Globalization;

namespace NanoBanana.Sandbox.Painting;

/// <summary>Paints the scene of a recipe: sky, sun or moon, clouds, hills one behind the other, water, and a signature.</summary>
internal static class Landscape
{
    private const int SkyBands = 14;
    private const int SignatureSide = 4;

    public static void Paint(CellGrid grid, PictureRecipe recipe)
    {
        var key = string.Create(CultureInfo.InvariantCulture, $"{recipe.Prompt}\0{recipe.Seed}\0{recipe.Index}");
        var dice = Dice.For(key);
        var palette = Palette.Draw(ref dice, recipe.Prompt);
        var horizon = (int)(grid.Height * dice.Between(0.56f, 0.74f));
        var unit = Math.Min(grid.Width, grid.Height);
        var sunX = (int)(grid.Width * dice.Between(0.12f, 0.88f));
        var sunY = (int)(horizon * dice.Between(0.2f, 0.65f));
        var radius = Math.Max(2, (int)(unit * dice.Between(0.06f, 0.12f)));

        PaintSky(grid, palette, horizon);
        if (palette.Night)
            PaintStars(grid, ref dice, horizon);
        PaintDisc(grid, sunX, sunY, radius, palette, ref dice);
        PaintClouds(grid, palette, ref dice, horizon, unit);
        PaintHills(grid, palette, ref dice, horizon, unit);
        PaintWater(grid, palette, ref dice, horizon, sunX, radius);
        Sign(grid, key);
    }

    private static void PaintSky(CellGrid grid, Palette palette, int horizon)
    {
        for (var y = 0; y < horizon; y++)
        {
            // Bands, with a checkered row where two meet: the pixel artist's gradient.
            var place = (float)y * SkyBands / horizon;
            var band = (int)place;
            var colour = Palette.Mix(palette.Zenith, palette.Horizon, band * 256 / SkyBands);
            var row = grid.Row(y);
            row.Fill(colour);
            if (place - band < 1 - 1.5f * SkyBands / horizon)
                continue;
            var next = Palette.Mix(palette.Zenith, palette.Horizon, (band + 1) * 256 / SkyBands);
            for (var x = y & 1; x < row.Length; x += 2)
                row[x] = next;
        }
    }

    private static void PaintStars(CellGrid grid, ref Dice dice, int horizon)
    {
        for (var i = grid.Width * horizon / 130; i > 0; i--)
        {
            var y = dice.Below(Math.Max(1, horizon * 4 / 5));
            var x = dice.Below(grid.Width);
            grid.Set(x, y, Palette.Mix(grid.Row(y)[x], 0xFFFFFF, 90 + dice.Below(150)));
        }
    }

    private static void PaintDisc(CellGrid grid, int centreX, int centreY, int radius, Palette palette, ref Dice dice)
    {
        var glow = radius * 2;
        var crescent = palette.Night ? dice.Below(radius) + 1 : 0;
        for (var y = Math.Max(0, centreY - glow); y < Math.Min(grid.Height, centreY + glow); y++)
        {
            var row = grid.Row(y);
            for (var x = Math.Max(0, centreX - glow); x < Math.Min(grid.Width, centreX + glow); x++)
            {
                var square = Square(x - centreX) + Square(y - centreY);
                if (square <= radius * radius)
                    row[x] = crescent > 0 && Square(x - centreX - crescent) + Square(y - centreY + crescent / 2) < radius * radius
                        ? Palette.Mix(row[x], palette.Sun, 40)
                        : palette.Sun;
                else if (square < glow * glow)
                    row[x] = Palette.Mix(row[x], palette.Sun, square < glow * glow * 5 / 9 ? 64 : 30);
            }
        }
    }

    private static void PaintClouds(CellGrid grid, Palette palette, ref Dice dice, int horizon, int unit)
    {
        var strength = palette.Night ? 40 : 150;
        for (var i = 2 + dice.Below(4); i > 0; i--)
        {
            var x = dice.Below(grid.Width);
            var y = (int)(horizon * dice.Between(0.1f, 0.6f));
            for (var puff = 3 + dice.Below(4); puff > 0; puff--)
            {
                var width = (int)(unit * dice.Between(0.06f, 0.18f)) + 2;
                var left = x + (int)(unit * dice.Between(-0.12f, 0.12f));
                for (var line = 0; line < Math.Max(2, width / 5); line++)
                    Blend(grid, left + line, y - line, width - 2 * line, palette.Horizon | 0x808080, strength);
            }
        }
    }

    private static void PaintHills(CellGrid grid, Palette palette, ref Dice dice, int horizon, int unit)
    {
        var layers = 3 + dice.Below(2);
        for (var layer = 0; layer < layers; layer++)
        {
            var near = layer * 256 / (layers - 1);
            var colour = Palette.Mix(palette.Far, palette.Near, near);
            var crest = Palette.Mix(colour, palette.Horizon, 70);
            var height = unit * dice.Between(0.10f, 0.24f) * (1 - 0.5f * layer / layers);
            var (f1, f2, f3) = (dice.Between(0.5f, 1.5f), dice.Between(2, 4), dice.Between(7, 15));
            var (p1, p2, p3) = (dice.Between(0, 6.3f), dice.Between(0, 6.3f), dice.Between(0, 6.3f));
            var jag = layer == layers - 1 ? 0.05f : dice.Between(0.04f, 0.16f);
            for (var x = 0; x < grid.Width; x++)
            {
                var t = x * 6.2832f / unit;
                var wave = 0.55f + 0.3f * MathF.Sin(t * f1 + p1) + 0.15f * MathF.Sin(t * f2 + p2) + jag * MathF.Sin(t * f3 + p3);
                var top = horizon - (int)(height * Math.Max(0.05f, wave));
                grid.Set(x, top, crest);
                for (var y = Math.Max(0, top + 1); y < horizon; y++)
                    grid.Set(x, y, colour);
                if (layer == layers - 1 && dice.Below(5) == 0)
                    PlantTree(grid, x, top, 2 + dice.Below(Math.Max(1, unit / 24)), Palette.Mix(colour, 0, 70));
            }
        }
    }

    private static void PlantTree(CellGrid grid, int x, int ground, int height, int colour)
    {
        for (var i = 0; i < height; i++)
        {
            var half = (height - 1 - i) / 2;
            for (var dx = -half; dx <= half; dx++)
                grid.Set(x + dx, ground - i, colour);
        }
    }

    private static void PaintWater(CellGrid grid, Palette palette, ref Dice dice, int horizon, int sunX, int radius)
    {
        var depth = grid.Height - horizon;
        for (var y = horizon; y < grid.Height; y++)
        {
            var down = (y - horizon) * 256 / depth;
            // Quantised, so that neighbouring rows share a colour as the sky's bands do.
            var colour = Palette.Mix(Palette.Mix(palette.Water, palette.Horizon, 90), Palette.Mix(palette.Water, 0, 90), down & ~31);
            grid.Row(y).Fill(colour);
            var bright = Palette.Mix(colour, palette.Horizon, 70);
            for (var dash = 1 + grid.Width / 40; dash > 0; dash--)
                Blend(grid, dice.Below(grid.Width), y, 2 + dice.Below(4 + down / 24), bright, 160);
            var half = radius * (64 + down) / 256 + dice.Below(3);
            if ((y & 1) == 0)
                Blend(grid, sunX - half + dice.Below(3), y, 2 * half, palette.Sun, 190 - down / 2);
        }
    }

    /// <summary>A small square of sixteen colours from the hash: two recipes never share a picture, whatever their scenes.</summary>
    private static void Sign(CellGrid grid, string key)
    {
        var hash = Dice.Hash(key + "\0signature");
        for (var i = 0; i < SignatureSide * SignatureSide; i++)
        {
            var colour = hash[i] << 16 | hash[i + 8] << 8 | hash[i + 16];
            grid.Set(grid.Width - SignatureSide - 1 + i % SignatureSide, grid.Height - SignatureSide - 1 + i / SignatureSide, colour);
        }
    }

    private static void Blend(CellGrid grid, int left, int y, int width, int colour, int strength)
    {
        if ((uint)y >= (uint)grid.Height)
            return;
        var row = grid.Row(y);
        for (var x = Math.Max(0, left); x < Math.Min(row.Length, left + width); x++)
            row[x] = Palette.Mix(row[x], colour, strength);
    }

    private static int Square(int value) => value * value;
}
