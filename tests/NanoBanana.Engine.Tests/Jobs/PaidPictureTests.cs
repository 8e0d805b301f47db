using NanoBanana.Engine.Jobs;
using NanoBanana.Engine.Providers;
using NanoBanana.Engine.Requests;
using NanoBanana.Engine.Tests.Support;
using NanoBanana.Engine.Transport;

namespace NanoBanana.Engine.Tests.Jobs;

/// <summary>What is paid stays within reach, whatever goes wrong with asking for it, fetching it and keeping it.</summary>
public sealed class PaidPictureTests : IDisposable
{
    private static readonly BatchOptions NoRepeats = new() { MaximumRetryCount = 0 };
    private readonly EngineRig rig = new();

    public void Dispose() => rig.Dispose();

    [Theory]
    [InlineData("queue.fal.run")]
    [InlineData("v3.fal.media")]
    public async Task A_connection_that_is_not_made_in_time_is_tried_again(string host)
    {
        int tries = 0;
        rig.Fal.Handler.Connect = uri => uri.Host == host && tries++ == 0 ? NotInTime() : null;

        List<JobEvent> events = await rig.RunAsync();

        Assert.NotNull(events.Image().Path);
        Assert.Single(rig.Fal.Submits);
    }

    [Fact]
    public async Task A_connection_that_is_never_made_is_an_error_and_no_stop_of_the_user()
    {
        rig.Fal.Handler.Connect = static uri => uri.Host == "queue.fal.run" ? NotInTime() : null;

        List<JobEvent> events = await rig.RunAsync([rig.Request("one"), rig.Request("two")]);

        Assert.All(events.OfType<JobFailed>(), failed => Assert.Equal(NBErrorId.ProviderUnavailable, failed.Error.ErrorId));
        Assert.Equal(2, events.OfType<JobFailed>().Count());
        Assert.Equal(NBJobState.Failed, rig.Journal.Last.State);
    }

    [Fact]
    public async Task An_upload_goes_on_for_the_others_when_the_time_of_the_first_is_over()
    {
        var sent = new TaskCompletionSource();
        using var api = new ApiRig(new StubHandler(async (request, cancellationToken) =>
        {
            await sent.Task.WaitAsync(cancellationToken);
            return request.Uri.Host == "rest.fal.ai"
                ? Answers.Json("""{"upload_url":"https://storage.example.com/put","file_url":"https://v3.fal.media/up/a.png"}""")
                : Answers.Text(string.Empty, "text/plain");
        }));
        using SecretKey key = SecretKey.FromText(FalStub.Key);
        IImageProvider fal = new ProviderRegistry().Find("Fal");
        var session = new ProviderSession(fal, new ProviderEndpoint("Fal", fal.Hosts, baseUri: null), key, api.Client);
        CallScope scope = session.Scope(0, TimeSpan.FromMinutes(1), static (_, _) => ValueTask.CompletedTask, picturePath: null);
        File.WriteAllBytes(rig.Folder.File("shoe.png"), Pictures.Png());
        ImageRequest request = rig.Request() with { Operation = ImageOperation.Edit, References = [ReferenceImage.FromFile(rig.Folder.File("shoe.png"))] };
        var preparer = new ReferencePreparer(CancellationToken.None);
        using var first = new CancellationTokenSource();

        Task<IReadOnlyList<PreparedReference>> early = preparer.PrepareAsync(request, session, scope, inline: false, first.Token);
        Task<IReadOnlyList<PreparedReference>> late = preparer.PrepareAsync(request, session, scope, inline: false, CancellationToken.None);
        await first.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => early);
        sent.SetResult();

