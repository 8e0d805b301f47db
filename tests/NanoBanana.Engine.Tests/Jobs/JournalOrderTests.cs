using System.Collections.Concurrent;
using NanoBanana.Engine.Jobs;
using NanoBanana.Engine.Tests.Support;

namespace NanoBanana.Engine.Tests.Jobs;

/// <summary>Every state is in the journal before the next call is made.</summary>
public sealed class JournalOrderTests : IDisposable
{
    private readonly EngineRig rig = new();
    private readonly ConcurrentQueue<string> timeline = new();

    public JournalOrderTests()
    {
        rig.Fal.Handler.OnSeen = request => timeline.Enqueue(Name(request));
        rig.Journal.OnWritten = record => timeline.Enqueue(record is { State: NBJobState.Intent, SendStarted: true } ? "SendStarted" : record.State.ToString());
    }

    public void Dispose() => rig.Dispose();

    [Fact]
    public async Task Each_state_is_written_before_the_next_call()
    {
        await rig.RunAsync();

        Assert.Equal(["Intent", "SendStarted", "submit", "Submitted", "stream", "Running", "result", "Succeeded", "download", "Received"], timeline);
    }

    [Fact]
    public async Task A_direct_call_passes_the_same_states_but_is_written_down_with_its_pictures_at_once()
    {
        List<JobEvent> events = await rig.RunAsync(rig.Request() with { Direct = true });

        Assert.Equal(
            [NBJobState.Submitted, NBJobState.Succeeded, NBJobState.Received],
            events.OfType<JobProgressed>().Select(next => next.State).Distinct());
        Assert.Equal(["Intent", "SendStarted", "submit", "Succeeded", "download", "Received"], timeline);
        Assert.NotNull(rig.Journal.Written.First(record => record.State == NBJobState.Succeeded).Remote);
    }

    [Fact]
    public async Task The_providers_id_is_written_before_the_first_look()
    {
        await rig.RunAsync();

        Assert.Equal("req-1", rig.Journal.Written.First(record => record.State == NBJobState.Submitted).Remote?.Id);
    }

    [Fact]
    public async Task The_addresses_of_the_pictures_are_written_before_the_download()
    {
        await rig.RunAsync();

        Assert.Equal(
            ["https://v3.fal.media/files/req-1.png"],
            rig.Journal.Written.First(record => record.State == NBJobState.Succeeded).Pictures.Select(picture => picture.Uri!.AbsoluteUri));
    }

    [Fact]
    public async Task The_files_are_written_down_last()
    {
        List<JobEvent> events = await rig.RunAsync();

        Assert.Equal([events.Image().Path!], rig.Journal.Last.Pictures.Select(picture => picture.Path!));
    }

    [Fact]
    public async Task Nothing_is_submitted_when_the_intent_cannot_be_written()
    {
        rig.Journal.Fail = record => record.State == NBJobState.Intent ? new IOException("the disk is full") : null;

        await rig.RunAsync();

        Assert.Empty(rig.Fal.Handler.Requests);
    }

    [Fact]
    public async Task That_the_intent_cannot_be_written_is_told()
    {
        rig.Journal.Fail = record => record.State == NBJobState.Intent ? new IOException("the disk is full") : null;

        List<JobEvent> events = await rig.RunAsync();

        Assert.Contains("the disk is full", events.Error().Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_record_says_what_was_asked()
    {
        await rig.RunAsync(rig.Request("a cat") with { Count = 2, Resolution = ImageResolution.FourK, Seed = 7 });

        JobRecord intent = rig.Journal.Written[0];
        Assert.Equal(("a cat", 2, ImageResolution.FourK, 7L, 0.32m), (intent.Prompt, intent.Count, intent.Resolution, intent.Seed, intent.Cost));
    }

    [Fact]
    public async Task The_key_is_in_no_record()
    {
        rig.Fal.Instead = request => FalStub.IsResult(request) ? Answers.Json($$"""{"detail":"your key {{FalStub.Key}} is wrong"}""", 422) : null;

        await rig.RunAsync();

        Assert.All(rig.Journal.Written, record => Assert.DoesNotContain(FalStub.Key, record.ToString() + record.ErrorMessage, StringComparison.Ordinal));
    }

    private static string Name(SeenRequest request) => true switch
    {
        _ when FalStub.IsSubmit(request) => "submit",
        _ when FalStub.IsStream(request) => "stream",
        _ when FalStub.IsLook(request) => "look",
        _ when FalStub.IsDownload(request) => "download",
        _ => "result",
    };
}
