using NanoBanana.Engine.Jobs;
using NanoBanana.Engine.Requests;
using NanoBanana.Engine.Tests.Support;
using NanoBanana.Engine.Transport;

namespace NanoBanana.Engine.Tests.Jobs;

/// <summary>From the answer to the file.</summary>
public sealed class PictureFlowTests : IDisposable
{
    private static readonly string DataUri = "data:image/png;base64," + Convert.ToBase64String(Pictures.Png(length: 3000));
    private readonly EngineRig rig = new();

    public void Dispose() => rig.Dispose();

    [Fact]
    public async Task The_picture_lies_where_it_is_said_to()
    {
        NBImage image = (await rig.RunAsync()).Image();

        Assert.Equal(Pictures.Png(), File.ReadAllBytes(image.Path!));
    }

    [Fact]
    public async Task The_picture_knows_what_it_is()
    {
        NBImage image = (await rig.RunAsync()).Image();

        Assert.Equal((1024, 1024, ImageFormat.Png, 64L), (image.Width, image.Height, image.Format, image.Length));
    }

    [Fact]
    public async Task The_picture_knows_what_it_cost()
    {
        NBImage image = (await rig.RunAsync(rig.Request() with { Count = 1, WebSearch = true })).Image();

        Assert.Equal((0.095m, "Catalogue"), (image.Cost, image.CostSource));
    }

    [Fact]
    public async Task Nothing_else_is_left_in_the_folder()
    {
        NBImage image = (await rig.RunAsync()).Image();

        Assert.Equal([Path.GetFileName(image.Path!)], rig.Folder.Files);
    }

    [Fact]
    public async Task Several_pictures_come_in_order()
    {
        rig.Fal.Instead = request => FalStub.IsResult(request) ? Answers.Json(FalStub.Output("https://v3.fal.media/a.png", "https://v3.fal.media/b.png")) : null;

        List<JobEvent> events = await rig.RunAsync(rig.Request() with { Count = 2 });

        Assert.Equal(["/a.png", "/b.png"], events.OfType<ImageReceived>().OrderBy(e => e.Image.Index).Select(e => e.Image.Uri!.AbsolutePath));
    }

    [Fact]
    public async Task Without_download_the_address_is_handed_out()
    {
        NBImage image = (await rig.RunAsync(rig.Request(noDownload: true))).Image();

        Assert.Equal(("https://v3.fal.media/files/req-1.png", null), (image.Uri!.AbsoluteUri, image.Path));
    }

    [Fact]
    public async Task Without_download_nothing_is_fetched()
    {
        await rig.RunAsync(rig.Request(noDownload: true));

        Assert.DoesNotContain(rig.Fal.Handler.Requests, FalStub.IsDownload);
    }

