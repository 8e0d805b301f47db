using NanoBanana.Engine.Jobs;
using NanoBanana.Engine.Tests.Support;

namespace NanoBanana.Engine.Tests.Transport;

/// <summary>A submit that may have been taken is never sent again, and says so.</summary>
public sealed class SubmitOnceTests : IDisposable
{
    private readonly EngineRig rig = new();

    public static TheoryData<string> Endings => new(
        "reset", "connection error", "500", "502 page", "503", "504", "408", "200 page", "broken JSON", "empty", "no request_id", "too long");

    public void Dispose() => rig.Dispose();

    [Theory]
    [MemberData(nameof(Endings))]
    public async Task Submit_after_bytes_were_sent_is_never_repeated(string ending)
    {
        rig.Fal.Instead = request => FalStub.IsSubmit(request) ? End(ending) : null;

        await rig.RunAsync();

        Assert.Single(rig.Fal.Submits);
    }

    [Theory]
    [MemberData(nameof(Endings))]
    public async Task Submit_whose_answer_was_lost_says_that_its_outcome_is_unknown(string ending)
    {
        rig.Fal.Instead = request => FalStub.IsSubmit(request) ? End(ending) : null;

        List<JobEvent> events = await rig.RunAsync();

        Assert.Equal(NBErrorId.SubmitOutcomeUnknown, events.Error().ErrorId);
    }

    [Theory]
    [MemberData(nameof(Endings))]
    public async Task Submit_whose_answer_was_lost_stays_in_the_journal_as_unknown(string ending)
    {
        rig.Fal.Instead = request => FalStub.IsSubmit(request) ? End(ending) : null;

        await rig.RunAsync();

        Assert.Equal(NBJobState.SubmitOutcomeUnknown, rig.Journal.Last.State);
    }

    [Fact]
    public async Task Submit_without_an_answer_in_time_is_unknown_and_sent_once()
    {
        rig.Fal.InsteadAsync = async (request, cancellationToken) =>
        {
            if (!FalStub.IsSubmit(request)) return null;
            rig.Clock.Advance(TimeSpan.FromSeconds(60));
            await Task.Delay(Timeout.Infinite, cancellationToken);
            return null;
        };

        List<JobEvent> events = await rig.RunAsync();

        Assert.Equal((NBErrorId.SubmitOutcomeUnknown, 1), (events.Error().ErrorId, rig.Fal.Submits.Count));
    }

    [Fact]
    public async Task The_message_names_the_page_where_the_job_can_be_looked_for()
    {
        rig.Fal.Instead = request => FalStub.IsSubmit(request) ? End("reset") : null;

        List<JobEvent> events = await rig.RunAsync();

        Assert.Contains("https://fal.ai/dashboard/requests", events.Error().Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(400)]
    [InlineData(401)]
    [InlineData(402)]
    [InlineData(403)]
    [InlineData(404)]
    [InlineData(422)]
    public async Task A_refusal_in_words_is_no_lost_submit(int status)
    {
        rig.Fal.Instead = request => FalStub.IsSubmit(request) ? Answers.Json("""{"detail":"no"}""", status) : null;

        await rig.RunAsync();

        Assert.Equal(NBJobState.Failed, rig.Journal.Last.State);
    }

    private static HttpResponseMessage End(string ending) => ending switch
    {
        "reset" => throw Answers.Reset(),
        "connection error" => throw Answers.NotSent(HttpRequestError.ConnectionError),
        "502 page" => Answers.Html(502),
        "200 page" => Answers.Html(200),
        "broken JSON" => Answers.Json("{\"request_id\":\"r"),
        "empty" => Answers.Json(string.Empty),
        "no request_id" => Answers.Json("""{"status":"IN_QUEUE"}"""),
        "too long" => Answers.Json("{\"request_id\":\"" + new string('x', 9 * 1024 * 1024) + "\"}"),
        _ => Answers.Json("""{"detail":"internal"}""", int.Parse(ending)),
    };
}