        Assert.Equal("https://v3.fal.media/up/a.png", Assert.Single(await late).Address);
        Assert.Single(api.Stub.Requests, seen => seen.Method == HttpMethod.Put);
    }

    public static TheoryData<int, string> Refusals => new()
    {
        { 401, """{"detail":"Cannot access application","error_type":"authorization_error"}""" },
        { 403, """{"detail":"User is locked. Reason: Exhausted balance."}""" },
        { 404, """{"detail":"Request not found"}""" },
        { 429, """{"detail":"Too many requests","error_type":"rate_limited"}""" },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public async Task A_refusal_to_hand_out_the_result_ends_no_job(int status, string body)
    {
        rig.Fal.Instead = request => FalStub.IsResult(request) ? Answers.Json(body, status) : null;
        List<JobEvent> events = await rig.RunAsync(batch: NoRepeats);
        Assert.Equal(NBJobState.Running, rig.Journal.Last.State);
        Assert.Contains("do not order it again", events.Error().Message, StringComparison.Ordinal);

        rig.Fal.Instead = static _ => null;

        Assert.NotNull((await ReceiveAsync(rig.Journal.Last.Id)).Image().Path);
        Assert.Single(rig.Fal.Submits);
    }

    [Fact]
    public async Task A_job_that_the_provider_gave_up_for_its_start_has_ended()
    {
        rig.Fal.Instead = static request =>
            FalStub.IsStream(request) ? Answers.Events("""{"status":"COMPLETED","error":"Request timed out","error_type":"request_timeout"}""")
            : FalStub.IsResult(request) ? Answers.Json("""{"detail":"Request timed out","error_type":"request_timeout"}""", 504)
            : null;

        List<JobEvent> events = await rig.RunAsync(batch: NoRepeats);

        Assert.Equal(NBErrorId.JobTimedOut, events.Error().ErrorId);
        Assert.Equal(NBJobState.Failed, rig.Journal.Last.State);
    }

    [Fact]
    public async Task What_may_be_sent_again_is_not_sent_before_it_is_written_down()
    {
        rig.Journal.Fail = static record => record.SubmitBody is null ? null : new IOException("the disk is full");

        List<JobEvent> events = await rig.RunAsync(rig.Request() with
        {
            Provider = "Apiframe",
            Operation = ImageOperation.Edit,
            References = [ReferenceImage.FromAddress("https://example.com/shoe.png")],
        });

        Assert.Equal(NBErrorId.OutputWriteFailed, events.Error().ErrorId);
        Assert.Empty(rig.Fal.Handler.Requests);
    }

    [Fact]
    public async Task What_was_received_stays_received_when_fetching_it_again_fails()
    {
        await rig.RunAsync();
        JobRecord before = rig.Journal.Last;
        rig.Fal.Instead = static request => FalStub.IsDownload(request) ? Answers.Html(404) : null;

        List<JobEvent> events = await ReceiveAsync(before.Id, again: true);

        Assert.Equal(NBErrorId.OutputExpired, events.Error().ErrorId);
        Assert.Equal((NBJobState.Received, before.Pictures[0].Path), (rig.Journal.Last.State, rig.Journal.Last.Pictures[0].Path));
        Assert.True(File.Exists(before.Pictures[0].Path));
    }

    [Fact]
    public async Task A_picture_that_is_gone_keeps_no_other_of_its_job_from_being_fetched()
    {
        rig.Fal.Instead = static request =>
            FalStub.IsResult(request) ? Answers.Json(FalStub.Output("https://v3.fal.media/files/0.png", "https://v3.fal.media/files/1.png", "https://v3.fal.media/files/2.png"))
            : request.Uri.AbsolutePath == "/files/0.png" ? Answers.Html(404)
            : null;

        List<JobEvent> events = await rig.RunAsync(rig.Request() with { Count = 3 });

        Assert.Equal([1, 2], events.OfType<ImageReceived>().Select(received => received.Image.Index));
        Assert.Equal(NBErrorId.OutputExpired, events.Error().ErrorId);
        Assert.Equal([false, true, true], rig.Journal.Last.Pictures.Select(picture => picture.Path is not null));
    }

    [Fact]
    public async Task A_picture_that_is_none_is_fetched_the_next_time_and_the_others_are_told_once()
    {
        rig.Fal.Instead = static request =>
            FalStub.IsResult(request) ? Answers.Json(FalStub.Output("https://v3.fal.media/files/0.png", "https://v3.fal.media/files/1.png"))
            : request.Uri.AbsolutePath == "/files/0.png" ? Answers.Text("no picture", "text/plain")
            : null;
        List<JobEvent> events = await rig.RunAsync(rig.Request() with { Count = 2 });
        Assert.Equal((NBErrorId.InvalidImageContent, NBJobState.Succeeded), (events.Error().ErrorId, rig.Journal.Last.State));
        Assert.Equal(1, Assert.Single(events.OfType<ImageReceived>()).Image.Index);

        rig.Fal.Instead = static _ => null;
        events = await ReceiveAsync(rig.Journal.Last.Id);

        Assert.Equal([0, 1], events.OfType<ImageReceived>().Select(received => received.Image.Index));
        Assert.Equal(NBJobState.Received, rig.Journal.Last.State);
    }

    [Fact]
    public async Task A_direct_answer_whose_picture_is_too_large_may_be_paid()
    {
        using var small = new EngineRig { LargestPicture = 1000 };
        string picture = Convert.ToBase64String(Pictures.Png(length: 5000));
        small.Fal.Instead = request => FalStub.IsSubmit(request) ? Answers.Json(FalStub.Output($"data:image/png;base64,{picture}")) : null;

        List<JobEvent> events = await small.RunAsync(small.Request() with { Direct = true, SyncMode = true });

        Assert.Equal(NBErrorId.SubmitOutcomeUnknown, events.Error().ErrorId);
        Assert.Contains("1,000 bytes", events.Error().Message, StringComparison.Ordinal);
        Assert.Equal(NBJobState.SubmitOutcomeUnknown, small.Journal.Last.State);
    }

    [Theory]
    [InlineData(true, NBJobState.SubmitOutcomeUnknown)]
    [InlineData(false, NBJobState.Running)]
    public async Task What_nobody_foresaw_ends_the_run_and_leaves_the_job_in_the_journal(bool atSubmit, NBJobState state)
    {
        rig.Fal.Instead = request => (atSubmit ? FalStub.IsSubmit(request) : FalStub.IsResult(request)) ? throw new NotSupportedException("a fault of our own") : null;

        await Assert.ThrowsAsync<NotSupportedException>(() => rig.RunAsync());

        Assert.Equal(state, rig.Journal.Last.State);
        Assert.Contains("a fault of our own", rig.Journal.Last.ErrorMessage, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_pictures_of_one_run_never_take_one_file()
    {
        ImageRequest request = rig.Request();
        request = request with { Output = request.Output with { FileNameTemplate = "{slug}", Force = true } };
        File.WriteAllText(rig.Folder.File("a-lighthouse-at-dusk.png"), "an old one");

        List<JobEvent> events = await rig.RunAsync([request, request]);

        Assert.Equal(2, events.OfType<ImageReceived>().Select(received => received.Image.Path).Distinct().Count());
        Assert.Contains(events.Warnings(), warning => warning.Contains("another picture of this command", StringComparison.Ordinal));
        Assert.Equal(2, Directory.GetFiles(rig.Folder.Path, "*.png").Length);
    }

    /// <summary>As SocketsHttpHandler says that ConnectTimeout was over.</summary>
    private static TaskCanceledException NotInTime() => new("The operation was canceled.", new TimeoutException("A connection could not be established within the configured ConnectTimeout."));

    private async Task<List<JobEvent>> ReceiveAsync(string id, bool again = false) =>
        await rig.Engine.ResumeAsync(EngineRig.Stream([id]), new ResumeOptions { Goal = ResumeGoal.Receive, Waits = true, Again = again }, NoRepeats).ToListAsync();
}
