using NanoBanana.Engine.Pricing;
using NanoBanana.Engine.Requests;
using NanoBanana.Engine.Tests.Support;

namespace NanoBanana.Engine.Tests.Pricing;

/// <summary>Every cell of the price tables of the five providers' documents, written out by hand and held against the catalogue.</summary>
public sealed class PriceCellTests
{
    private const string FalId = "fal-ai/nano-banana-2";
    private const string Master = "gemini-3.1-flash-image-preview";
    private static readonly PriceCatalog Catalog = PriceCatalog.ReadBuiltIn();

    /// <summary>Provider, model, operation, tier, dollars ("" where nobody knows), credits ("" where none are counted), how sure.</summary>
    public static TheoryData<string, string, ImageOperation, string, string, string, PriceConfidence> Cells
    {
        get
        {
            var cells = new TheoryData<string, string, ImageOperation, string, string, string, PriceConfidence>();
            foreach (ImageOperation operation in Enum.GetValues<ImageOperation>())
            {
                cells.Add("Fal", FalId, operation, "0.5K", "0.06", "", PriceConfidence.Documented);
                cells.Add("Fal", FalId, operation, "1K", "0.08", "", PriceConfidence.Documented);
                cells.Add("Fal", FalId, operation, "2K", "0.12", "", PriceConfidence.Documented);
                cells.Add("Fal", FalId, operation, "4K", "0.16", "", PriceConfidence.Documented);
                cells.Add("ApiDot", "nano-banana-2", operation, "0.5K", "0.035", "7", PriceConfidence.Documented);
                cells.Add("ApiDot", "nano-banana-2", operation, "1K", "0.05", "10", PriceConfidence.Documented);
                cells.Add("ApiDot", "nano-banana-2", operation, "2K", "0.075", "15", PriceConfidence.Documented);
                cells.Add("ApiDot", "nano-banana-2", operation, "4K", "0.10", "20", PriceConfidence.Documented);
                cells.Add("Apiframe", "nano-banana-2", operation, "0.5K", "", "", PriceConfidence.Unknown);
                cells.Add("Apiframe", "nano-banana-2", operation, "1K", "", "", PriceConfidence.Unknown);
                cells.Add("Apiframe", "nano-banana-2", operation, "2K", "", "", PriceConfidence.Unknown);
                cells.Add("Apiframe", "nano-banana-2", operation, "4K", "", "", PriceConfidence.Unknown);
                cells.Add("ApiMaster", Master, operation, "0.5K", "0.0375", "", PriceConfidence.Documented);
                cells.Add("ApiMaster", Master, operation, "1K", "0.0375", "", PriceConfidence.Documented);
                cells.Add("ApiMaster", Master, operation, "2K", "0.05", "", PriceConfidence.Documented);
                cells.Add("ApiMaster", Master, operation, "4K", "0.075", "", PriceConfidence.Documented);
                cells.Add("Prospolabs", "nano-banana-2", operation, "1K", "0.048", "", PriceConfidence.Documented);
                cells.Add("Prospolabs", "nano-banana-2", operation, "2K", "0.072", "", PriceConfidence.Inferred);
                cells.Add("Prospolabs", "nano-banana-2", operation, "4K", "0.096", "", PriceConfidence.Documented);
            }

            cells.Add("ApiDot", "nano-banana-2-edit", ImageOperation.Edit, "0.5K", "0.035", "7", PriceConfidence.Documented);
            cells.Add("ApiDot", "nano-banana-2-edit", ImageOperation.Edit, "1K", "0.05", "10", PriceConfidence.Documented);
            cells.Add("ApiDot", "nano-banana-2-edit", ImageOperation.Edit, "2K", "0.075", "15", PriceConfidence.Documented);
            cells.Add("ApiDot", "nano-banana-2-edit", ImageOperation.Edit, "4K", "0.10", "20", PriceConfidence.Documented);
            return cells;
        }
    }

