using NanoBanana.Engine.Jobs;
using NanoBanana.Engine.Tests.Support;

namespace NanoBanana.Engine.Tests.Jobs;

/// <summary>An image host that asks to wait holds back the downloads from it, and nothing else.</summary>
public sealed class PausedDownloadTests : IDisposable
{
    private const string Busy = "busy.example.com";
    private readonly EngineRig rig = new();

    public PausedDownloadTests() => rig.Fal.Instead = request => request switch
    {
        _ when request.Uri.Host == Busy => Answers.Json("{}", 429).RetryAfter(86400),
        _ when FalStub.IsResult(request) && !request.Uri.AbsolutePath.EndsWith("req-2", StringComparison.Ordinal) => Answers.Json(FalStub.Output($"https://{Busy}/a.png")),
        _ => null,
    };

    public void Dispose() => rig.Dispose();

    [Fact]
    public async Task A_429_of_an_image_host_holds_back_no_other_job()
    {
        List<JobEvent> events = await RunAsync();

        Assert.NotNull(events.Image().Path);
        Assert.Equal(3, rig.Fal.Submits.Count);
    }

    [Fact]
    public async Task A_picture_that_a_pause_holds_back_is_paid_for_and_can_be_received()
    {
        JobFailed[] failures = [.. (await RunAsync()).OfType<JobFailed>()];

        Assert.Equal(2, failures.Length);
        Assert.Equal(NBErrorId.RateLimited, failures[1].Error.ErrorId);
        Assert.Contains($"{Busy} asks to wait 86400 s", failures[1].Error.Message, StringComparison.Ordinal);
        Assert.All(failures, static failed =>
        {
            Assert.Equal(NBJobState.Succeeded, failed.State);
            Assert.Contains("86400 s", failed.Error.Message, StringComparison.Ordinal);
            Assert.Contains("paid for", failed.Error.Message, StringComparison.Ordinal);
            Assert.Contains($"Receive-NBJob {failed.JobId}", failed.Error.Message, StringComparison.Ordinal);
            Assert.DoesNotContain("Nothing was sent", failed.Error.Message, StringComparison.Ordinal);
        });
    }

    private Task<List<JobEvent>> RunAsync() =>
        rig.RunAsync([rig.Request("one"), rig.Request("two"), rig.Request("three")], new BatchOptions { ThrottleLimit = 1 });
}
