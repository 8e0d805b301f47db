using System.Text;
using FsCheck;
using FsCheck.Fluent;
using NanoBanana.Engine.Pricing;
using NanoBanana.Engine.Tests.Support;

namespace NanoBanana.Engine.Tests.Pricing;

/// <summary>What is listed, in which order, and what is not.</summary>
public sealed class PriceListTests : IDisposable
{
    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Everything_that_can_be_ordered_is_listed_once()
    {
        IReadOnlyList<NBPrice> prices = ImageEngine.ListPrices(new PriceQuery()).Prices;

        Assert.Equal(25, prices.Count); // Fal 2 x 4, ApiDot 4, Apiframe 4, ApiMaster 2 x 3, Prospolabs 3.
        Assert.Equal(25, prices.Select(price => (price.Provider, price.Model, price.Resolution)).Distinct().Count());
        Assert.All(prices, price => Assert.Equal(("USD", ImageOperation.Generate, 1), (price.Currency, price.Operation, price.Count)));
    }

    [Fact]
    public void The_edit_model_of_APIDot_is_listed_for_edits_only()
    {
        Assert.DoesNotContain(ImageEngine.ListPrices(new PriceQuery()).Prices, price => price.Model == "nano-banana-2-edit");
        Assert.Equal(4, ImageEngine.ListPrices(new PriceQuery { Operation = ImageOperation.Edit }).Prices.Count(price => price.Model == "nano-banana-2-edit"));
    }

    [Fact]
    public void The_least_total_comes_first_and_the_unknown_last()
    {
        IReadOnlyList<NBPrice> prices = ImageEngine.ListPrices(new PriceQuery { Count = 250 }).Prices;
        decimal?[] known = [.. prices.TakeWhile(price => price.Total is not null).Select(price => price.Total)];

        Assert.Equal(known.Order(), known);
        Assert.All(prices.Skip(known.Length), price => Assert.Equal(("Apiframe", PriceConfidence.Unknown), (price.Provider, price.Confidence)));
        Assert.Equal(4, prices.Count - known.Length);
    }

    [Theory]
    [InlineData(ImageResolution.HalfK, "ApiDot")]
    [InlineData(ImageResolution.OneK, "ApiMaster")]
    [InlineData(ImageResolution.TwoK, "ApiMaster")]
    [InlineData(ImageResolution.FourK, "ApiMaster")]
    public void The_cheapest_of_each_tier_is_marked(ImageResolution resolution, string provider)
    {
        foreach (PriceQuery query in (PriceQuery[])[new(), new() { Resolutions = [resolution] }])
        {
            NBPrice[] marked = [.. ImageEngine.ListPrices(query).Prices.Where(price => price.IsCheapest && price.Resolution == resolution.ToName())];
            Assert.NotEmpty(marked);
            Assert.All(marked, price => Assert.Equal(provider, price.Provider));
        }
    }

