using NanoBanana.Engine.Pricing;
using NanoBanana.Engine.Tests.Support;

namespace NanoBanana.Engine.Tests.Pricing;

/// <summary>Asking the providers themselves; the answers are those of their documents.</summary>
public sealed class LivePriceTests
{
    private const string Models = """{"models":[{"id":"nano-banana-2","label":"Nano Banana 2","modality":"image","costMin":8,"costMax":20,"pricingMode":"flat"}]}""";

    [Theory]
    [InlineData("0.5K", "0.0675", PriceConfidence.Inferred)]
    [InlineData("1K", "0.09", PriceConfidence.Documented)]
    [InlineData("2K", "0.135", PriceConfidence.Inferred)]
    [InlineData("4K", "0.18", PriceConfidence.Inferred)]
    public async Task The_tiers_of_fal_follow_from_its_live_unit(string tier, string expected, PriceConfidence confidence)
    {
        using EngineRig rig = Rig(request => Answers.Json(Fals(request, "0.09")));
        NBPrice price = (await ListAsync(rig, "Fal")).Prices.First(row => row.Resolution == tier);

        Assert.Equal((decimal.Parse(expected), confidence, true, "live"), (price.UnitPrice, price.Confidence, price.IsLive, price.Age));
        Assert.Contains("live", price.Source, StringComparison.Ordinal);
        Assert.Equal(DateOnly.FromDateTime(rig.Clock.GetUtcNow().UtcDateTime), price.AsOf);
    }

    [Fact]
    public async Task Extras_come_on_top_of_a_live_price()
    {
        using EngineRig rig = Rig(request => Answers.Json(Fals(request, "0.09")));
        PriceListing listing = await rig.Engine.ListLivePricesAsync(
            new PriceQuery { Providers = ["Fal"], Resolutions = [ImageResolution.OneK], WebSearch = true }, CancellationToken.None);

        Assert.All(listing.Prices, price => Assert.Equal(0.105m, price.UnitPrice));
    }

    [Fact]
    public async Task Savings_follow_the_live_list_of_fal()
    {
        using EngineRig rig = Rig(request => Answers.Json(Fals(request, "0.10")));
        PriceListing listing = await ListAsync(rig, "Fal", "ApiDot");

        Assert.Equal(50m, listing.Prices.Single(price => price is { Provider: "ApiDot", Resolution: "1K" }).SavingPercent);
        Assert.Equal(0m, listing.Prices.First(price => price is { Provider: "Fal", Resolution: "1K" }).SavingPercent);
    }

