using NanoBanana.Engine;
using NanoBanana.Engine.Imaging;
using NanoBanana.Engine.Requests;
using NanoBanana.Sandbox.Wires;

namespace NanoBanana.Acceptance;

/// <summary>Every provider, the same words: what is asked for is what comes, and is billed once. Over real sockets.</summary>
public sealed class EveryProviderTests
{
    private static readonly IReadOnlyList<NBProvider> All = ImageEngine.DescribeProviders();

    public static TheoryData<string> Providers => [.. All.Select(provider => provider.Name)];

    public static TheoryData<string, string> Resolutions => Pairs(provider => provider.Resolutions);

    public static TheoryData<string, string> Ratios => Pairs(provider => provider.AspectRatios);

    public static TheoryData<string, ImageFormat> Formats
    {
        get
        {
            var data = new TheoryData<string, ImageFormat>();
            foreach (NBProvider provider in All)
            {
                foreach (ImageFormat format in provider.OutputFormats) data.Add(provider.Name, format);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Providers))]
    public async Task A_prompt_brings_a_picture_and_one_bill(string provider)
    {
        await using Stage stage = await Stage.SetAsync();
        NBImage image = (await stage.RunAsync(Request(stage, provider))).Image();

        Assert.Equal(provider, image.Provider);
        Assert.NotNull(await ImageHeader.ReadFileAsync(image.Path!, CancellationToken.None));
        Assert.Equal((1, 1), (stage.Ledger.Accepted, stage.Ledger.Billed));
        if (image.Cost is { } cost) Assert.Equal(stage.Ledger.TotalBilled, cost);
    }

    [Theory]
    [MemberData(nameof(Resolutions))]
    public async Task Each_resolution_brings_its_size_at_the_price_of_the_catalogue(string provider, string name)
    {
        Assert.True(Vocabulary.TryParseResolution(name, out ImageResolution resolution));
        await using Stage stage = await Stage.SetAsync();
        Outcome outcome = await stage.RunAsync(Request(stage, provider) with { Resolution = resolution, AspectRatio = Square });

        NBImage image = outcome.Image();
        int side = resolution switch { ImageResolution.HalfK => 512, ImageResolution.OneK => 1024, ImageResolution.TwoK => 2048, _ => 4096 };
        Assert.Equal((side, side, name), (image.Width, image.Height, image.Resolution));
        Assert.Empty(outcome.Warnings);
        if (image.Cost is { } cost) Assert.Equal(stage.Ledger.TotalBilled, cost);
    }