    [Fact]
    public void What_a_provider_cannot_take_is_not_listed_and_told()
    {
        PriceListing listing = ImageEngine.ListPrices(new PriceQuery { ThinkingLevel = ThinkingLevel.High });

        Assert.All(listing.Prices, price => Assert.Equal("Fal", price.Provider));
        Assert.Equal(["ApiDot", "ApiMaster", "Apiframe", "Prospolabs"], listing.Refusals.Select(refusal => refusal.Provider).Order(StringComparer.Ordinal));
        Assert.All(listing.Refusals, refusal => Assert.Contains("takes no -ThinkingLevel (Fal does)", refusal.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void Only_those_that_search_are_listed_with_a_search() =>
        Assert.DoesNotContain(ImageEngine.ListPrices(new PriceQuery { WebSearch = true }).Prices, price => price.Provider == "ApiMaster");

    [Fact]
    public void A_tier_that_a_provider_does_not_take_is_refused_in_words()
    {
        PriceListing listing = ImageEngine.ListPrices(new PriceQuery { Providers = ["Prospolabs"], Resolutions = [ImageResolution.HalfK, ImageResolution.OneK] });

        Assert.Equal("1K", Assert.Single(listing.Prices).Resolution);
        Assert.StartsWith("Prospolabs takes no -Resolution 0.5K; it takes 1K, 2K, 4K", Assert.Single(listing.Refusals).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_that_nobody_knows_is_refused_with_those_that_are_known()
    {
        NBException refusal = Assert.Single(ImageEngine.ListPrices(new PriceQuery { Providers = ["fal"], IsModel = static _ => false }).Refusals);

        Assert.Equal(("Fal", "Model"), (refusal.Provider, refusal.Parameter));
        Assert.Contains("fal-ai/nano-banana-2, fal-ai/gemini-3.1-flash-image-preview", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-3)]
    public void A_count_below_one_is_refused(int count) =>
        Assert.Equal("Count", Assert.Throws<NBException>(() => ImageEngine.ListPrices(new PriceQuery { Count = count })).Parameter);

    [Fact]
    public void A_provider_that_there_is_not_is_refused() =>
        Assert.Equal("Provider", Assert.Throws<NBException>(() => ImageEngine.ListPrices(new PriceQuery { Providers = ["Nope"] })).Parameter);

    [Fact]
    public void A_large_count_costs_what_its_requests_cost()
    {
        using var rig = new EngineRig();
        foreach (NBPrice price in ImageEngine.ListPrices(new PriceQuery { Count = 250 }).Prices)
        {
            decimal? sum = 0m;
            for (int left = 250; left > 0; left -= 4)
            {
                sum += rig.Engine.Price(rig.Request() with
                {
                    Provider = price.Provider,
                    Model = price.Model,
                    Resolution = PriceCellTests.Tier(price.Resolution),
                    Count = Math.Min(4, left),
                }).Total;
            }

            Assert.Equal(sum, price.Total);
        }
    }

    [Theory]
    [InlineData("2027-02-19", false)] // 90 days
    [InlineData("2027-02-20", true)]
    public void A_price_is_old_after_ninety_days(string today, bool isOld)
    {
        PriceListing listing = ImageEngine.ListPrices(new PriceQuery { Providers = ["Prospolabs"] }, timeProvider: ClockOf(today));

        Assert.All(listing.Prices, price => Assert.Equal(isOld, price.IsOld));
        Assert.All(listing.Prices, price => Assert.Equal(isOld ? "91 days old" : "2026-11-21", price.Age));
        Assert.Equal(isOld ? 1 : 0, listing.Warnings.Count);
        Assert.All(listing.Warnings, warning => Assert.StartsWith("3 of 3 prices are older than 90 days (the oldest, of Prospolabs, was read on 2026-11-21)", warning, StringComparison.Ordinal));
    }

    [Fact]
    public void A_clock_that_goes_wrong_makes_no_negative_age() =>
        Assert.All(ImageEngine.ListPrices(new PriceQuery(), timeProvider: ClockOf("2020-01-01")).Prices, price => Assert.Equal(0, price.AgeDays));

    /// <summary>Any amount that a file can hold, any count: the total is their product, to the last digit.</summary>
    [Fact]
    public void A_total_is_the_unit_times_the_count_to_the_last_digit() =>
        Prop.ForAll(
            Gen.Choose(0, 1_000_000_000).Zip(Gen.Choose(0, 6)).Zip(Gen.Choose(1, 1_000_000)).ToArbitrary(),
            sample =>
            {
                ((int digits, int scale), int count) = sample;
                decimal amount = new(digits, 0, 0, isNegative: false, (byte)(scale + 6));
                string json = FormattableString.Invariant(
                    $$"""{"asOf":"2026-11-21","prices":[{"provider":"Fal","model":"fal-ai/nano-banana-2","resolution":"1K","amount":{{amount}}}]}""");
                string file = folder.Write("p.json", Encoding.UTF8.GetBytes(json));
                NBPrice price = PriceCatalog.Read(PriceCatalog.ReadBuiltIn(), file).Price(Fal.Request() with { Count = count });
                return price.UnitPrice == amount && price.Total == amount * count;
            }).QuickCheckThrowOnFailure();

    private static FakeTimeProvider ClockOf(string day) => new(new DateTimeOffset(DateOnly.Parse(day).ToDateTime(TimeOnly.MinValue), TimeSpan.Zero));
}
