using NanoBanana.Engine.Imaging;
using NanoBanana.Engine.Tests.Support;

namespace NanoBanana.Engine.Tests.Imaging;

public sealed class ImageHeaderTests
{
    private static readonly string[] SampleNames =
    [
        "png", "jpeg", "jpeg progressive", "jpeg arithmetic", "jpeg exif", "jpeg many segments", "jpeg fill bytes", "jpeg restart", "webp lossy", "webp lossless", "webp extended",
    ];

    public static TheoryData<string> Samples => [.. SampleNames];

    [Theory]
    [MemberData(nameof(Samples))]
    public void The_size_is_read_from_the_bytes(string name)
    {
        Assert.True(ImageHeader.TryRead(Sample(name), out ImageHeader? header));

        Assert.Equal((1376, 768), (header.Width, header.Height));
    }

    [Theory]
    [MemberData(nameof(Samples))]
    public void The_format_is_read_from_the_bytes(string name)
    {
        ImageHeader.TryRead(Sample(name), out ImageHeader? header);

        Assert.Equal(name.Split(' ')[0], header!.Format.ToName());
    }

    [Theory]
    [MemberData(nameof(Samples))]
    public void Too_few_bytes_are_no_picture(string name)
    {
        byte[] bytes = Sample(name);
        int needed = Enumerable.Range(0, bytes.Length + 1).First(length => ImageHeader.TryRead(bytes.AsSpan(0, length), out _));

        Assert.All(Enumerable.Range(needed, bytes.Length - needed), length => Assert.True(ImageHeader.TryRead(bytes.AsSpan(0, length), out _)));
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(4096, 4096)]
    [InlineData(16383, 16383)]
    public void Every_size_that_WebP_can_hold_is_read(int width, int height) =>
        Assert.All(
            [Pictures.WebPLossy(width, height), Pictures.WebPLossless(width, height), Pictures.WebPExtended(width, height)],
            bytes => Assert.Equal(new ImageHeader(ImageFormat.WebP, width, height), Read(bytes)));

    [Fact]
    public void The_scale_bits_of_lossy_WebP_are_not_of_the_size() =>
        Assert.Equal(new ImageHeader(ImageFormat.WebP, 100, 50), Read(Pictures.WebPLossy(100 | 0x4000, 50 | 0x8000)));

    [Fact]
    public void Extended_WebP_may_be_wider_than_the_others() =>
        Assert.Equal(new ImageHeader(ImageFormat.WebP, 70_000, 66_000), Read(Pictures.WebPExtended(70_000, 66_000)));

    [Theory]
    [InlineData(0, 10)]
    [InlineData(10, 0)]
    public void A_picture_without_width_or_height_is_none(int width, int height) =>
        Assert.All([Pictures.Png(width, height), Pictures.Jpeg(width, height), Pictures.WebPLossy(width, height)], bytes => Assert.Null(Read(bytes)));

    [Fact]
    public void A_PNG_of_negative_size_is_none() => Assert.Null(Read(Pictures.Png(-1, 10)));

    [Fact]
    public void A_JPEG_whose_scan_comes_before_its_size_is_none() => Assert.Null(Read([0xFF, 0xD8, 0xFF, 0xDA, 0, 4, 1, 2, .. Pictures.Jpeg(5, 5)[2..]]));

    [Fact]
    public void A_JPEG_with_a_segment_shorter_than_its_own_length_is_none() => Assert.Null(Read([0xFF, 0xD8, 0xFF, 0xE0, 0, 1, .. Pictures.Jpeg(5, 5)[2..]]));

    [Theory]
    [InlineData(0xC4)]
    [InlineData(0xC8)]
    [InlineData(0xCC)]
    public void A_table_is_not_taken_for_a_frame(byte marker) =>
        Assert.Equal(new ImageHeader(ImageFormat.Jpeg, 5, 6), Read(Pictures.Jpeg(5, 6, 0xC0, Pictures.Segment(marker, [8, 0, 1, 0, 1, 0, 0, 0, 0]))));