    [Theory]
    [MemberData(nameof(Cells))]
    public void Every_cell_is_as_the_document_has_it(
        string provider, string model, ImageOperation operation, string tier, string dollars, string credits, PriceConfidence confidence)
    {
        NBPrice price = Catalog.Price(Request(provider, model, operation, tier));

        Assert.Equal((Parse(dollars), Parse(credits), confidence), (price.UnitPrice, price.Credits, price.Confidence));
        Assert.Equal(new DateOnly(2026, 11, 21), price.AsOf);
    }

    [Theory]
    [MemberData(nameof(Cells))]
    public void Every_cell_that_can_be_ordered_is_listed_the_same(
        string provider, string model, ImageOperation operation, string tier, string dollars, string credits, PriceConfidence confidence)
    {
        bool canBeOrdered = (provider, tier) is not ("ApiMaster", "0.5K"); // It is priced, but no word for it is documented.
        var query = new PriceQuery { Providers = [provider], IsModel = name => name == model, Resolutions = [Tier(tier)], Operation = operation, Count = 2 };
        PriceListing listing = ImageEngine.ListPrices(query);
        if (!canBeOrdered)
        {
            Assert.Empty(listing.Prices);
            Assert.Contains("0.0375", Assert.Single(listing.Refusals).Message, StringComparison.Ordinal);
            return;
        }

        NBPrice price = Assert.Single(listing.Prices);
        Assert.Equal((Parse(dollars), 2 * Parse(dollars), 2 * Parse(credits), confidence), (price.UnitPrice, price.Total, price.Credits, price.Confidence));
    }

    [Theory]
    [InlineData("0.5K", "0.75")]
    [InlineData("1K", "1")]
    [InlineData("2K", "1.5")]
    [InlineData("4K", "2")]
    public void The_factors_of_fal_give_its_prices(string tier, string factor)
    {
        Assert.Equal(Parse(factor) * 0.08m, Factor("Fal", tier).Of(0.08m));
        Assert.Equal(Factor("Fal", tier).Of(0.08m), Catalog.Find("Fal", FalId, ImageOperation.Generate, Tier(tier))!.Amount);
    }

    [Theory]
    [InlineData("0.5K", 1, 1)]
    [InlineData("1K", 1, 1)]
    [InlineData("2K", 4, 3)]
    [InlineData("4K", 2, 1)]
    public void The_factors_of_APIMaster_give_its_prices(string tier, int times, int per)
    {
        FactorRow factor = Factor("ApiMaster", tier);

        Assert.Equal((times, per), (factor.Times, factor.Per));
        Assert.Equal(factor.Of(0.0375m), Catalog.Find("ApiMaster", Master, ImageOperation.Generate, Tier(tier))!.Amount);
    }

    [Fact]
    public void A_credit_of_APIDot_is_half_a_cent()
    {
        PriceRow[] rows = [.. Catalog.Table.Prices.Where(row => row.Provider == "ApiDot")];

        Assert.Equal(8, rows.Length);
        Assert.All(rows, row => Assert.Equal(row.Credits * 0.005m, row.Amount));
    }

    [Theory]
    [InlineData("Fal", true, null, "0.095")]
    [InlineData("Fal", false, ThinkingLevel.High, "0.082")]
    [InlineData("Fal", true, ThinkingLevel.High, "0.097")]
    [InlineData("Fal", false, ThinkingLevel.Minimal, "0.08")]
    [InlineData("ApiDot", true, null, "0.05")]
    [InlineData("Prospolabs", true, null, "0.048")]
    public void Extras_come_on_top(string provider, bool search, ThinkingLevel? thinking, string expected)
    {
        var query = new PriceQuery { Providers = [provider], IsModel = name => !name.Contains("preview", StringComparison.Ordinal), Resolutions = [ImageResolution.OneK], WebSearch = search, ThinkingLevel = thinking };

        Assert.Equal(Parse(expected), Assert.Single(ImageEngine.ListPrices(query).Prices).UnitPrice);
    }

    [Fact]
    public void An_extra_that_nobody_documents_leaves_the_price_inferred() => Assert.Equal(
        PriceConfidence.Inferred, Catalog.Price(Request("ApiDot", "nano-banana-2", ImageOperation.Generate, "1K") with { WebSearch = true }).Confidence);

