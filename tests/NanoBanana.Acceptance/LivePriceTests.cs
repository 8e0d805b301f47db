using NanoBanana.Engine.Pricing;
using NanoBanana.Sandbox.Wires;

namespace NanoBanana.Acceptance;

/// <summary>Prices asked of the sandbox, over real sockets: it shares no table with the engine.</summary>
public sealed class LivePriceTests
{
    [Theory]
    [InlineData(ImageOperation.Generate)]
    [InlineData(ImageOperation.Edit)]
    public async Task The_live_prices_of_fal_are_those_of_the_table(ImageOperation operation)
    {
        await using Stage stage = await Stage.SetAsync();
        var query = new PriceQuery { Providers = ["Fal"], Operation = operation, WebSearch = true, ThinkingLevel = ThinkingLevel.High, Count = 7 };
        PriceListing live = await stage.Engine.ListLivePricesAsync(query, CancellationToken.None);
        PriceListing table = Engine.ImageEngine.ListPrices(query);

        Assert.Empty(live.Warnings);
        Assert.All(live.Prices, price => Assert.True(price.IsLive));
        Assert.Equal(8, live.Prices.Count);
        Assert.Equal(table.Prices.Select(price => (price.Resolution, price.Total)), live.Prices.Select(price => (price.Resolution, price.Total)));
    }

    [Fact]
    public async Task Apiframe_tells_its_credits_before()
    {
        await using Stage stage = await Stage.SetAsync();
        PriceListing live = await stage.Engine.ListLivePricesAsync(new PriceQuery { Providers = ["Apiframe"] }, CancellationToken.None);
        NBImage image = (await stage.RunAsync(EveryProviderTests.Request(stage, "Apiframe"))).Image();

        NBPrice price = live.Prices.Single(row => row.Resolution == "1K");
        Assert.True(price.IsLive);
        Assert.Null(price.UnitPrice);
        Assert.InRange(image.Credits!.Value, price.Credits!.Value, price.MostUnitCredits!.Value);
    }

    [Fact]
    public async Task Asking_orders_nothing()
    {
        await using Stage stage = await Stage.SetAsync();
        PriceListing live = await stage.Engine.ListLivePricesAsync(new PriceQuery(), CancellationToken.None);

        Assert.Equal(12, live.Prices.Count(price => price.IsLive));
        Assert.Equal((0, 0), (stage.Ledger.Accepted, stage.Ledger.Requests(WireAction.Submit)));
        Assert.DoesNotContain(Stage.CanaryKey, string.Join('\n', live.Notes.Concat(live.Warnings)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_provider_that_is_down_keeps_the_table()
    {
        await using Stage stage = await Stage.SetAsync();
        await stage.Server.DisposeAsync();
        PriceListing live = await stage.Engine.ListLivePricesAsync(new PriceQuery { Resolutions = [ImageResolution.OneK] }, CancellationToken.None);

        Assert.Equal(3, live.Warnings.Count); // Two models of fal, one of Apiframe.
        Assert.All(live.Prices, price => Assert.False(price.IsLive));
        Assert.Equal(0.08m, live.Prices.First(price => price.Provider == "Fal").UnitPrice);
    }
}
