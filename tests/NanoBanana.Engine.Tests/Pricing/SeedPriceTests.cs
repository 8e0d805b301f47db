using System.Text.RegularExpressions;
using NanoBanana.Engine.Pricing;
using NanoBanana.Engine.Tests.Support;

namespace NanoBanana.Engine.Tests.Pricing;

/// <summary>Reads the providers' own documents, where they lie beside the project: no figure of theirs is missing in prices.json.</summary>
public sealed partial class SeedPriceTests
{
    private static readonly PriceTable Table = PriceCatalog.ReadBuiltIn().Table;

    [Theory]
    [InlineData("000", "Prospolabs", 3)]
    [InlineData("001", "ApiDot", 30)]
    [InlineData("002", "Apiframe", 0)]
    [InlineData("003", "ApiMaster", 2)]
    [InlineData("004", "Fal", 1)]
    public void Every_dollar_figure_of_a_document_is_in_the_table(string seed, string provider, int least)
    {
        string text = SeedDocument.Read(seed);
        decimal[] known =
        [
            .. Table.Prices.Where(row => row.Provider == provider && row.Confidence == PriceConfidence.Documented).Select(row => row.Amount!.Value),
            .. Table.Comparisons.Where(row => row.ClaimedBy == provider).Select(row => row.Amount),
        ];
        decimal[] figures = [.. Dollars().Matches(text).Select(match => decimal.Parse(match.Groups[1].Value))];

        Assert.True(figures.Length >= least, $"only {figures.Length} figures were found");
        Assert.All(figures, figure => Assert.Contains(figure, known));
    }

    [Fact]
    public void Every_number_of_credits_goes_with_its_dollars()
    {
        string text = SeedDocument.Read("001");
        MatchCollection pairs = Credits().Matches(text);

        Assert.True(pairs.Count >= 12, $"only {pairs.Count} figures were found");
        Assert.All(pairs, pair => Assert.Contains(Table.Prices, row => row.Provider == "ApiDot"
            && row.Resolution == PriceCellTests.Tier(pair.Groups[1].Value)
            && row.Credits == decimal.Parse(pair.Groups[2].Value)
            && row.Amount == decimal.Parse(pair.Groups[3].Value)));
    }

    [Fact]
    public void Every_row_of_the_comparison_with_fal_is_in_the_table()
    {
        string text = SeedDocument.Read("001");
        MatchCollection rows = Comparison().Matches(text);

        Assert.Equal(8, rows.Count);
        Assert.All(rows, row => Assert.Contains(Table.Comparisons, known => known.ClaimedBy == "ApiDot"
            && known.Operation == (row.Groups[1].Value == "image editing" ? ImageOperation.Edit : ImageOperation.Generate)
            && known.Resolution == PriceCellTests.Tier(row.Groups[2].Value)
            && known.Amount == decimal.Parse(row.Groups[3].Value)
            && known.ClaimedSavingPercent == decimal.Parse(row.Groups[4].Value)));
    }

    [Fact]
    public void Every_rate_of_fal_is_in_the_table()
    {
        string text = SeedDocument.Read("004");
        MatchCollection rates = Rates().Matches(text);

        Assert.Equal(3, rates.Count);
        Assert.All(rates, rate => Assert.Contains(Table.Factors, known => known.Provider == "Fal"
            && known.Resolution == PriceCellTests.Tier(rate.Groups[1].Value.Replace("512x512", "512", StringComparison.Ordinal))
            && known.Of(1m) == decimal.Parse(rate.Groups[2].Value)));
    }

    [Fact]
    public void The_rates_of_APIMaster_are_those_of_its_page()
    {
        string text = SeedDocument.Read("003");

        Assert.Contains("0.5K/1K base, 2K ≈ 4/3×, 4K ≈ 2×", text, StringComparison.Ordinal);
        Assert.Equal(
            ["1/1", "1/1", "4/3", "2/1"],
            Table.Factors.Where(row => row.Provider == "ApiMaster").OrderBy(row => row.Resolution).Select(row => $"{row.Times}/{row.Per}"));
    }

    [Theory]
    [InlineData("000", "Prospolabs")]
    [InlineData("003", "ApiMaster")]
    public void The_saving_that_a_page_claims_is_in_the_table(string seed, string provider)
    {
        string text = SeedDocument.Read(seed);
        MatchCollection savings = Savings().Matches(text);

        Assert.NotEmpty(savings);
        Assert.All(savings, saving => Assert.Contains(
            Table.Comparisons, known => known.ClaimedBy == provider && known.ClaimedSavingPercent == decimal.Parse(saving.Groups[1].Value)));
    }

    [GeneratedRegex(@"\$(?<a>\d+(?:\.\d+)?)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Dollars();

    [GeneratedRegex(@"(?<a>[\d.]+K)(?::| is) (?<b>\d+) credits \(\$(?<c>[\d.]+)\)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Credits();

    [GeneratedRegex(@"^\| (?<a>text-to-image|image editing) \| (?<b>[\d.]+K) \| \$[\d.]+ \| \$(?<c>[\d.]+) \| APIDot is (?<d>\d+)% lower", RegexOptions.ExplicitCapture | RegexOptions.Multiline, 1000)]
    private static partial Regex Comparison();

    [GeneratedRegex(@"(?<a>\S+) \((?<b>[\d.]+)x rate\)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Rates();

    [GeneratedRegex(@"(?<a>\d+)%", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Savings();
}