    [Theory]
    [InlineData("0.5K", "0.08", "56", true)]
    [InlineData("1K", "0.08", "38", false)]
    [InlineData("2K", "0.15", "50", true)]
    [InlineData("4K", "0.30", "67", true)]
    public void What_APIDot_claims_of_fal_is_kept_but_not_used(string tier, string claim, string saving, bool disagrees)
    {
        foreach (ImageOperation operation in Enum.GetValues<ImageOperation>())
        {
            ComparisonRow row = Assert.Single(Catalog.Table.Comparisons, c => c.ClaimedBy == "ApiDot" && c.Operation == operation && c.Resolution == Tier(tier));
            Assert.Equal((Parse(claim), Parse(saving), disagrees), (row.Amount, row.ClaimedSavingPercent, row.Disagreement is not null));
        }

        decimal own = Catalog.Find("Fal", FalId, ImageOperation.Generate, Tier(tier))!.Amount!.Value;
        Assert.Equal(disagrees, own != Parse(claim));
    }

    [Theory]
    [InlineData("0.5K", "0.08", "0.06")]
    [InlineData("2K", "0.15", "0.12")]
    [InlineData("4K", "0.30", "0.16")]
    public void The_disagreement_is_told_by_the_source_of_both_rows(string tier, string claim, string own)
    {
        string fal = Catalog.Price(Request("Fal", FalId, ImageOperation.Generate, tier)).Source;
        string dot = Catalog.Price(Request("ApiDot", "nano-banana-2", ImageOperation.Generate, tier)).Source;

        Assert.Contains($"APIDot's readme claims that fal lists {claim}; fal's own page counts", fal, StringComparison.Ordinal);
        Assert.Contains($"It compares with {claim} at fal, where fal's own page says {own}", dot, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Prospolabs", "retail price", "0.08", "40")]
    [InlineData("ApiMaster", "official price", "0.0672", "44")]
    [InlineData("Fal", "price of another model", "0.15", "")]
    public void Official_and_retail_figures_are_kept(string provider, string about, string amount, string saving)
    {
        ComparisonRow row = Assert.Single(Catalog.Table.Comparisons, c => c.ClaimedBy == provider);

        Assert.Equal((about, Parse(amount), Parse(saving)), (row.About, row.Amount, row.ClaimedSavingPercent));
    }

    /// <summary>Against fal's own list: (list - price) / list.</summary>
    [Theory]
    [InlineData("ApiDot", "0.5K", "41.7")]
    [InlineData("ApiDot", "1K", "37.5")]
    [InlineData("ApiDot", "4K", "37.5")]
    [InlineData("ApiMaster", "1K", "53.1")]
    [InlineData("ApiMaster", "2K", "58.3")]
    [InlineData("Prospolabs", "1K", "40")]
    [InlineData("Fal", "2K", "0")]
    [InlineData("Apiframe", "2K", "")]
    public void Savings_are_reckoned_against_the_list_of_fal(string provider, string tier, string expected)
    {
        PriceListing listing = ImageEngine.ListPrices(new PriceQuery { Providers = [provider], Resolutions = [Tier(tier)] });

        Assert.All(listing.Prices, price => Assert.Equal(Parse(expected), price.SavingPercent));
        Assert.NotEmpty(listing.Prices);
    }

    [Fact]
    public void The_saving_counts_the_extras_of_fal() => // (0.095 - 0.05) / 0.095
        Assert.Equal(47.4m, Catalog.Price(Request("ApiDot", "nano-banana-2", ImageOperation.Generate, "1K") with { WebSearch = true }).SavingPercent);

    private static FactorRow Factor(string provider, string tier) => Catalog.Table.Factors.Single(row => row.Provider == provider && row.Resolution == Tier(tier));

    private static ImageRequest Request(string provider, string model, ImageOperation operation, string tier) =>
        Fal.Request() with { Provider = provider, Model = model, Operation = operation, Resolution = Tier(tier) };

    internal static ImageResolution Tier(string name) =>
        Vocabulary.TryParseResolution(name, out ImageResolution resolution) ? resolution : throw new ArgumentException(name, nameof(name));

    private static decimal? Parse(string text) => text.Length == 0 ? null : decimal.Parse(text);
}
