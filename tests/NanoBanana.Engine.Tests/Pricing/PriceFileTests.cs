using System.Text;
using System.Text.Json;
using NanoBanana.Engine.Pricing;
using NanoBanana.Engine.Providers;
using NanoBanana.Engine.Tests.Support;

namespace NanoBanana.Engine.Tests.Pricing;

/// <summary>The form of a file of prices, and a user's own file over ours.</summary>
public sealed class PriceFileTests : IDisposable
{
    private static readonly PriceCatalog BuiltIn = PriceCatalog.ReadBuiltIn();
    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Our_own_table_has_the_form() => Assert.NotEmpty(PriceFile.Read("prices.json", OwnBytes()).Prices);

    [Fact]
    public void Every_row_of_our_own_table_says_all_of_itself()
    {
        using JsonDocument document = JsonDocument.Parse(OwnBytes());
        foreach (JsonElement row in document.RootElement.GetProperty("prices").EnumerateArray())
        {
            foreach (string field in (string[])["provider", "model", "operation", "resolution", "amount", "confidence", "source"])
            {
                Assert.True(row.TryGetProperty(field, out _), $"{row} has no {field}");
            }
        }

        Assert.Equal("USD", document.RootElement.GetProperty("currency").GetString());
        Assert.All(BuiltIn.Table.Prices, row => Assert.NotEmpty(row.Source));
    }

    [Fact]
    public void Our_own_table_has_a_row_for_everything_that_a_provider_takes()
    {
        foreach (ProviderCapabilities provider in ProviderRegistry.KnownProviders)
        {
            foreach (string model in provider.Models)
            {
                foreach (ImageResolution resolution in provider.Resolutions)
                {
                    Assert.True(BuiltIn.Find(provider.Provider, model, ImageOperation.Edit, resolution) is not null, $"{provider.Provider} {model} {resolution}");
                }
            }
        }
    }

    [Fact]
    public void Without_a_file_the_table_is_ours()
    {
        Assert.Same(BuiltIn, PriceCatalog.Read(BuiltIn, null));
        Assert.Same(BuiltIn, PriceCatalog.Read(BuiltIn, " "));
    }

    [Fact]
    public void A_row_with_the_same_key_takes_the_place_of_ours()
    {
        NBPrice price = Merged("""{"asOf":"2026-12-01","prices":[{"provider":"fal","model":"fal-ai/nano-banana-2","resolution":"1k","amount":0.07,"source":"our contract"}]}""")
            .Price(Fal.Request());

        Assert.Equal((0.07m, "our contract", new DateOnly(2026, 12, 1), PriceConfidence.Documented), (price.UnitPrice, price.Source, price.AsOf, price.Confidence));
    }

    [Fact]
    public void The_rows_that_the_file_does_not_name_stay_ours()
    {
        PriceCatalog merged = Merged(Row("\"provider\":\"Fal\",\"model\":\"fal-ai/nano-banana-2\",\"resolution\":\"1K\",\"amount\":0.07"));

        Assert.Equal(0.12m, merged.Price(Fal.Request() with { Resolution = ImageResolution.TwoK }).UnitPrice);
        Assert.Equal(BuiltIn.Table.Prices.Count, merged.Table.Prices.Count);
    }

    [Fact]
    public void A_new_model_is_added_and_listed()
    {
        string file = Write(Row("\"provider\":\"Fal\",\"model\":\"google/nano-banana-2.1\",\"resolution\":\"1K\",\"amount\":0.04,\"asOf\":\"2026-11-01\""));
        PriceListing listing = ImageEngine.ListPrices(
            new PriceQuery { Providers = ["Fal"], IsModel = model => model.Contains("2.1", StringComparison.Ordinal), Resolutions = [ImageResolution.OneK] }, file);

        NBPrice price = Assert.Single(listing.Prices);
        Assert.Equal((0.04m, 50m, "price file my-prices.json", new DateOnly(2026, 11, 1)), (price.UnitPrice, price.SavingPercent, price.Source, price.AsOf));
    }

    [Fact]
    public void A_row_for_one_operation_leaves_the_other_as_it_was()
    {
        PriceCatalog merged = Merged(Row("\"provider\":\"Fal\",\"model\":\"fal-ai/nano-banana-2\",\"resolution\":\"1K\",\"operation\":\"Edit\",\"amount\":0.09"));

        Assert.Equal(0.08m, merged.Price(Fal.Request()).UnitPrice);
        Assert.Equal(0.09m, merged.Price(Fal.Request() with { Operation = ImageOperation.Edit }).UnitPrice);
    }

    [Fact]
    public void A_row_for_any_operation_takes_the_place_of_one_for_a_single_one()
    {
        PriceCatalog merged = Merged(Row("\"provider\":\"ApiDot\",\"model\":\"nano-banana-2-edit\",\"resolution\":\"1K\",\"operation\":\"Any\",\"amount\":0.01"));

        Assert.Equal(0.01m, merged.Price(Fal.Request() with { Provider = "ApiDot", Model = "nano-banana-2-edit", Operation = ImageOperation.Edit }).UnitPrice);
    }

