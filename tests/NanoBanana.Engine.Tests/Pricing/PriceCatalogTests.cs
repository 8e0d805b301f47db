using FsCheck;
using FsCheck.Fluent;
using NanoBanana.Engine.Pricing;
using NanoBanana.Engine.Tests.Support;

namespace NanoBanana.Engine.Tests.Pricing;

/// <summary>Every figure of fal's own page.</summary>
public sealed class PriceCatalogTests
{
    private static readonly PriceCatalog Catalog = PriceCatalog.ReadBuiltIn();

    [Theory]
    [InlineData(ImageResolution.HalfK, "0.06")]
    [InlineData(ImageResolution.OneK, "0.08")]
    [InlineData(ImageResolution.TwoK, "0.12")]
    [InlineData(ImageResolution.FourK, "0.16")]
    public void A_picture_costs_what_the_page_says(ImageResolution resolution, string expected) =>
        Assert.Equal(decimal.Parse(expected), Catalog.Price(Fal.Request() with { Resolution = resolution }).UnitPrice);

    [Theory]
    [InlineData(ImageResolution.HalfK, "0.06")]
    [InlineData(ImageResolution.OneK, "0.08")]
    [InlineData(ImageResolution.TwoK, "0.12")]
    [InlineData(ImageResolution.FourK, "0.16")]
    public void An_edit_costs_the_same(ImageResolution resolution, string expected) =>
        Assert.Equal(decimal.Parse(expected), Catalog.Price(Fal.Request() with { Resolution = resolution, Operation = ImageOperation.Edit }).UnitPrice);

    [Fact]
    public void Without_a_tier_it_is_1K() => Assert.Equal((0.08m, "1K"), (Catalog.Price(Fal.Request()).UnitPrice, Catalog.Price(Fal.Request()).Resolution));

    [Fact]
    public void Web_search_costs_a_cent_and_a_half_more() => Assert.Equal(0.095m, Catalog.Price(Fal.Request() with { WebSearch = true }).UnitPrice);

    [Fact]
    public void High_thinking_costs_two_tenths_of_a_cent_more() =>
        Assert.Equal(0.082m, Catalog.Price(Fal.Request() with { ThinkingLevel = ThinkingLevel.High }).UnitPrice);

    [Fact]
    public void Minimal_thinking_costs_nothing_more() =>
        Assert.Equal(0.08m, Catalog.Price(Fal.Request() with { ThinkingLevel = ThinkingLevel.Minimal }).UnitPrice);

    [Fact]
    public void Extras_are_paid_for_each_picture() =>
        Assert.Equal(
            0.708m,
            Catalog.Price(Fal.Request() with { Resolution = ImageResolution.FourK, WebSearch = true, ThinkingLevel = ThinkingLevel.High, Count = 4 }).Total);

    [Fact]
    public void A_total_is_exact_however_many_there_are() =>
        Prop.ForAll(Gen.Choose(1, 10_000_000).ToArbitrary(), count =>
            Catalog.Price(Fal.Request() with { Count = count, WebSearch = true }).Total * 1000 == 95L * count).QuickCheckThrowOnFailure();

    [Fact]
    public void The_figures_of_the_page_are_documented() => Assert.Equal(PriceConfidence.Documented, Catalog.Price(Fal.Request()).Confidence);

    [Fact]
    public void The_figures_are_dated() => Assert.Equal(new DateOnly(2026, 11, 21), Catalog.Price(Fal.Request()).AsOf);

    [Fact]
    public void The_same_model_under_another_id_is_inferred() =>
        Assert.Equal(PriceConfidence.Inferred, Catalog.Price(Fal.Request() with { Model = "fal-ai/gemini-3.1-flash-image-preview" }).Confidence);

    [Fact]
    public void A_model_that_is_not_in_the_table_has_no_price() =>
        Assert.Null(Catalog.Price(Fal.Request() with { Model = "google/nano-banana-2.1", WebSearch = true }).Total);

    [Fact]
    public void Without_a_price_the_confidence_is_unknown() =>
        Assert.Equal(PriceConfidence.Unknown, Catalog.Price(Fal.Request() with { Model = "google/nano-banana-2.1" }).Confidence);
}
