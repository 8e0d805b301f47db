namespace NanoBanana.Engine.Tests.Words;

public sealed class AspectRatioTests
{
    /// <summary>The list of fal.ai's page "Nano Banana 2 API".</summary>
    private static readonly string[] OfThePage =
        ["auto", "21:9", "16:9", "3:2", "4:3", "5:4", "1:1", "4:5", "3:4", "2:3", "9:16", "4:1", "1:4", "8:1", "1:8"];

    [Fact]
    public void All_ratios_of_the_page_are_known() => Assert.Equal(OfThePage, AspectRatio.All.Select(ratio => ratio.ToString()));

    [Fact]
    public void Every_ratio_is_read_back_from_its_text() =>
        Assert.All(AspectRatio.All, ratio => Assert.Equal((true, ratio), (AspectRatio.TryParse(ratio.ToString(), out AspectRatio read), read)));

    [Theory]
    [InlineData("AUTO", 0, 0)]
    [InlineData(" 16:9 ", 16, 9)]
    [InlineData("1:8", 1, 8)]
    public void Case_and_blanks_do_not_matter(string text, int width, int height)
    {
        Assert.True(AspectRatio.TryParse(text, out AspectRatio ratio));
        Assert.Equal((width, height), (ratio.Width, ratio.Height));
    }

    [Theory]
    [InlineData("16x9")]
    [InlineData("16/9")]
    [InlineData("32:18")]
    [InlineData("7:5")]
    [InlineData("0:0")]
    [InlineData("16:9:1")]
    [InlineData("")]
    [InlineData(null)]
    public void What_the_model_does_not_know_is_not_read(string? text) => Assert.False(AspectRatio.TryParse(text, out _));

    [Fact]
    public void Auto_is_what_is_left_to_the_model() => Assert.True(AspectRatio.Auto.IsAuto);

    [Fact]
    public void A_ratio_is_not_left_to_the_model() => Assert.DoesNotContain(AspectRatio.All.Skip(1), ratio => ratio.IsAuto);
}