    [Fact]
    public void An_extra_is_merged_too()
    {
        PriceCatalog merged = Merged("""{"asOf":"2026-11-21","extras":[{"provider":"Fal","when":"WebSearch","amount":0.01}]}""");

        Assert.Equal(0.09m, merged.Price(Fal.Request() with { WebSearch = true }).UnitPrice);
        Assert.Equal(0.082m, merged.Price(Fal.Request() with { ThinkingLevel = ThinkingLevel.High }).UnitPrice);
    }

    [Fact]
    public void Savings_stay_against_the_list_of_fal_whatever_is_paid_there()
    {
        NBPrice price = Merged(Row("\"provider\":\"Fal\",\"model\":\"fal-ai/nano-banana-2\",\"resolution\":\"1K\",\"amount\":0.06")).Price(Fal.Request());

        Assert.Equal(25m, price.SavingPercent);
    }

    [Fact]
    public void A_price_may_be_made_unknown() =>
        Assert.Null(Merged(Row("\"provider\":\"Fal\",\"model\":\"fal-ai/nano-banana-2\",\"resolution\":\"1K\",\"amount\":null")).Price(Fal.Request()).UnitPrice);

    [Fact]
    public void Comments_commas_and_a_byte_order_mark_do_no_harm() =>
        Assert.Equal(0.07m, Merged("\uFEFF// ours\n" + Row("\"provider\":\"Fal\",\"model\":\"fal-ai/nano-banana-2\",\"resolution\":\"1K\",\"amount\":0.07,")).Price(Fal.Request()).UnitPrice);

    [Fact]
    public void The_engine_prices_by_the_file()
    {
        string file = Write(Row("\"provider\":\"Fal\",\"model\":\"fal-ai/nano-banana-2\",\"resolution\":\"1K\",\"amount\":0.05"));
        using var engine = new ImageEngine(new EngineOptions { Key = static _ => throw new InvalidOperationException("No key is needed."), PriceFile = file });

        Assert.Equal(0.10m, engine.Price(Fal.Request() with { Count = 2 }).Total);
    }

    /// <summary>The broken line is always the fourth.</summary>
    [Theory]
    [InlineData("\"provider\": \"Fall\"", "prices[1].provider", "allowed are Fal, ApiDot, Apiframe, ApiMaster, Prospolabs")]
    [InlineData("\"provider\": 7", "prices[1].provider", "allowed are Fal")]
    [InlineData("\"model\": \"\"", "prices[1].model", "a text of 1 to 500 characters is expected")]
    [InlineData("\"resolution\": \"8K\"", "prices[1].resolution", "allowed are 0.5K, 1K, 2K, 4K")]
    [InlineData("\"operation\": \"Paint\"", "prices[1].operation", "allowed are Any, Generate, Edit")]
    [InlineData("\"amount\": \"0.07\"", "prices[1].amount", "US dollars are expected as a number from 0 to 1000")]
    [InlineData("\"amount\": -0.07", "prices[1].amount", "US dollars are expected as a number from 0 to 1000")]
    [InlineData("\"amount\": 1e40", "prices[1].amount", "US dollars are expected as a number from 0 to 1000")]
    [InlineData("\"credits\": \"ten\"", "prices[1].credits", "a number from 0 to 1000")]
    [InlineData("\"confidence\": \"Sure\"", "prices[1].confidence", "allowed are Unknown, Inferred, Documented")]
    [InlineData("\"confidence\": \"Unknown\"", "prices[1].confidence", "with an amount it is Documented or Inferred")]
    [InlineData("\"source\": 5", "prices[1].source", "a text of 1 to 500 characters is expected")]
    [InlineData("\"asOf\": \"21.11.2026\"", "prices[1].asOf", "for example \"2026-11-21\"")]
    [InlineData("\"ammount\": 0.07", "prices[1].ammount", "there is no such field; allowed are provider, model, operation, resolution, amount, credits, confidence, source, asOf")]
    public void A_wrong_field_is_named_with_its_line_and_what_is_allowed(string field, string path, string allowed)
    {
        (string Name, string Line)[] fields =
        [
            ("provider", "\"provider\": \"Fal\""), ("model", "\"model\": \"m\""), ("resolution", "\"resolution\": \"1K\""), ("amount", "\"amount\": 0.07"),
        ];
        IEnumerable<string> others = fields.Where(other => !field.StartsWith($"\"{other.Name}\"", StringComparison.Ordinal)).Select(other => other.Line);
        const string good = """{"provider":"Fal","model":"first","resolution":"1K","amount":0.01}""";
        string json = $"{{ \"asOf\": \"2026-11-21\",\n  \"prices\": [ {good},\n    {{ {string.Join(", ", others)},\n {field} }} ] }}";

        ExpectError(json, $"line 4, {path}: ", allowed);
    }

