using NanoBanana.Engine.Imaging;
using NanoBanana.Engine.Requests;
using NanoBanana.Sandbox.Wires;

namespace NanoBanana.Acceptance;

/// <summary>fal.ai: what is asked for is what comes, over a real socket.</summary>
public sealed class FalPictureTests
{
    public static TheoryData<string> Ratios => [.. AspectRatio.All.Select(ratio => ratio.ToString())];

    [Theory]
    [InlineData(ImageResolution.HalfK, 512, "0.06")]
    [InlineData(ImageResolution.OneK, 1024, "0.08")]
    [InlineData(ImageResolution.TwoK, 2048, "0.12")]
    [InlineData(ImageResolution.FourK, 4096, "0.16")]
    public async Task Each_resolution_brings_its_size_and_costs_its_price(ImageResolution resolution, int side, string price)
    {
        await using Stage stage = await Stage.SetAsync();
        NBImage image = (await stage.RunAsync(stage.Request() with { Resolution = resolution })).Image();

        decimal expected = decimal.Parse(price, System.Globalization.CultureInfo.InvariantCulture);
        Assert.Equal((side, side, expected), (image.Width, image.Height, image.Cost));
        Assert.Equal(expected, stage.Ledger.TotalBilled);
    }

    [Theory]
    [MemberData(nameof(Ratios))]
    public async Task Each_ratio_brings_a_picture_of_that_ratio(string text)
    {
        Assert.True(AspectRatio.TryParse(text, out AspectRatio ratio));
        await using Stage stage = await Stage.SetAsync();
        NBImage image = (await stage.RunAsync(stage.Request() with { AspectRatio = ratio, Resolution = ImageResolution.HalfK })).Image();

        double wanted = ratio.IsAuto ? 1 : (double)ratio.Width / ratio.Height;
        Assert.InRange((double)image.Width!.Value / image.Height!.Value, wanted * 0.95, wanted * 1.05);
    }

    [Theory]
    [InlineData(ImageFormat.Png, ".png")]
    [InlineData(ImageFormat.Jpeg, ".jpg")]
    [InlineData(ImageFormat.WebP, ".webp")]
    public async Task Each_format_brings_bytes_of_that_format(ImageFormat format, string extension)
    {
        await using Stage stage = await Stage.SetAsync();
        NBImage image = (await stage.RunAsync(stage.Request() with { OutputFormat = format })).Image();

        ImageHeader? header = await ImageHeader.ReadFileAsync(image.Path!, CancellationToken.None);
        Assert.Equal((format, extension), (header!.Format, Path.GetExtension(image.Path)));
        Assert.Equal(new FileInfo(image.Path!).Length, image.Length);
    }

    [Fact]
    public async Task Three_pictures_of_one_request_are_three_files_of_one_job()
    {
        await using Stage stage = await Stage.SetAsync();
        Outcome outcome = await stage.RunAsync(stage.Request() with { Count = 3 });

        Assert.Equal([0, 1, 2], outcome.Images.Select(image => image.Index));
        Assert.Single(outcome.Images.Select(image => image.JobId).Distinct());
        Assert.Equal(3, stage.Files.Count);
        Assert.Equal(0.24m, stage.Ledger.TotalBilled);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_picture_inside_the_answer_reaches_the_disk(bool direct)
    {
        await using Stage stage = await Stage.SetAsync();
        NBImage image = (await stage.RunAsync(stage.Request() with { SyncMode = true, Direct = direct })).Image();

        Assert.Null(image.Uri);
        Assert.Equal(1024, (await ImageHeader.ReadFileAsync(image.Path!, CancellationToken.None))!.Width);
        Assert.Equal([Path.GetFileName(image.Path!)], stage.Files);
    }

    [Fact]
    public async Task The_synchronous_endpoint_brings_the_same_picture()
    {
        await using Stage stage = await Stage.SetAsync();
        NBImage image = (await stage.RunAsync(stage.Request() with { Direct = true, Seed = 7 })).Image();

        Assert.Equal((1024, 7L), (image.Width, image.Seed));
        Assert.Equal(0, stage.Ledger.Looks);
    }

    [Fact]
    public async Task An_address_can_be_edited()
    {
        await using Stage stage = await Stage.SetAsync();
        NBImage image = (await stage.RunAsync(Edit(stage, ReferenceImage.FromAddress("https://example.com/shoe.jpg")))).Image();

        Assert.True(File.Exists(image.Path));
        Assert.Equal("edit", Assert.Single(stage.Ledger.Snapshot()).Operation);
    }

    [Fact]
    public async Task A_local_file_is_sent_once_for_a_whole_run_and_without_the_key()
    {
        await using Stage stage = await Stage.SetAsync();
        NBImage source = (await stage.RunAsync(stage.Request())).Image();
        string copy = Path.Combine(stage.Folder, "copy.png");
        File.Copy(source.Path!, copy);

        Outcome outcome = await stage.RunAsync(
            Edit(stage, ReferenceImage.FromFile(source.Path!), ReferenceImage.FromFile(copy)),
            Edit(stage, ReferenceImage.FromFile(source.Path!)));

        Assert.Equal(2, outcome.Images.Count);
        Assert.Equal(1, stage.Ledger.Requests(WireAction.Upload));
        Assert.DoesNotContain(stage.Ledger.AuthorizationByHost, host => host.Key.EndsWith("fal.media", StringComparison.Ordinal) && host.Value > 0);
    }

    [Fact]
    public async Task The_key_is_in_no_event()
    {
        await using Stage stage = await Stage.SetAsync("submit:429=1, status:500, download:503");
        Outcome outcome = await stage.RunAsync(stage.Request(), stage.Request() with { Prompt = $"paint {Stage.CanaryKey} on a wall" });

        Assert.Equal(2, outcome.Images.Count);
        Assert.DoesNotContain(Stage.CanaryKey, string.Join('\n', outcome.Events.OfType<Engine.Jobs.LogLine>().Select(line => line.Text)));
    }

    private static ImageRequest Edit(Stage stage, params ReferenceImage[] references) =>
        stage.Request("put it on wet asphalt") with { Operation = ImageOperation.Edit, References = references };
}
