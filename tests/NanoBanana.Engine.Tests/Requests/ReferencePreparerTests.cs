using NanoBanana.Engine.Jobs;
using NanoBanana.Engine.Requests;
using NanoBanana.Engine.Tests.Support;

namespace NanoBanana.Engine.Tests.Requests;

public sealed class ReferencePreparerTests : IDisposable
{
    private readonly EngineRig rig = new();

    public void Dispose() => rig.Dispose();

    [Fact]
    public async Task A_file_used_twice_is_sent_once()
    {
        string shoe = rig.Folder.Write("shoe.png", Pictures.Png());

        await rig.RunAsync(Edit(shoe, shoe));

        Assert.Single(Puts());
    }

    [Fact]
    public async Task The_same_bytes_under_two_names_are_sent_once()
    {
        string one = rig.Folder.Write("one.png", Pictures.Png());
        string two = rig.Folder.Write("two.png", Pictures.Png());

        await rig.RunAsync(Edit(one, two));

        Assert.Single(Puts());
    }

    [Fact]
    public async Task A_file_used_by_many_requests_is_sent_once()
    {
        string shoe = rig.Folder.Write("shoe.png", Pictures.Png());

        await rig.RunAsync([Edit(shoe), Edit(shoe), Edit(shoe)]);

        Assert.Single(Puts());
    }

    [Fact]
    public async Task Other_bytes_are_sent_too()
    {
        string one = rig.Folder.Write("one.png", Pictures.Png(width: 10));
        string two = rig.Folder.Write("two.png", Pictures.Png(width: 20));

        await rig.RunAsync(Edit(one, two));

        Assert.Equal(2, Puts().Length);
    }

    [Fact]
    public async Task The_key_does_not_go_to_the_signed_address()
    {
        await rig.RunAsync(Edit(rig.Folder.Write("shoe.png", Pictures.Png())));

        Assert.Null(Puts()[0].Header("Authorization"));
    }

    [Fact]
    public async Task The_key_goes_to_where_the_place_is_asked_for()
    {
        await rig.RunAsync(Edit(rig.Folder.Write("shoe.png", Pictures.Png())));

        Assert.Equal("Key " + FalStub.Key, rig.Fal.Handler.Requests.Single(r => r.Uri.Host == "rest.fal.ai").Header("Authorization"));
    }

    [Fact]
    public async Task The_bytes_arrive_as_they_are()
    {
        byte[] shoe = Pictures.Png(length: 5000);

        await rig.RunAsync(Edit(rig.Folder.Write("shoe.png", shoe)));

        Assert.Equal(shoe, Puts()[0].Body);
    }

    [Fact]
    public async Task The_type_is_what_the_bytes_are_whatever_the_name()
    {
        await rig.RunAsync(Edit(rig.Folder.Write("shoe.png", Pictures.Jpeg(640, 480))));

        Assert.Equal("image/jpeg", Puts()[0].Header("Content-Type"));
    }

    [Fact]
    public async Task The_references_keep_their_order_though_the_first_arrives_last()
    {
        string one = rig.Folder.Write("one.png", Pictures.Png(width: 10));
        string two = rig.Folder.Write("two.png", Pictures.Png(width: 20));
        var secondIsThere = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        rig.Fal.InsteadAsync = async (request, _) =>
        {
            if (request.Uri.AbsolutePath == "/put/two.png") secondIsThere.SetResult();
            if (request.Uri.AbsolutePath == "/put/one.png") await secondIsThere.Task;
            return null;
        };

        await rig.RunAsync(Edit(one, "https://example.com/between.png", two));

        Assert.Equal(
            ["https://v3.fal.media/up/one.png", "https://example.com/between.png", "https://v3.fal.media/up/two.png"],
            rig.Fal.Submits[0].Json.GetProperty("image_urls").EnumerateArray().Select(url => url.GetString()!));
    }

    [Fact]
    public async Task An_upload_that_fails_for_a_moment_is_repeated()
    {
        int attempts = 0;
        rig.Fal.Instead = request => request.Uri.Host == "storage.example.com" && attempts++ < 2 ? Answers.Html(503) : null;

        await rig.RunAsync(Edit(rig.Folder.Write("shoe.png", Pictures.Png())));

        Assert.Equal(NBJobState.Received, rig.Journal.Last.State);
    }

    [Fact]
    public async Task Nothing_is_submitted_when_a_reference_cannot_be_sent()
    {
        rig.Fal.Instead = request => request.Uri.Host == "storage.example.com" ? Answers.Html(403) : null;

        await rig.RunAsync(Edit(rig.Folder.Write("shoe.png", Pictures.Png())));

        Assert.Empty(rig.Fal.Submits);
    }

    [Fact]
    public async Task After_a_failure_the_next_request_tries_to_send_the_file_again()
    {
        int attempts = 0;
        rig.Fal.Instead = request => request.Uri.Host == "storage.example.com" && attempts++ < 1 ? Answers.Html(403) : null;
        string shoe = rig.Folder.Write("shoe.png", Pictures.Png());

        List<JobEvent> events = await rig.RunAsync([Edit(shoe), Edit(shoe)], new BatchOptions { ThrottleLimit = 1 });

        Assert.Single(events.OfType<ImageReceived>());
    }

    [Theory]
    [InlineData("http://storage.example.com/put")]
    [InlineData("https://10.0.0.1/put")]
    public async Task A_place_that_is_not_safe_gets_no_file(string place)
    {
        rig.Fal.Instead = request => request.Uri.Host == "rest.fal.ai" ? Answers.Json($$"""{"upload_url":"{{place}}","file_url":"https://v3.fal.media/a"}""") : null;

        List<JobEvent> events = await rig.RunAsync(Edit(rig.Folder.Write("shoe.png", Pictures.Png())));

        Assert.Equal(NBErrorId.UnsafeUrl, events.Error().ErrorId);
    }

    private SeenRequest[] Puts() => [.. rig.Fal.Handler.Requests.Where(request => request.Method == HttpMethod.Put)];

    private ImageRequest Edit(params string[] references) => rig.Request() with
    {
        Operation = ImageOperation.Edit,
        References = [.. references.Select(r => r.StartsWith("https", StringComparison.Ordinal) ? ReferenceImage.FromAddress(r) : ReferenceImage.FromFile(r))],
    };
}