    [Theory]
    [InlineData("GIF89a\u0001\u0000\u0001\u0000 and more of it, long enough")]
    [InlineData("<svg xmlns='http://www.w3.org/2000/svg' width='5' height='5'/>")]
    [InlineData("{\"error\":\"this is json and not a picture at all\"}")]
    [InlineData("RIFF\u0001\u0000\u0000\u0000WAVEfmt and so on and so on and so on")]
    [InlineData("")]
    public void Anything_else_is_no_picture(string text) => Assert.Null(Read(System.Text.Encoding.Latin1.GetBytes(text)));

    [Theory]
    [InlineData(60_000)]
    [InlineData(250_000)]
    public async Task A_file_with_long_metadata_is_read(int length)
    {
        using var folder = new TempFolder();
        string path = folder.Write("a.jpg", Pictures.Jpeg(1376, 768, 0xC0, Metadata(length)));

        Assert.Equal(new ImageHeader(ImageFormat.Jpeg, 1376, 768), await ImageHeader.ReadFileAsync(path, CancellationToken.None));
    }

    [Fact]
    public async Task D12_A_file_whose_size_lies_behind_megabytes_of_metadata_is_read()
    {
        using var folder = new TempFolder();
        string path = folder.Write("a.jpg", Pictures.Jpeg(1376, 768, 0xC0, Metadata(5_000_000)));

        Assert.Equal(new ImageHeader(ImageFormat.Jpeg, 1376, 768), await ImageHeader.ReadFileAsync(path, CancellationToken.None));
    }

    [Fact]
    public void Twenty_thousand_broken_pictures_are_read_without_a_fault()
    {
        var random = new Random(20261121);
        byte[][] samples = [.. SampleNames.Select(Sample).Where(bytes => bytes.Length < 4000)];
        for (int i = 0; i < 20_000; i++)
        {
            byte[] bytes = [.. samples[i % samples.Length]];
            for (int flips = random.Next(1, 12); flips > 0; flips--) bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            bool isPicture = ImageHeader.TryRead(bytes.AsSpan(0, random.Next(bytes.Length + 1)), out ImageHeader? header);
            Assert.True(!isPicture || (header!.Width > 0 && header.Height > 0), $"case {i}");
        }
    }

    private static ImageHeader? Read(byte[] bytes) => ImageHeader.TryRead(bytes, out ImageHeader? header) ? header : null;

    private static byte[][] Metadata(int length) =>
        [.. Enumerable.Range(0, (length / 60_000) + 1).Select(i => Pictures.Segment(0xE1, new byte[Math.Min(60_000, length - (i * 60_000))]))];

    private static byte[] Sample(string name) => name switch
    {
        "png" => Pictures.Png(1376, 768),
        "jpeg" => Pictures.Jpeg(1376, 768),
        "jpeg progressive" => Pictures.Jpeg(1376, 768, 0xC2),
        "jpeg arithmetic" => Pictures.Jpeg(1376, 768, 0xC9),
        "jpeg exif" => Pictures.Jpeg(1376, 768, 0xC0, Pictures.Segment(0xE1, [.. "Exif\0\0"u8, .. new byte[20_000], 0xFF, 0xC0, 0, 11, 8, 0, 1, 0, 1])),
        "jpeg many segments" => Pictures.Jpeg(1376, 768, 0xC1, Pictures.Segment(0xE0, new byte[14]), Pictures.Segment(0xE2, new byte[600]), Pictures.Segment(0xDB, new byte[65]), Pictures.Segment(0xC4, new byte[29])),
        "jpeg fill bytes" => Pictures.Jpeg(1376, 768, 0xC0, [0xFF, 0xFF, 0xFF, .. Pictures.Segment(0xE0, new byte[14]), 0xFF]),
        "jpeg restart" => Pictures.Jpeg(1376, 768, 0xC0, [0xFF, 0x01, 0xFF, 0xD0]),
        "webp lossy" => Pictures.WebPLossy(1376, 768),
        "webp lossless" => Pictures.WebPLossless(1376, 768),
        _ => Pictures.WebPExtended(1376, 768),
    };
}
