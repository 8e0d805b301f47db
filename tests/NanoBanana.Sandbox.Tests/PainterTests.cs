using System.Globalization;
using NanoBanana.Sandbox.Painting;
using SixLabors.ImageSharp;
using SixLabors.ImageSharp.PixelFormats;

namespace NanoBanana.Sandbox.Tests;

public sealed class PainterTests
{
    public static TheoryData<string, string, int, int> Sizes => new()
    {
        { "1:1", "1K", 1024, 1024 },
        { "1:4", "1K", 512, 2048 },
        { "1:8", "1K", 384, 3072 },
        { "2:3", "1K", 848, 1264 },
        { "3:2", "1K", 1264, 848 },
        { "3:4", "1K", 896, 1200 },
        { "4:1", "1K", 2048, 512 },
        { "4:3", "1K", 1200, 896 },
        { "4:5", "1K", 928, 1152 },
        { "5:4", "1K", 1152, 928 },
        { "8:1", "1K", 3072, 384 },
        { "9:16", "1K", 768, 1376 },
        { "16:9", "1K", 1376, 768 },
        { "21:9", "1K", 1584, 672 },
        { "1:1", "0.5K", 512, 512 },
        { "21:9", "0.5K", 792, 336 },
        { "16:9", "2K", 2752, 1536 },
        { "1:1", "4K", 4096, 4096 },
    };

    private static byte[] Make(
        string prompt = "a", string seed = "1", int index = 0, PictureFormat format = PictureFormat.Png, string ratio = "1:1", string tier = "0.5K",
        params Reference[] references) =>
        new PictureRecipe(prompt, seed, index, SizeTable.Find(ratio, tier), format, references).Make();

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Every_ratio_and_tier_has_the_models_own_pixels(string ratio, string tier, int width, int height)
    {
        Assert.Equal(new PixelSize(width, height), SizeTable.Find(ratio, tier));
        Assert.Equal((0, 0), (width % CellGrid.CellSize, height % CellGrid.CellSize));
        Assert.Equal(("png", width, height), PictureHeader.Read(Make(ratio: ratio, tier: tier)));
    }

    [Theory]
    [InlineData(1024, 1024, "1:1")]
    [InlineData(1920, 1080, "16:9")]
    [InlineData(1000, 1500, "2:3")]
    [InlineData(10000, 10, "8:1")]
    [InlineData(1, 16000, "1:8")]
    public void The_nearest_ratio_is_by_proportion(int width, int height, string ratio) =>
        Assert.Equal(ratio, SizeTable.Nearest(width, height));

    [Theory]
    [InlineData("png")]
    [InlineData("jpeg")]
    [InlineData("webp")]
    public void The_same_recipe_gives_the_same_bytes_and_any_other_gives_others(string name)
    {
        var format = Enum.Parse<PictureFormat>(name, ignoreCase: true);
        var picture = Make(format: format);
        Assert.Equal(picture, Make(format: format));
        Assert.NotEqual(picture, Make(prompt: "b", format: format));
        Assert.NotEqual(picture, Make(seed: "2", format: format));
        Assert.NotEqual(picture, Make(index: 1, format: format));
    }

    [Fact]
    public void A_thousand_prompts_give_a_thousand_pictures() =>
        Assert.Equal(1000, Enumerable.Range(0, 1000).Select(static i => Convert.ToHexString(Dice.Hash(Convert.ToHexString(
            Make(prompt: "prompt " + i.ToString(CultureInfo.InvariantCulture), ratio: "1:8"))))).Distinct(StringComparer.Ordinal).Count());

    [Theory]
    [InlineData(1, 3)]
    [InlineData(2, 0)]
    public void The_formats_show_the_same_picture(int format, int tolerance)
    {
        var recipe = new PictureRecipe("the same", "1", 0, new PixelSize(384, 256), PictureFormat.Png, []);
        var png = Cells(recipe.Make());
        var other = Cells((recipe with { Format = (PictureFormat)format }).Make());
        Assert.Equal(48 * 32, png.Length);
        Assert.InRange(png.Zip(other, Distance).Max(), 0, tolerance);
    }

