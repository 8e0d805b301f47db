using System.Security.Cryptography;

namespace NanoBanana.Sandbox.Painting;

/// <summary>A reference of an edit, as far as the edited image shows it.</summary>
/// <param name="Size">Its own pixels.</param>
/// <param name="Hash">What an identicon is drawn from: the hash of its bytes, or its address where the network would be asked.</param>
/// <param name="Recipe">Its recipe, where the sandbox made it; it is drawn again from that.</param>
internal sealed record Reference(PixelSize Size, string Hash, PictureRecipe? Recipe = null)
{
    private const int IdenticonSide = 16;

    /// <summary>The longer side of what is drawn again, in cells.</summary>
    private const int MaxCells = 128;

    /// <summary>For an address on the network, where the simulator never goes.</summary>
    public static Reference FromAddress(string address) => new(new(1024, 1024), address);

    /// <summary>For a file.</summary>
    /// <exception cref="Encoders.NotAnImageException">The bytes are no PNG, JPEG or WebP file.</exception>
    public static Reference FromFile(byte[] bytes)
    {
        var (size, recipe) = Encoders.ImageFileReader.Read(bytes);
        return new(size, Convert.ToHexString(SHA256.HashData(bytes)), recipe);
    }

    /// <summary>What the edited image shows.</summary>
    public Thumbnail ToThumbnail()
    {
        if (Recipe is null)
            return Identicon();
        var scale = Math.Min(1d / CellGrid.CellSize, (double)MaxCells / Math.Max(Size.Width, Size.Height));
        using var grid = new CellGrid(Math.Max(1, (int)(Size.Width * scale)), Math.Max(1, (int)(Size.Height * scale)));
        Recipe.Draw(grid);
        var pixels = new int[grid.Width * grid.Height];
        for (var y = 0; y < grid.Height; y++)
            grid.Row(y).CopyTo(pixels.AsSpan(y * grid.Width));
        return new Thumbnail(Size, grid.Width, grid.Height, pixels);
    }

    private Thumbnail Identicon()
    {
        var dice = Dice.For(Hash);
        var hue = dice.Between(0, 360);
        var pixels = new int[IdenticonSide * IdenticonSide];
        // Mirrored left to right, so that it reads as a figure and not as noise.
        for (var y = 0; y < IdenticonSide; y++)
        {
            for (var x = 0; x < IdenticonSide / 2; x++)
            {
                var colour = Palette.Hsl(hue + dice.Below(3) * 40, 0.5f, dice.Between(0.35f, 0.75f));
                pixels[y * IdenticonSide + x] = colour;
                pixels[y * IdenticonSide + IdenticonSide - 1 - x] = colour;
            }
        }

        return new Thumbnail(Size, IdenticonSide, IdenticonSide, pixels);
    }
}

/// <summary>A reference, small.</summary>
/// <param name="Source">The reference's own pixels.</param>
/// <param name="Width">The thumbnail's width.</param>
/// <param name="Height">The thumbnail's height.</param>
/// <param name="Pixels">Rows of 0xRRGGBB.</param>
internal sealed record Thumbnail(PixelSize Source, int Width, int Height, int[] Pixels)
{
    /// <summary>The colour at a place given in thumbnail pixels, the nearest one.</summary>
    public int At(int x, int y) => Pixels[Math.Clamp(y, 0, Height - 1) * Width + Math.Clamp(x, 0, Width - 1)];
}
