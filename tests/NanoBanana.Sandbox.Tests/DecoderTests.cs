using FsCheck;
using FsCheck.Fluent;
using NanoBanana.Sandbox.Decoders;
using NanoBanana.Sandbox.Faults;
using NanoBanana.Sandbox.Painting;

namespace NanoBanana.Sandbox.Tests;

public sealed class DecoderTests
{
    private static readonly byte[][] Sound =
    [
        Sample(PictureFormat.Png),
        Sample(PictureFormat.Jpeg),
        Sample(PictureFormat.Webp),
    ];

    private static byte[] Sample(PictureFormat format) =>
        new PictureRecipe("a sample", "1", 0, new PixelSize(64, 48), format, []).Make();

    [Fact]
    public void Bytes_that_are_no_picture_are_refused() =>
        Assert.Throws<PictureFormatException>(static () => PictureDecoder.Decode("hello"u8.ToArray()));

    [Fact]
    public void A_picture_cut_short_is_refused_or_read_but_never_crashes()
    {
        foreach (var sample in Sound)
        {
            for (var length = 0; length < sample.Length; length++)
                Survives(sample[..length]);
        }
    }

    [Fact]
    public void Mutated_pictures_are_refused_or_read_but_never_crash()
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
    public void Pictures_of_impossible_size_are_refused_before_memory_is_taken()
    {
        var png = (byte[])Sound[0].Clone();
        png[16] = 0x7F;
        Assert.Throws<PictureFormatException>(() => PictureDecoder.Decode(png));
    }

    [Fact]
    public void Data_that_asks_for_a_dictionary_is_refused()
    {
        var png = (byte[])Sound[0].Clone();
        // The second byte of the zlib stream, with its dictionary flag set and its check right.
        png[42] = 0x20;
        Assert.Throws<PictureFormatException>(() => PictureDecoder.Decode(png));
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

    /// <summary>Each setting of ImageMagick makes another kind of file; all show the same three bars.</summary>
    [Theory]
    [InlineData("png", "-depth 8 -define png:color-type=2")]
    [InlineData("png", "-depth 16 -define png:color-type=6")]
    [InlineData("png", "-define png:color-type=3")]
    [InlineData("png", "-interlace PNG -define png:color-type=2")]
    [InlineData("jpg", "-quality 92 -sampling-factor 4:2:0")]
    [InlineData("jpg", "-quality 75 -sampling-factor 4:4:4")]
    [InlineData("jpg", "-quality 92 -interlace JPEG -sampling-factor 4:2:0")]
    [InlineData("jpg", "-quality 92 -define jpeg:restart-interval=2")]
    [InlineData("webp", "-define webp:lossless=true -define webp:method=6")]
    [InlineData("webp", "-define webp:lossless=true -define webp:method=0")]
    public void Pictures_of_other_programs_are_read(string extension, string settings)
    {
        using var folder = new ScratchFolder();
        if (!TryMakeBars(folder, extension, settings, out var file))
            return;
        var picture = PictureDecoder.Decode(File.ReadAllBytes(file));
        Assert.Equal((300, 200), (picture.SourceWidth, picture.SourceHeight));
        Assert.InRange(PainterTests.Distance(picture.At(picture.Width / 6, picture.Height / 2), 0xD02020), 0, 12);
        Assert.InRange(PainterTests.Distance(picture.At(picture.Width / 2, picture.Height / 2), 0x20D020), 0, 12);
        Assert.InRange(PainterTests.Distance(picture.At(picture.Width * 5 / 6, picture.Height / 2), 0x2020D0), 0, 12);
    }

    /// <summary>Photographs exercise the transforms that flat bars do not.</summary>
    [Theory]
    [InlineData("webp", "-define webp:lossless=true", 0)]
    [InlineData("webp", "-define webp:lossless=true -define webp:method=0", 0)]
    [InlineData("webp", "-colors 12 -define webp:lossless=true", 0)]
    [InlineData("webp", "-colors 3 -define webp:lossless=true", 0)]
    [InlineData("jpg", "-quality 95", 4)]
    [InlineData("jpg", "-quality 95 -interlace JPEG", 4)]
    public void Rich_pictures_are_read_like_their_png(string extension, string settings, int tolerance)
    {
        using var folder = new ScratchFolder();
        var png = folder.File("rich.png");
        var other = folder.File("rich." + extension);
        string[] quantised = settings.StartsWith("-colors", StringComparison.Ordinal) ? [.. settings.Split(' ').Take(2), "+dither"] : [];
        if (Tool.Run("convert", ["-size", "384x256", "-seed", "7", "plasma:red-blue", .. quantised, "-depth", "8", "-type", "TrueColor", png]) is null
            || Tool.Run("convert", [png, .. settings.Split(' '), other]) is null)
            return;
        var expected = PictureDecoder.Decode(File.ReadAllBytes(png));
        var picture = PictureDecoder.Decode(File.ReadAllBytes(other));
        // At this size a thumbnail's pixel is one block of a JPEG, so its mean is the block's DC value.
        Assert.InRange(expected.Pixels.Zip(picture.Pixels, PainterTests.Distance).Average(), 0, tolerance);
    }

    [Fact]
    public void A_lossy_webp_is_shown_by_a_stand_in_of_its_size()
    {
        using var folder = new ScratchFolder();
        if (!TryMakeBars(folder, "webp", "-quality 80", out var file))
            return;
        var picture = PictureDecoder.Decode(File.ReadAllBytes(file));
        Assert.Equal((300, 200), (picture.SourceWidth, picture.SourceHeight));
    }

    /// <summary>Where ImageMagick is not at hand there is nothing to compare with, and the test has nothing to say.</summary>
    private static bool TryMakeBars(ScratchFolder folder, string extension, string settings, out string file)
    {
        file = folder.File("bars." + extension);
        return Tool.Run("convert",
        [
            "-size", "300x200", "xc:#20D020", "-fill", "#D02020", "-draw", "rectangle 0,0 99,199", "-fill", "#2020D0", "-draw", "rectangle 200,0 299,199",
            .. settings.Split(' '), file,
        ]) is not null;
    }

    private static bool Survives(byte[] bytes)
    {
        try
        {
            return PictureDecoder.Decode(bytes).Pixels.Length > 0;
        }
        catch (PictureFormatException)
        {
            return true;
        }
    }
}
