using NanoBanana.Sandbox.Decoders;
using SixLabors.ImageSharp;
using SixLabors.ImageSharp.Formats;
using SixLabors.ImageSharp.Formats.Jpeg;
using SixLabors.ImageSharp.Formats.Png;
using SixLabors.ImageSharp.Formats.Webp;
using SixLabors.ImageSharp.PixelFormats;
using SixLabors.ImageSharp.Processing;
using SixLabors.ImageSharp.Processing.Processors.Quantization;

namespace NanoBanana.Sandbox.Tests;

/// <summary>Images that ImageSharp wrote; those in the folder pictures are of kinds that it reads and does not write.</summary>
public sealed class OtherProgramTests
{
    private static readonly Dictionary<string, IImageEncoder> Encoders = new(StringComparer.Ordinal)
    {
        ["png"] = new PngEncoder { ColorType = PngColorType.Rgb, BitDepth = PngBitDepth.Bit8 },
        ["png, 16 bits and alpha"] = new PngEncoder { ColorType = PngColorType.RgbWithAlpha, BitDepth = PngBitDepth.Bit16 },
        ["png, palette"] = new PngEncoder { ColorType = PngColorType.Palette },
        ["png, interlaced"] = new PngEncoder { ColorType = PngColorType.Rgb, InterlaceMethod = PngInterlaceMode.Adam7 },
        ["jpeg 4:2:0"] = new JpegEncoder { Quality = 95, ColorType = JpegColorType.YCbCrRatio420 },
        ["jpeg 4:4:4"] = new JpegEncoder { Quality = 75, ColorType = JpegColorType.YCbCrRatio444 },
        ["webp lossless"] = new WebpEncoder { FileFormat = WebpFileFormatType.Lossless, Method = WebpEncodingMethod.BestQuality },
        ["webp lossless, fast"] = new WebpEncoder { FileFormat = WebpFileFormatType.Lossless, Method = WebpEncodingMethod.Fastest },
    };

    public static TheoryData<string> Kinds => [.. Encoders.Keys];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Images_of_another_program_are_read(string kind) => AssertBars(Encode(Bars(), kind));

    [Theory]
    [InlineData("bars-progressive.jpg")]
    [InlineData("bars-restart.jpg")]
    public void Jpegs_that_are_progressive_or_have_restart_markers_are_read(string file) => AssertBars(File.ReadAllBytes(PathOf(file)));

    /// <summary>Photographs exercise the transforms that flat bars do not.</summary>
    [Theory]
    [InlineData("webp lossless", 0, 0)]
    [InlineData("webp lossless, fast", 0, 0)]
    [InlineData("webp lossless", 12, 0)]
    [InlineData("webp lossless", 3, 0)]
    [InlineData("jpeg 4:2:0", 0, 4)]
    public void Rich_images_are_read_like_their_png(string kind, int colours, int tolerance)
    {
        using var image = Image.Load<Rgb24>(PathOf("plasma-progressive.jpg"));
        if (colours > 0)
            image.Mutate(context => context.Quantize(new OctreeQuantizer(new QuantizerOptions { MaxColors = colours, Dither = null })));
        AssertLikeItsPng(image, Encode(image, kind), tolerance);
    }

    [Fact]
    public void A_rich_progressive_jpeg_is_read_like_its_png()
    {
        var bytes = File.ReadAllBytes(PathOf("plasma-progressive.jpg"));
        using var image = Image.Load<Rgb24>(bytes);
        AssertLikeItsPng(image, bytes, 4);
    }

    [Fact]
    public void A_lossy_webp_is_shown_by_a_stand_in_of_its_size()
    {
        using var file = new MemoryStream();
        using var bars = Bars();
        bars.Save(file, new WebpEncoder { FileFormat = WebpFileFormatType.Lossy, Quality = 80 });
        var picture = PictureDecoder.Decode(file.ToArray());
        Assert.Equal((300, 200), (picture.SourceWidth, picture.SourceHeight));
    }

    private static string PathOf(string file) => Path.Combine(AppContext.BaseDirectory, "pictures", file);

    private static byte[] Encode(Image image, string kind)
    {
        using var file = new MemoryStream();
        image.Save(file, Encoders[kind]);
        return file.ToArray();
    }

    private static Image<Rgb24> Bars()
    {
        var image = new Image<Rgb24>(300, 200);
        for (var y = 0; y < image.Height; y++)
        {
            for (var x = 0; x < image.Width; x++)
                image[x, y] = x < 100 ? new Rgb24(0xD0, 0x20, 0x20) : x < 200 ? new Rgb24(0x20, 0xD0, 0x20) : new Rgb24(0x20, 0x20, 0xD0);
        }

        return image;
    }

    private static void AssertBars(byte[] bytes)
    {
        var picture = PictureDecoder.Decode(bytes);
        Assert.Equal((300, 200), (picture.SourceWidth, picture.SourceHeight));
        Assert.InRange(PainterTests.Distance(picture.At(picture.Width / 6, picture.Height / 2), 0xD02020), 0, 12);
        Assert.InRange(PainterTests.Distance(picture.At(picture.Width / 2, picture.Height / 2), 0x20D020), 0, 12);
        Assert.InRange(PainterTests.Distance(picture.At(picture.Width * 5 / 6, picture.Height / 2), 0x2020D0), 0, 12);
    }

    private static void AssertLikeItsPng(Image image, byte[] bytes, int tolerance)
    {
        var expected = PictureDecoder.Decode(Encode(image, "png"));
        var picture = PictureDecoder.Decode(bytes);
        Assert.Equal((384, 256), (picture.SourceWidth, picture.SourceHeight));
        // At this size a thumbnail's pixel is one block of a JPEG, so its mean is the block's DC value.
        Assert.InRange(expected.Pixels.Zip(picture.Pixels, PainterTests.Distance).Average(), 0, tolerance);
    }
}