    [Fact]
    public async Task Without_download_nothing_is_written()
    {
        await rig.RunAsync(rig.Request(noDownload: true));

        Assert.Empty(rig.Folder.Files);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_picture_inside_the_answer_goes_to_the_disk(bool direct)
    {
        rig.Fal.Instead = request => FalStub.IsResult(request) || request.Uri.Host == "fal.run" ? Answers.Json(FalStub.Output(DataUri)) : null;

        NBImage image = (await rig.RunAsync(rig.Request() with { SyncMode = true, Direct = direct })).Image();

        Assert.Equal(Pictures.Png(length: 3000), File.ReadAllBytes(image.Path!));
    }

    [Fact]
    public async Task A_picture_inside_a_direct_answer_that_was_asked_for_by_an_additional_field_is_not_lost()
    {
        rig.Fal.Instead = request => request.Uri.Host == "fal.run" ? Answers.Json(FalStub.Output(DataUri)) : null;

        List<JobEvent> events = await rig.RunAsync(rig.Request() with { Direct = true });

        Assert.Single(events.OfType<ImageReceived>());
    }

    [Theory]
    [InlineData("""{"images":[],"extra":"PICTURE"}""")]
    [InlineData("""{"images":[{"url":"PICTURE"}],"description":7}""")]
    [InlineData("""{"images":[{"url":"https://v3.fal.media/a.png"}],"preview":"PICTURE"}""")]
    public async Task No_partial_file_is_left_by_a_picture_nobody_asked_for(string answer)
    {
        rig.Fal.Instead = request => FalStub.IsResult(request) ? Answers.Json(answer.Replace("PICTURE", DataUri, StringComparison.Ordinal)) : null;

        await rig.RunAsync(rig.Request() with { SyncMode = true });

        Assert.DoesNotContain(rig.Folder.Files, name => name.EndsWith(".partial", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_is_no_picture_is_told()
    {
        rig.Fal.Instead = request => FalStub.IsDownload(request) ? Answers.Html(200) : null;

        Assert.Equal(NBErrorId.InvalidImageContent, (await rig.RunAsync()).Error().ErrorId);
    }

    [Fact]
    public async Task What_is_no_picture_leaves_no_file()
    {
        rig.Fal.Instead = request => FalStub.IsDownload(request) ? Answers.Html(200) : null;

        await rig.RunAsync();

        Assert.Empty(rig.Folder.Files);
    }

    [Fact]
    public async Task A_paid_job_whose_download_fails_stays_Succeeded()
    {
        rig.Fal.Instead = request => FalStub.IsDownload(request) ? Answers.Html(500) : null;

        await rig.RunAsync();

        Assert.Equal(NBJobState.Succeeded, rig.Journal.Last.State);
    }

    [Fact]
    public async Task A_picture_that_is_gone_makes_its_job_Expired()
    {
        rig.Fal.Instead = request => FalStub.IsDownload(request) ? Answers.Html(410) : null;

        await rig.RunAsync();

        Assert.Equal(NBJobState.Expired, rig.Journal.Last.State);
    }

    [Fact]
    public async Task The_extension_is_what_the_bytes_are_and_a_wrong_name_is_warned_of()
    {
        ImageRequest request = rig.Request();
        List<JobEvent> events = await rig.RunAsync(request with { OutputFormat = ImageFormat.Jpeg, Output = request.Output with { FileName = "lie.jpg" } }); // The stub answers PNG.

        Assert.Equal("lie.png", Path.GetFileName(events.Image().Path));
        Assert.Single(events.Warnings());
    }

    [Theory]
    [InlineData(512, 512, true)]
    [InlineData(1024, 1024, false)]
    [InlineData(1376, 768, false)]
    public async Task Fewer_pixels_than_were_paid_for_are_told(int width, int height, bool expected)
    {
        rig.Fal.Instead = request => FalStub.IsDownload(request) ? Answers.Bytes(Pictures.Png(width, height)) : null;

        string[] warnings = (await rig.RunAsync()).Warnings();

        Assert.Equal(expected, warnings.Any(warning => warning.Contains("1K was paid for", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_picture_in_a_private_network_is_not_fetched()
    {
        rig.Fal.Instead = request => FalStub.IsResult(request) ? Answers.Json(FalStub.Output("https://169.254.169.254/a.png")) : null;

        Assert.Equal(NBErrorId.UnsafeUrl, (await rig.RunAsync()).Error().ErrorId);
    }

    [Fact]
    public async Task The_key_goes_into_no_line_for_the_user()
    {
        rig.Fal.Instead = request => FalStub.IsStream(request)
            ? Answers.Events($$$"""{"status":"COMPLETED","logs":[{"message":"called with {{{FalStub.Key}}}"}]}""")
            : null;

        List<JobEvent> events = await rig.RunAsync();

        Assert.EndsWith("called with ***", Assert.Single(events.OfType<LogLine>(), line => line.Text.Contains("called with", StringComparison.Ordinal)).Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(422, """{"detail":[{"loc":["body","prompt"],"msg":"no","type":"content_policy_violation"}]}""", NBErrorId.ContentRejected)]
    [InlineData(200, """{"images":[],"description":"I cannot"}""", NBErrorId.NoImageReturned)]
    public async Task A_job_that_ended_without_a_picture_is_Failed(int status, string body, NBErrorId expected)
    {
        rig.Fal.Instead = request => FalStub.IsResult(request) ? Answers.Json(body, status) : null;

        List<JobEvent> events = await rig.RunAsync();

        Assert.Equal((expected, NBJobState.Failed), (events.Error().ErrorId, rig.Journal.Last.State));
    }

    [Fact]
    public async Task Each_job_ends_once_and_last()
    {
        List<JobEvent> events = await rig.RunAsync();

        Assert.Equal(events.Count - 1, events.FindIndex(e => e is JobEnded));
    }

    [Fact]
    public async Task Without_a_key_the_run_ends_with_the_reason()
    {
        using var keyless = new EngineRig { Key = _ => throw new NBException(NBErrorId.CredentialNotFound, "no key") };

        NBException error = await Assert.ThrowsAsync<NBException>(() => keyless.RunAsync());

        Assert.Equal(NBErrorId.CredentialNotFound, error.ErrorId);
    }

    [Fact]
    public async Task Without_a_key_nothing_is_sent()
    {
        using var keyless = new EngineRig { Key = _ => throw new NBException(NBErrorId.CredentialNotFound, "no key") };

        await Record.ExceptionAsync(() => keyless.RunAsync());

        Assert.Equal((0, 0), (keyless.Fal.Handler.Requests.Count, keyless.Journal.Written.Count));
    }

    [Fact]
    public async Task The_key_is_asked_for_once()
    {
        int asked = 0;
        using var counting = new EngineRig { Key = _ => { asked++; return SecretKey.FromText(FalStub.Key); } };

        await counting.RunAsync([counting.Request(), counting.Request(), counting.Request()]);

        Assert.Equal(1, asked);
    }
}