    [Theory]
    [MemberData(nameof(Ratios))]
    public async Task Each_ratio_brings_a_picture_of_that_ratio(string provider, string name)
    {
        Assert.True(AspectRatio.TryParse(name, out AspectRatio ratio));
        await using Stage stage = await Stage.SetAsync();
        NBImage image = (await stage.RunAsync(Request(stage, provider) with { AspectRatio = ratio })).Image();

        double wanted = ratio.IsAuto ? 1 : (double)ratio.Width / ratio.Height;
        Assert.InRange((double)image.Width!.Value / image.Height!.Value, wanted * 0.95, wanted * 1.05);
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public async Task Each_format_brings_bytes_of_that_format(string provider, ImageFormat format)
    {
        await using Stage stage = await Stage.SetAsync();
        Outcome outcome = await stage.RunAsync(Request(stage, provider) with { OutputFormat = format });

        ImageHeader? header = await ImageHeader.ReadFileAsync(outcome.Image().Path!, CancellationToken.None);
        Assert.Equal(format, header!.Format);
        Assert.Empty(outcome.Warnings);
    }

    [Theory]
    [MemberData(nameof(Providers))]
    public async Task A_count_of_three_brings_three_pictures_with_their_numbers(string provider)
    {
        await using Stage stage = await Stage.SetAsync();
        Outcome outcome = await stage.RunAsync(Request(stage, provider) with { Count = 3 });

        Assert.Empty(outcome.Errors);
        Assert.Equal([0, 1, 2], outcome.Images.Select(image => image.Index).Order());
        Assert.Equal(3, stage.Files.Count);
        Assert.Equal(3, outcome.Images.Select(image => Convert.ToHexString(File.ReadAllBytes(image.Path!))).Distinct().Count());
    }

    [Theory]
    [MemberData(nameof(Providers))]
    public async Task An_address_can_be_edited(string provider)
    {
        await using Stage stage = await Stage.SetAsync();
        NBImage image = (await stage.RunAsync(Edit(stage, provider, ReferenceImage.FromAddress("https://example.com/shoe.jpg")))).Image();

        Assert.True(File.Exists(image.Path));
        Assert.Equal("edit", Assert.Single(stage.Ledger.Snapshot()).Operation);
    }

    [Theory]
    [MemberData(nameof(Providers))]
    public async Task A_local_file_is_edited_where_that_is_possible_and_refused_in_words_elsewhere(string provider)
    {
        await using Stage stage = await Stage.SetAsync();
        NBImage source = (await stage.RunAsync(Request(stage, "Fal"))).Image();
        Outcome outcome = await stage.RunAsync(Edit(stage, provider, ReferenceImage.FromFile(source.Path!)));

        if (All.Single(known => known.Name == provider).Capabilities.HasFlag(Capability.LocalFiles))
        {
            Assert.True(File.Exists(outcome.Image().Path));
            return;
        }

        NBException error = outcome.Error();
        Assert.Equal((NBErrorId.InvalidRequest, "Image"), (error.ErrorId, error.Parameter));
        Assert.Contains("-UploadVia Fal", error.Message, StringComparison.Ordinal);
        Assert.Equal(1, stage.Ledger.Accepted); // Only the source.
    }

    [Theory]
    [InlineData("ApiDot")]
    [InlineData("Prospolabs")]
    public async Task A_local_file_can_be_sent_through_fal(string provider)
    {
        await using Stage stage = await Stage.SetAsync();
        NBImage source = (await stage.RunAsync(Request(stage, "Fal"))).Image();
        NBImage image = (await stage.RunAsync(Edit(stage, provider, ReferenceImage.FromFile(source.Path!)) with { UploadVia = "Fal" })).Image();

        Assert.Equal(provider, image.Provider);
        Assert.Equal(1, stage.Ledger.Requests(WireAction.Upload));
    }

    [Fact]
    public async Task Apiframe_tells_its_credits()
    {
        await using Stage stage = await Stage.SetAsync();
        NBImage image = (await stage.RunAsync(Request(stage, "Apiframe"))).Image();

        Assert.True(image.Credits > 0);
        Assert.Null(image.Cost);
        Assert.InRange((image.ExpiresAt - image.CreatedAt)!.Value, TimeSpan.FromHours(24), TimeSpan.FromHours(25));
    }

    [Fact]
    public async Task The_figure_of_Prospolabs_is_shown_but_not_believed()
    {
        await using Stage stage = await Stage.SetAsync();
        NBImage image = (await stage.RunAsync(Request(stage, "Prospolabs"))).Image();

        Assert.Equal((0.048m, "Catalogue"), (image.Cost, image.CostSource));
        Assert.NotNull(image.ReportedCost);
    }

    [Theory]
    [InlineData("Fal", true)]
    [InlineData("Apiframe", true)]
    [InlineData("ApiMaster", true)]
    [InlineData("ApiDot", null)]
    [InlineData("Prospolabs", null)]
    public async Task A_key_is_checked_for_free_where_that_is_documented(string provider, bool? expected)
    {
        await using Stage stage = await Stage.SetAsync();

        Assert.Equal(expected, await stage.Engine.CheckKeyAsync(provider, CancellationToken.None));
        Assert.Equal(0, stage.Ledger.Accepted);
    }

    internal static ImageRequest Request(Stage stage, string provider) => stage.Request() with { Provider = provider };

    private static AspectRatio Square => AspectRatio.TryParse("1:1", out AspectRatio ratio) ? ratio : default;

    private static ImageRequest Edit(Stage stage, string provider, params ReferenceImage[] references) =>
        stage.Request("put it on wet asphalt") with { Provider = provider, Operation = ImageOperation.Edit, References = references };

    private static TheoryData<string, string> Pairs(Func<NBProvider, IReadOnlyList<string>> values)
    {
        var data = new TheoryData<string, string>();
        foreach (NBProvider provider in All)
        {
            foreach (string value in values(provider)) data.Add(provider.Name, value);
        }

        return data;
    }
}
