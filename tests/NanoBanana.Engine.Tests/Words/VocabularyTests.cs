namespace NanoBanana.Engine.Tests.Words;

public sealed class VocabularyTests
{
    [Theory]
    [InlineData("0.5K", ImageResolution.HalfK)]
    [InlineData("0.5k", ImageResolution.HalfK)]
    [InlineData("512", ImageResolution.HalfK)]
    [InlineData("512px", ImageResolution.HalfK)]
    [InlineData("1K", ImageResolution.OneK)]
    [InlineData(" 2k ", ImageResolution.TwoK)]
    [InlineData("4K", ImageResolution.FourK)]
    public void A_tier_is_read(string text, ImageResolution expected)
    {
        Assert.True(Vocabulary.TryParseResolution(text, out ImageResolution resolution));
        Assert.Equal(expected, resolution);
    }

    [Theory]
    [InlineData("3K")]
    [InlineData("1")]
    [InlineData("1024")]
    [InlineData("")]
    [InlineData(null)]
    [InlineData("OneK")]
    public void What_is_no_tier_is_not_read(string? text) => Assert.False(Vocabulary.TryParseResolution(text, out _));

    [Theory]
    [InlineData("png", ImageFormat.Png)]
    [InlineData(".PNG", ImageFormat.Png)]
    [InlineData("jpeg", ImageFormat.Jpeg)]
    [InlineData("jpg", ImageFormat.Jpeg)]
    [InlineData(".Jpg", ImageFormat.Jpeg)]
    [InlineData("webp", ImageFormat.WebP)]
    public void A_format_is_read(string text, ImageFormat expected)
    {
        Assert.True(Vocabulary.TryParseFormat(text, out ImageFormat format));
        Assert.Equal(expected, format);
    }

    [Theory]
    [InlineData("gif")]
    [InlineData("image/png")]
    [InlineData("")]
    [InlineData(null)]
    public void What_is_no_format_is_not_read(string? text) => Assert.False(Vocabulary.TryParseFormat(text, out _));

    [Fact]
    public void Every_tier_is_read_back_from_its_word() =>
        Assert.All(Enum.GetValues<ImageResolution>(), tier => Assert.Equal((true, tier), (Vocabulary.TryParseResolution(tier.ToName(), out ImageResolution read), read)));

    [Fact]
    public void Every_format_is_read_back_from_its_extension() =>
        Assert.All(Enum.GetValues<ImageFormat>(), format => Assert.Equal((true, format), (Vocabulary.TryParseFormat(format.ToExtension(), out ImageFormat read), read)));

    [Theory]
    [InlineData(ImageFormat.Png, ".png")]
    [InlineData(ImageFormat.Jpeg, ".jpg")]
    [InlineData(ImageFormat.WebP, ".webp")]
    public void An_extension_is_the_usual_one(ImageFormat format, string expected) => Assert.Equal(expected, format.ToExtension());
}