    [Fact]
    public void An_edit_shows_a_reference_that_the_sandbox_made_as_it_is()
    {
        var bytes = Make(prompt: "the original", ratio: "1:1", tier: "1K");
        var original = Cells(bytes);
        var edited = Cells(Make(prompt: "the edit", ratio: "1:1", tier: "1K", references: Reference.FromFile(bytes)));
        var shown = new HashSet<int>(edited);
        // Every colour that covers more than a percent of the original is in its frame too.
        var main = original.GroupBy(static colour => colour).Where(group => group.Count() > original.Length / 100).Select(static group => group.Key);
        Assert.Subset(shown, main.ToHashSet());
    }

    [Fact]
    public void An_edit_shows_any_other_reference_as_an_identicon_of_its_own()
    {
        var first = Make(references: new Reference(new(100, 100), "first"));
        Assert.Equal(first, Make(references: new Reference(new(100, 100), "first")));
        Assert.NotEqual(Cells(first), Cells(Make(references: new Reference(new(100, 100), "second"))));
    }

    [Fact]
    public void Fourteen_references_all_find_a_place()
    {
        var references = Enumerable.Range(0, 14).Select(static i => new Thumbnail(new(16, 9), 1, 1, [0x101010 * i + 0xF0])).ToArray();
        foreach (var ratio in new[] { "1:1", "8:1", "1:8" })
            Assert.Equal(14, Places(references, ratio));
    }

    [Theory]
    [InlineData("png", "1K")]
    [InlineData("jpeg", "1K")]
    [InlineData("webp", "1K")]
    [InlineData("png", "4K")]
    [InlineData("jpeg", "4K")]
    [InlineData("webp", "4K")]
    public void Another_program_agrees_on_format_size_and_soundness(string name, string tier)
    {
        var size = SizeTable.Find("21:9", tier);
        var bytes = Make(format: Enum.Parse<PictureFormat>(name, ignoreCase: true), ratio: "21:9", tier: tier);
        Assert.Equal((name, size.Width, size.Height), PictureHeader.Read(bytes));
        using var image = Image.Load<Rgb24>(bytes, out var format);
        Assert.Equal((name, size.Width, size.Height), (format.Name.ToLowerInvariant(), image.Width, image.Height));
    }

    private static int Places(Thumbnail[] references, string ratio)
    {
        var size = SizeTable.Find(ratio, "1K");
        using var grid = new CellGrid(size.Width / CellGrid.CellSize, size.Height / CellGrid.CellSize);
        grid.Fill(0, 0, grid.Width, grid.Height, 0);
        ReferencePanels.Paint(grid, references);
        var colours = new HashSet<int>();
        for (var y = 0; y < grid.Height; y++)
            colours.UnionWith(grid.Row(y).ToArray());
        return references.Count(reference => colours.Contains(reference.Pixels[0]));
    }

    /// <summary>One pixel of each cell, as another program decodes it.</summary>
    private static int[] Cells(byte[] bytes)
    {
        using var image = Image.Load<Rgb24>(bytes);
        var cells = new List<int>();
        for (var y = CellGrid.CellSize / 2; y < image.Height; y += CellGrid.CellSize)
        {
            for (var x = CellGrid.CellSize / 2; x < image.Width; x += CellGrid.CellSize)
                cells.Add(image[x, y].R << 16 | image[x, y].G << 8 | image[x, y].B);
        }

        return [.. cells];
    }

    internal static int Distance(int a, int b) =>
        Math.Max(Math.Abs((a >> 16 & 255) - (b >> 16 & 255)), Math.Max(Math.Abs((a >> 8 & 255) - (b >> 8 & 255)), Math.Abs((a & 255) - (b & 255))));
}
