using NanoBanana.Engine.Imaging;

namespace NanoBanana.Acceptance.Answers;

/// <summary>What an image's address answers: late, or something else than an image.</summary>
public sealed class FileAnswerTests
{
    [Theory]
    [InlineData(404)]
    [InlineData(403)]
    public async Task D9_An_address_that_does_not_serve_yet_is_asked_again(int status)
    {
        await using var stage = new AnswerStage(_ => new Script { File = arrived => arrived.Time <= 2 ? Reply.Text("not here", "text/plain", status) : null });

        Assert.NotNull((await stage.RunAsync()).Image().Path);
    }

    [Fact]
    public async Task D9_An_address_that_never_serves_is_given_up_after_10_seconds()
    {
        await using var stage = new AnswerStage(_ => new Script { File = _ => Reply.Text("not here", "text/plain", 404) });
        DateTimeOffset before = stage.Clock.GetUtcNow();

        Assert.Equal(NBErrorId.OutputExpired, (await stage.RunAsync(batch: new Engine.Jobs.BatchOptions { MaximumRetryCount = 100 })).Error().ErrorId);
        Assert.InRange(stage.Clock.GetUtcNow() - before, TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(60));
    }

    [Fact]
    public async Task D9_Receiving_asks_an_expired_address_again()
    {
        bool isThere = false;
        await using var stage = new AnswerStage(_ => new Script { File = _ => isThere ? null : Reply.Text("not here", "text/plain", 404) });
        Outcome first = await stage.RunAsync();
        isThere = true;

        Assert.Equal(NBErrorId.OutputExpired, first.Error().ErrorId);
        Assert.NotNull((await stage.ReceiveAsync(first)).Image().Path);
    }

    [Theory]
    [InlineData("<html><head><title>Access denied</title></head></html>", "text/html", "an HTML page, 'Access denied'")]
    [InlineData("<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code><Message>Access denied</Message></Error>", "application/xml", "an XML text, 'Access denied'")]
    [InlineData("""{"error":"Access denied"}""", "application/json", "JSON, 'Access denied'")]
    [InlineData("Access denied", "image/png", "a text, 'Access denied'")]
    [InlineData("", "image/png", "0 bytes")]
    public async Task D11_The_message_says_what_came_instead_of_an_image(string body, string type, string expected)
    {
        await using var stage = new AnswerStage(_ => new Script { File = _ => Reply.Text(body, type) });

        Outcome outcome = await stage.RunAsync();

        NBException error = outcome.Error();
        Assert.Equal(NBErrorId.InvalidImageContent, error.ErrorId);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.Contains($"Receive-NBJob {outcome.Events.OfType<Engine.Jobs.JobStarted>().First().JobId}", error.Message, StringComparison.Ordinal);
        Assert.Contains("/files/scripted/0.png", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("<html><head><title>Access denied</title></head></html>")]
    [InlineData("")]
    public async Task D11_What_is_no_image_is_fetched_again(string body)
    {
        await using var stage = new AnswerStage(_ => new Script { File = arrived => arrived.Time == 1 ? Reply.Text(body, "text/html") : null });

        Assert.NotNull((await stage.RunAsync()).Image().Path);
    }

    [Fact]
    public async Task D11_A_job_whose_address_sent_a_page_can_be_received_later()
    {
        bool isThere = false;
        await using var stage = new AnswerStage(_ => new Script { File = _ => isThere ? null : Reply.Text("<html></html>", "text/html") });
        Outcome first = await stage.RunAsync();
        isThere = true;

        Assert.NotNull((await stage.ReceiveAsync(first)).Image().Path);
    }

    [Theory]
    [InlineData(260 * 1024)]
    [InlineData(5 * 1024 * 1024)]
    public async Task D12_A_jpeg_with_long_metadata_is_kept(int metadata)
    {
        byte[] jpeg = Jpeg(metadata);
        await using var stage = new AnswerStage(_ => new Script { File = _ => Reply.Image(jpeg) });

        NBImage image = (await stage.RunAsync()).Image();

        Assert.Equal((ImageFormat.Jpeg, 640, 480), (image.Format, image.Width, image.Height));
        Assert.Equal(jpeg.Length, new FileInfo(image.Path!).Length);
    }

    [Fact]
    public async Task D12_A_jpeg_with_long_metadata_is_a_reference()
    {
        await using var stage = new AnswerStage(_ => new Script());
        string path = Path.Combine(stage.Folder, "reference.jpg");
        await File.WriteAllBytesAsync(path, Jpeg(3 * 1024 * 1024));

        Assert.Equal(new ImageHeader(ImageFormat.Jpeg, 640, 480), await ImageHeader.ReadFileAsync(path, CancellationToken.None));
    }

    /// <summary>Segments of metadata up to a length, then a frame of 640 by 480.</summary>
    private static byte[] Jpeg(int metadata)
    {
        var bytes = new List<byte>(metadata + 100) { 0xFF, 0xD8 };
        while (bytes.Count < metadata)
        {
            bytes.AddRange([0xFF, 0xEB, 0xFF, 0xFF]);
            bytes.AddRange(new byte[0xFFFD]);
        }

        bytes.AddRange([0xFF, 0xC0, 0, 11, 8, 480 >> 8, 480 & 0xFF, 640 >> 8, 640 & 0xFF, 1, 1, 0x11, 0, 0xFF, 0xDA, 0, 2, 1, 2, 3, 0xFF, 0xD9]);
        return [.. bytes];
    }
}
