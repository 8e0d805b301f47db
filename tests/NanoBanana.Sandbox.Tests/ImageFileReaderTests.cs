using FsCheck;
using FsCheck.Fluent;
using NanoBanana.Sandbox.Encoders;
using NanoBanana.Sandbox.Faults;
using NanoBanana.Sandbox.Painting;
using SixLabors.ImageSharp;
using SixLabors.ImageSharp.Formats;
using SixLabors.ImageSharp.Formats.Png;
using SixLabors.ImageSharp.Formats.Webp;
using SixLabors.ImageSharp.PixelFormats;

namespace NanoBanana.Sandbox.Tests;

public sealed class ImageFileReaderTests
{
    private static readonly byte[][] Sound =
    [
        Sample(PictureFormat.Png),
        Sample(PictureFormat.Jpeg),
        Sample(PictureFormat.Webp),
    ];

    private static PictureRecipe Recipe(PictureFormat format) =>
        new("a fox, naïve 狐", "1", 0, new PixelSize(64, 48), format, [Reference.FromAddress("https://example.com/a.png")]);

    private static byte[] Sample(PictureFormat format) => Recipe(format).Make();

    [Theory]
    [InlineData("Png")]
    [InlineData("Jpeg")]
    [InlineData("Webp")]
    public void A_file_of_the_sandbox_holds_its_size_and_its_recipe(string name)
    {
        var recipe = Recipe(Enum.Parse<PictureFormat>(name));
        var (size, read) = ImageFileReader.Read(recipe.Make());
        Assert.Equal(recipe.Size, size);
        Assert.Equal(recipe.Make(), read!.Make());
        Assert.Equal(recipe.Prompt, read.Prompt);
    }

    [Fact]
    public void A_prompt_that_is_too_long_for_a_file_is_left_out_of_it()
    {
        foreach (var format in Enum.GetValues<PictureFormat>())
        {
            var (size, recipe) = ImageFileReader.Read((Recipe(format) with { Prompt = new string('a', 70_000) }).Make());
            Assert.Equal((new PixelSize(64, 48), null), (size, recipe));
        }
    }

    [Fact]
    public void Recipes_hold_two_references_in_depth_and_no_more()
    {
        var recipe = Recipe(PictureFormat.Png);
        for (var depth = 0; depth < 30; depth++)
            recipe = recipe with { References = [Reference.FromFile(recipe.Make())] };
        var read = ImageFileReader.Read(recipe.Make()).Recipe!;
        Assert.NotNull(read.References[0].Recipe!.References[0].Recipe);
        Assert.Null(read.References[0].Recipe!.References[0].Recipe!.References[0].Recipe);
    }

    [Fact]
    public void Bytes_that_are_no_image_are_refused() =>
        Assert.Throws<NotAnImageException>(static () => ImageFileReader.Read("hello"u8));

    [Fact]
    public void A_file_cut_short_is_refused_or_read_but_never_crashes()
    {
        foreach (var sample in Sound)
        {
            for (var length = 0; length < sample.Length; length++)
                Survives(sample[..length]);
        }
    }

    [Fact]
    public void Mutated_files_are_refused_or_read_but_never_crash()
    {
        var mutations = ArbMap.Default.ArbFor<(int, int, byte)[]>();
        Prop.ForAll(mutations, static changes => Sound.All(sample =>
        {
            var copy = (byte[])sample.Clone();
            foreach (var (place, _, value) in changes)
                copy[(int)((uint)place % copy.Length)] = value;
            return Survives(copy);
        })).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void A_size_that_no_image_has_is_refused()
    {
        var png = (byte[])Sound[0].Clone();
        png[16] = 0x7F;
        Assert.Throws<NotAnImageException>(() => ImageFileReader.Read(png));
    }

    [Theory]
    [InlineData("png")]
    [InlineData("png, interlaced")]
    [InlineData("jpeg")]
    [InlineData("webp, lossless")]
    [InlineData("webp, lossy")]
    public void Files_of_another_program_tell_their_size(string kind)
    {
        IImageEncoder encoder = kind switch
        {
            "png" => new SixLabors.ImageSharp.Formats.Png.PngEncoder(),
            "png, interlaced" => new SixLabors.ImageSharp.Formats.Png.PngEncoder { InterlaceMethod = PngInterlaceMode.Adam7 },
            "jpeg" => new SixLabors.ImageSharp.Formats.Jpeg.JpegEncoder(),
            "webp, lossless" => new SixLabors.ImageSharp.Formats.Webp.WebpEncoder { FileFormat = WebpFileFormatType.Lossless },
            _ => new SixLabors.ImageSharp.Formats.Webp.WebpEncoder { FileFormat = WebpFileFormatType.Lossy },
        };
        using var file = new MemoryStream();
        using var image = new Image<Rgb24>(300, 200);
        image.Save(file, encoder);
        AssertIsForeign(file.ToArray());
    }

    [Theory]
    [InlineData("bars-progressive.jpg")]
    [InlineData("bars-restart.jpg")]
    public void Jpegs_that_are_progressive_or_have_restart_markers_tell_their_size(string file) =>
        AssertIsForeign(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "pictures", file)));

    private static void AssertIsForeign(byte[] bytes)
    {
        var (size, recipe) = ImageFileReader.Read(bytes);
        Assert.Equal((new PixelSize(300, 200), null), (size, recipe));
    }

    [Fact]
    public void Fault_lists_of_any_text_are_read_or_refused_in_words()
    {
        Prop.ForAll(ArbMap.Default.ArbFor<string>(), static text =>
        {
            try
            {
                return FaultPlan.Parse(text ?? "").Rules is not null;
            }
            catch (SandboxConfigurationException error)
            {
                return error.Message.Length > 0;
            }
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Well_formed_fault_lists_are_read_as_written()
    {
        string[] kinds = ["429", "503-retry=4", "lost", "reset", "slow=20", "credits", "html"];
        var items =
            from target in Gen.Elements("submit", "status", "result", "direct", "any")
            from kind in Gen.Elements(kinds)
            from count in Gen.Choose(1, 99)
            from start in Gen.Choose(1, 99)
            select (target, kind, count, start);
        Prop.ForAll(items.NonEmptyListOf().ToArbitrary(), static list =>
        {
            var rules = FaultPlan.Parse(string.Join(" , ", list.Select(static item => FormattableString.Invariant($"{item.target}:{item.kind}*{item.count}@{item.start}")))).Rules;
            return rules.Count == list.Count && rules.Zip(list).All(static pair => (pair.First.Count, pair.First.From) == (pair.Second.count, pair.Second.start));
        }).QuickCheckThrowOnFailure();
    }

    private static bool Survives(byte[] bytes)
    {
        try
        {
            return Reference.FromFile(bytes).ToThumbnail().Pixels.Length > 0;
        }
        catch (NotAnImageException)
        {
            return true;
        }
    }
}
