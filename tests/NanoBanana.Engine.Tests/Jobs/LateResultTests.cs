using NanoBanana.Engine.Jobs;
using NanoBanana.Engine.Tests.Support;

namespace NanoBanana.Engine.Tests.Jobs;

/// <summary>A result that is not there yet when its job is told to have ended.</summary>
public sealed class LateResultTests : IDisposable
{
    private readonly EngineRig rig = new();

    public static TheoryData<int, string> Reasonless => new()
    {
        { 200, """{"images":[]}""" },
        { 202, """{"status":"IN_PROGRESS"}""" },
        { 200, """{"status":"IN_PROGRESS"}""" },
        { 202, """{"detail":"Please wait"}""" },
        { 200, """{"detail":"Request is still in progress"}""" },
        { 400, """{"detail":"Request is still in progress"}""" },
        { 200, """{"message":"success","images":[]}""" },
    };

    public void Dispose() => rig.Dispose();

    [Theory]
    [MemberData(nameof(Reasonless))]
    public async Task An_answer_without_an_image_or_a_reason_is_asked_for_again(int status, string body)
    {
        int asked = 0;
        rig.Fal.Instead = request => FalStub.IsResult(request) && ++asked < 3 ? Answers.Json(body, status) : null;

        Assert.NotNull((await rig.RunAsync()).Image().Path);
        Assert.Equal(3, asked);
    }

    [Theory]
    [MemberData(nameof(Reasonless))]
    public async Task A_job_whose_result_does_not_come_can_be_received_later(int status, string body)
    {
        rig.Fal.Instead = request => FalStub.IsResult(request) ? Answers.Json(body, status) : null;
        List<JobEvent> events = await rig.RunAsync();

        NBException error = events.Error();
        Assert.Equal(NBJobState.Running, rig.Journal.Last.State);
        const string Words = "Request is still in progress";
        Assert.Contains(body.Contains(Words, StringComparison.Ordinal) ? Words : body, error.Message, StringComparison.Ordinal);
        Assert.Equal(TimeSpan.FromSeconds(10), TimeSpan.FromTicks(rig.Clock.Delays.Sum(static delay => delay.Ticks)));

        rig.Fal.Instead = static _ => null;
        Assert.NotNull((await ReceiveAsync()).Image().Path);
    }

    [Fact]
    public async Task Who_asks_for_no_repeats_gets_none_and_can_receive_it_later()
    {
        rig.Fal.Instead = request => FalStub.IsResult(request) ? Answers.Json("""{"images":[]}""") : null;

        Assert.Equal(NBErrorId.NoImageReturned, (await rig.RunAsync(batch: new BatchOptions { MaximumRetryCount = 0 })).Error().ErrorId);
        Assert.Equal((1, NBJobState.Running), (rig.Fal.Handler.Requests.Count(FalStub.IsResult), rig.Journal.Last.State));
    }

    [Theory]
    [InlineData("""{"images":[],"description":"I cannot"}""")]
    [InlineData("""{"images":[],"error":"nothing came of it"}""")]
    public async Task An_answer_with_a_reason_is_final(string body)
    {
        int asked = 0;
        rig.Fal.Instead = request =>
        {
            if (!FalStub.IsResult(request)) return null;
            asked++;
            return Answers.Json(body);
        };

        Assert.Equal(NBErrorId.NoImageReturned, (await rig.RunAsync()).Error().ErrorId);
        Assert.Equal((1, NBJobState.Failed), (asked, rig.Journal.Last.State));
    }

    [Fact]
    public async Task A_status_that_holds_the_result_is_asked_for_again_too()
    {
        int asked = 0;
        rig.Fal.Instead = request => request.Uri.Host switch
        {
            "cdn.example.com" => Answers.Bytes(Pictures.Png()),
            _ when request.Method == HttpMethod.Post => Answers.Json("""{"data":[{"task_id":"t-1"}]}"""),
            _ => Answers.Json(++asked < 3
                ? """{"data":{"status":"completed","result":{"images":[]}}}"""
                : """{"data":{"status":"completed","result":{"images":[{"url":"https://cdn.example.com/a.png"}]}}}"""),
        };

        Assert.NotNull((await rig.RunAsync(rig.Request() with { Provider = "ApiMaster" })).Image().Path);
        Assert.Equal(3, asked);
    }

    private async Task<List<JobEvent>> ReceiveAsync()
    {
        var events = new List<JobEvent>();
        var options = new ResumeOptions { Goal = ResumeGoal.Receive, Waits = true, Again = true };
        await foreach (JobEvent next in rig.Engine.ResumeAsync(EngineRig.Stream([rig.Journal.Last.Id]), options, new BatchOptions())) events.Add(next);
        return events;
    }
}