    [Fact]
    public async Task An_edit_asks_for_the_edit_endpoint()
    {
        using EngineRig rig = Rig(request => Answers.Json(Fals(request, "0.09")));
        await rig.Engine.ListLivePricesAsync(new PriceQuery { Providers = ["Fal"], Operation = ImageOperation.Edit }, CancellationToken.None);

        Assert.All(rig.Fal.Handler.Requests, request => Assert.EndsWith("/edit", Uri.UnescapeDataString(request.Uri.Query), StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_key_goes_to_fal_and_is_not_sent_to_a_public_list()
    {
        using EngineRig rig = Rig(request => Answers.Json(request.Uri.Host == "api.fal.ai" ? Fals(request, "0.09") : Models));
        await ListAsync(rig);

        Assert.Equal(["api.apiframe.ai", "api.fal.ai"], rig.Fal.Handler.Requests.Select(request => request.Uri.Host).Distinct().Order(StringComparer.Ordinal));
        Assert.All(rig.Fal.Handler.Requests, request => Assert.Equal(HttpMethod.Get, request.Method));
        Assert.All(
            rig.Fal.Handler.Requests,
            request => Assert.Equal(request.Uri.Host == "api.fal.ai", request.Headers.Values.Any(value => value.Contains(FalStub.Key, StringComparison.Ordinal))));
    }

    [Fact]
    public async Task Apiframe_tells_a_range_of_credits_and_needs_no_key()
    {
        using var rig = new EngineRig { Key = static provider => throw new NBException(NBErrorId.CredentialNotFound, $"No key for {provider} was found.") };
        rig.Fal.Instead = static _ => Answers.Json(Models);
        PriceListing listing = await rig.Engine.ListLivePricesAsync(new PriceQuery { Providers = ["Apiframe"], Count = 3 }, CancellationToken.None);

        Assert.Equal(4, listing.Prices.Count);
        Assert.All(listing.Prices, price => Assert.Equal((null, 24m, "24-60", true), (price.UnitPrice, price.Credits, price.CreditRange, price.IsLive)));
        Assert.Empty(listing.Warnings);
    }

    [Fact]
    public async Task Without_a_key_fal_keeps_the_table_and_a_warning_says_so()
    {
        using var rig = new EngineRig { Key = static provider => throw new NBException(NBErrorId.CredentialNotFound, $"No key for {provider} was found.") };
        PriceListing listing = await ListAsync(rig, "Fal");

        ExpectTable(listing);
        Assert.All(listing.Warnings, warning => Assert.Contains("No key for Fal was found", warning, StringComparison.Ordinal));
        Assert.Empty(rig.Fal.Handler.Requests);
    }

    [Theory]
    [InlineData(401, """{"error":{"type":"authorization_error","message":"no"}}""")]
    [InlineData(404, """{"error":{"type":"not_found","message":"No pricing found"}}""")]
    [InlineData(500, "{}")]
    [InlineData(200, "<html>")]
    [InlineData(200, """{"prices":[]}""")]
    [InlineData(200, """{"prices":[{"endpoint_id":"fal-ai/nano-banana-2","unit_price":5,"unit":"megapixels","currency":"USD"}]}""")]
    [InlineData(200, """{"prices":[{"endpoint_id":"fal-ai/nano-banana-2","unit_price":5,"unit":"images","currency":"EUR"}]}""")]
    [InlineData(200, """{"prices":[{"endpoint_id":"fal-ai/nano-banana-2","unit_price":-5,"unit":"images","currency":"USD"}]}""")]
    public async Task What_cannot_be_read_leaves_the_table_and_a_warning(int status, string body)
    {
        using EngineRig rig = Rig(_ => Answers.Json(body, status));
        PriceListing listing = await ListAsync(rig, "Fal");

        ExpectTable(listing);
        Assert.All(listing.Warnings, warning => Assert.DoesNotContain(FalStub.Key, warning, StringComparison.Ordinal));
    }

    [Fact]
    public async Task One_model_that_fails_does_not_take_the_other_with_it()
    {
        using EngineRig rig = Rig(request => request.Uri.Query.Contains("preview", StringComparison.Ordinal)
            ? Answers.Json("""{"error":{"type":"not_found","message":"gone"}}""", 404)
            : Answers.Json(Fals(request, "0.09")));
        PriceListing listing = await ListAsync(rig, "Fal");

        Assert.All(listing.Prices, price => Assert.Equal(price.Model == Fal.Model, price.IsLive));
        Assert.Contains("fal-ai/gemini-3.1-flash-image-preview", Assert.Single(listing.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_has_no_list_is_not_asked()
    {
        using var rig = new EngineRig();
        PriceListing listing = await ListAsync(rig, "ApiDot", "Prospolabs");

        Assert.Empty(rig.Fal.Handler.Requests);
        Assert.StartsWith("-Live: none of these providers has a price list", Assert.Single(listing.Warnings), StringComparison.Ordinal);
        Assert.Equal(2, listing.Notes.Count);
        Assert.All(listing.Prices, price => Assert.False(price.IsLive));
    }

    private static void ExpectTable(PriceListing listing)
    {
        Assert.Equal(8, listing.Prices.Count);
        Assert.All(listing.Prices, price => Assert.False(price.IsLive));
        Assert.Equal(0.08m, listing.Prices.First(price => price.Resolution == "1K").UnitPrice);
        Assert.Equal(2, listing.Warnings.Count);
        Assert.All(listing.Warnings, warning => Assert.Contains("that of the table", warning, StringComparison.Ordinal));
    }

    private static EngineRig Rig(Func<SeenRequest, HttpResponseMessage> answer)
    {
        var rig = new EngineRig();
        rig.Fal.Instead = answer;
        return rig;
    }

    private static Task<PriceListing> ListAsync(EngineRig rig, params string[] providers) =>
        rig.Engine.ListLivePricesAsync(new PriceQuery { Providers = providers }, CancellationToken.None);

    private static string Fals(SeenRequest request, string amount)
    {
        string id = Uri.UnescapeDataString(request.Uri.Query).Replace("?endpoint_id=", string.Empty, StringComparison.Ordinal);
        return $$"""{"prices":[{"endpoint_id":"{{id}}","unit_price":{{amount}},"unit":"images","currency":"USD"}],"next_cursor":null,"has_more":false}""";
    }
}