    [Theory]
    [InlineData("{\n\"asOf\": \"2026-11-21\",\n\"prices\": [\n{ \"model\": \"m\", \"resolution\": \"1K\", \"amount\": 1 } ] }", "line 4, prices[0].provider: allowed are")]
    [InlineData("{\n\"prices\": [\n{ \"provider\": \"Fal\", \"model\": \"m\", \"resolution\": \"1K\", \"amount\": 1 } ] }", "line 3, prices[0].asOf: the day on which")]
    [InlineData("{\n\"prices\": 5 }", "line 2, prices: a list of rows")]
    [InlineData("{\n\"prices\": [\n5 ] }", "line 3, prices[0]: an object with provider")]
    [InlineData("{\n\"price\": [] }", "line 2, price: there is no such field; allowed are asOf, currency, prices, extras, factors, comparisons")]
    [InlineData("{\n\"currency\": \"EUR\" }", "line 2, currency: allowed are USD")]
    [InlineData("{\n\"asOf\": \"2026-13-01\" }", "line 2, asOf: the day on which")]
    [InlineData("{\"asOf\":\"2026-11-21\",\n\"asOf\":\"2026-11-21\"}", "asOf: it stands there twice")]
    [InlineData("[]", "line 1, at its root: an object with asOf")]
    [InlineData("{\"asOf\":\"2026-11-21\",\n\"extras\": [\n{ \"provider\":\"Fal\",\n\"when\": \"Rain\", \"amount\": 1 } ] }", "line 4, extras[0].when: allowed are WebSearch, ThinkingHigh")]
    [InlineData("{\"asOf\":\"2026-11-21\",\n\"extras\": [\n{ \"provider\":\"Fal\",\n\"when\": \"WebSearch\", \"amount\": null } ] }", "line 4, extras[0].amount: US dollars")]
    [InlineData("{\n\"factors\": [\n{ \"provider\":\"Fal\", \"resolution\":\"1K\", \"times\": 0, \"per\": 1 } ] }", "line 3, factors[0].times: a whole number from 1 to 1000")]
    [InlineData("{\n\"comparisons\": [\n{ \"claimedBy\":\"Fal\", \"model\":\"m\" } ] }", "line 3, comparisons[0].about: a text")]
    [InlineData("{\"asOf\":\"2026-11-21\", \"prices\": [\n{ \"provider\":\"Fal\",\"model\":\"m\",\"resolution\":\"1K\",\"amount\":1 },\n{ \"provider\":\"Fal\",\"model\":\"m\",\"resolution\":\"1K\",\"amount\":2 } ] }", "line 3, prices[1]: prices[0] is about the same")]
    public void A_wrong_row_is_named_with_its_line(string json, string words) => ExpectError(json, words);

    [Theory]
    [InlineData("{ \"asOf\":\n \"2026-11-21\"\n \"prices\": [] }", "line 3")]
    [InlineData("", "line 1")]
    [InlineData("asOf: 2026", "line 1")]
    public void What_is_no_JSON_is_said_with_the_line(string json, string line) => ExpectError(json, "is no JSON, " + line);

    [Fact]
    public void A_file_that_is_not_there_is_named()
    {
        NBException error = Assert.Throws<NBException>(() => PriceCatalog.Read(BuiltIn, folder.File("none.json")));

        Assert.Equal((NBErrorId.InvalidRequest, "PriceFile"), (error.ErrorId, error.Parameter));
        Assert.Contains(folder.File("none.json"), error.Message, StringComparison.Ordinal);
        Assert.Contains("There is no such file", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_is_no_file() =>
        Assert.Contains("It is a folder", Assert.Throws<NBException>(() => PriceCatalog.Read(BuiltIn, folder.Path)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_path_must_be_full() =>
        Assert.Contains("full path", Assert.Throws<NBException>(() => PriceCatalog.Read(BuiltIn, "prices.json")).Message, StringComparison.Ordinal);

    [Fact]
    public void A_file_that_is_far_too_long_is_not_read() =>
        Assert.Contains("at most", Assert.Throws<NBException>(() => PriceCatalog.Read(BuiltIn, folder.Write("long.json", new byte[(1024 * 1024) + 1]))).Message, StringComparison.Ordinal);

    private static string Row(string fields) => $"{{\"asOf\":\"2026-11-21\",\"prices\":[{{{fields}}}]}}";

    private PriceCatalog Merged(string json) => PriceCatalog.Read(BuiltIn, Write(json));

    private string Write(string json) => folder.Write("my-prices.json", Encoding.UTF8.GetBytes(json));

    private void ExpectError(string json, params string[] words)
    {
        NBException error = Assert.Throws<NBException>(() => Merged(json));

        Assert.Equal((NBErrorId.InvalidRequest, "PriceFile"), (error.ErrorId, error.Parameter));
        Assert.Contains("my-prices.json", error.Message, StringComparison.Ordinal);
        Assert.All(words, word => Assert.Contains(word, error.Message, StringComparison.Ordinal));
    }

    private static byte[] OwnBytes()
    {
        using Stream stream = typeof(PriceCatalog).Assembly.GetManifestResourceStream("prices.json")!;
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
