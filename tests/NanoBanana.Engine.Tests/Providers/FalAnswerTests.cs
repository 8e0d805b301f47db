using System.Text;
using System.Text.Json;
using NanoBanana.Engine.Providers;
using NanoBanana.Engine.Tests.Support;

namespace NanoBanana.Engine.Tests.Providers;

/// <summary>What fal's good answers mean.</summary>
public sealed class FalAnswerTests
{
    [Fact]
    public void A_submit_brings_the_id() => Assert.Equal("r1", Fal.Provider.ReadSubmission(Fal.Request(), Fal.Answer("""{"request_id":"r1"}""")).Job.Id);

    [Fact]
    public void A_submit_brings_the_place_in_the_queue() =>
        Assert.Equal(12654, Fal.Provider.ReadSubmission(Fal.Request(), Fal.Answer("""{"request_id":"r1","queue_position":12654}""")).QueuePosition);

    [Fact]
    public void A_submit_without_an_id_cannot_be_understood() =>
        Assert.Throws<JsonException>(() => Fal.Provider.ReadSubmission(Fal.Request(), Fal.Answer("""{"status":"IN_QUEUE"}""")));

    [Fact]
    public void A_direct_submit_brings_the_pictures() =>
        Assert.Single(Fal.Provider.ReadSubmission(Fal.Request() with { Direct = true }, Fal.Answer(FalStub.Output("https://v3.fal.media/a.png"))).Result!.Outputs);

    [Fact]
    public void A_direct_submit_is_known_by_the_id_in_its_header() =>
        Assert.Equal(
            "r9",
            Fal.Provider.ReadSubmission(
                Fal.Request() with { Direct = true }, Fal.Answer(FalStub.Output("https://v3.fal.media/a.png"), 200, ("X-Fal-Request-Id", "r9"))).Job.Id);

    [Theory]
    [InlineData("IN_QUEUE", "Queued")]
    [InlineData("IN_PROGRESS", "Running")]
    [InlineData("COMPLETED", "Completed")]
    [InlineData("completed", "Completed")]
    [InlineData("FAILED", "Failed")]
    [InlineData("ERROR", "Failed")]
    [InlineData("CANCELLED", "Cancelled")]
    [InlineData("A_STATE_OF_NEXT_YEAR", "Running")]
    public void Each_state_is_known(string state, string expected) => Assert.Equal(expected, Status(FalStub.Status(state)).State.ToString());

    [Theory]
    [InlineData("""{"status":null}""")]
    [InlineData("{}")]
    [InlineData("null")]
    public void A_status_without_a_state_cannot_be_understood(string body) => Assert.Throws<JsonException>(() => Status(body));

    [Fact]
    public void The_place_in_the_queue_is_read() => Assert.Equal(0, Status("""{"status":"IN_QUEUE","queue_position":0}""").QueuePosition);

    [Fact]
    public void The_log_is_read() =>
        Assert.Equal(
            ["2026-11-21T12:00:00 painting", "done"],
            Status("""{"status":"IN_PROGRESS","logs":[{"message":"painting","level":"INFO","timestamp":"2026-11-21T12:00:00"},{"message":"done"}]}""").Logs);

    [Theory]
    [InlineData("""{"status":"IN_PROGRESS","logs":null}""")]
    [InlineData("""{"status":"IN_PROGRESS"}""")]
    public void No_log_is_none(string body) => Assert.Empty(Status(body).Logs);

    [Theory]
    [InlineData("""{"status":"COMPLETED","metrics":{"inference_time":3.9}}""")]
    [InlineData("""{"status":"COMPLETED","error":null,"error_type":null}""")]
    public void A_job_that_ended_well_has_no_error(string body) => Assert.Null(Status(body).Error);

    [Fact]
    public void A_result_brings_the_addresses_in_order() =>
        Assert.Equal(
            ["https://v3.fal.media/a.png", "https://v3.fal.media/b.png"],
            Result(FalStub.Output("https://v3.fal.media/a.png", "https://v3.fal.media/b.png")).Outputs.Select(o => o.Uri!.AbsoluteUri));

    [Fact]
    public void A_result_brings_what_is_told_of_the_picture()
    {
        ImageOutput output = Result("""{"images":[{"url":"https://x.example/a","content_type":"image/webp","width":1376,"height":768,"file_size":5000000000}]}""").Outputs[0];

        Assert.Equal((ImageFormat.WebP, 1376, 768, 5000000000), (output.Format, output.Width, output.Height, output.Length));
    }

    [Theory]
    [InlineData("""{"images":[{"url":"https://x.example/a"}],"description":"a cat"}""", "a cat")]
    [InlineData("""{"images":[{"url":"https://x.example/a"}],"description":""}""", null)]
    [InlineData("""{"images":[{"url":"https://x.example/a"}]}""", null)]
    public void The_models_words_are_read_where_there_are_any(string body, string? expected) => Assert.Equal(expected, Result(body).Description);

    [Theory]
    [InlineData("""{"images":[],"description":"I cannot paint that"}""")]
    [InlineData("""{"images":null}""")]
    [InlineData("""{"images":[null,{"url":null}]}""")]
    [InlineData("{}")]
    public void An_answer_without_a_picture_is_NoImageReturned(string body) =>
        Assert.Equal(NBErrorId.NoImageReturned, Assert.Throws<NBException>(() => Result(body)).ErrorId);

    [Fact]
    public void The_models_words_are_shown_when_there_is_no_picture() =>
        Assert.Contains("I cannot paint that", Assert.Throws<NBException>(() => Result("""{"images":[],"description":"I cannot paint that"}""")).Message, StringComparison.Ordinal);

    [Fact]
    public void A_picture_inside_the_answer_is_the_file_it_was_written_to() =>
        Assert.Equal("/tmp/1", Fal.Provider.ReadResult(Fal.Answer(FalStub.Output("nb-picture:1")) with { Pictures = ["/tmp/0", "/tmp/1"] }).Outputs[0].File);

    [Theory]
    [InlineData(202, "CANCELLATION_REQUESTED", "Requested")]
    [InlineData(200, "OK", "Requested")]
    [InlineData(400, "ALREADY_COMPLETED", "AlreadyCompleted")]
    [InlineData(404, "NOT_FOUND", "NotFound")]
    public void Each_outcome_of_cancelling_is_known(int status, string word, string expected) =>
        Assert.Equal(expected, Fal.Provider.ReadCancel(Fal.Answer($$"""{"status":"{{word}}"}""", status)).ToString());

    [Fact]
    public void A_refused_cancel_says_why() =>
        Assert.Equal(NBErrorId.AuthenticationFailed, Assert.Throws<NBException>(() => Fal.Provider.ReadCancel(Fal.Answer("""{"detail":"no"}""", 401))).ErrorId);

    [Fact]
    public void An_upload_brings_where_to_put_and_how_to_call_it() =>
        Assert.Equal(
            new UploadTarget(new Uri("https://s.example/put?sig=1"), "https://v3.fal.media/a.png"),
            Fal.Provider.ReadUpload(Fal.Answer("""{"upload_url":"https://s.example/put?sig=1","file_url":"https://v3.fal.media/a.png"}""")));

    [Theory]
    [InlineData("""{"file_url":"https://v3.fal.media/a.png"}""")]
    [InlineData("""{"upload_url":"https://s.example/put"}""")]
    [InlineData("""{"upload_url":"nonsense","file_url":"https://v3.fal.media/a.png"}""")]
    public void Half_an_upload_cannot_be_understood(string body) => Assert.Throws<JsonException>(() => Fal.Provider.ReadUpload(Fal.Answer(body)));

    [Theory]
    [InlineData("[]")]
    [InlineData("5")]
    [InlineData("null")]
    [InlineData("""{"status":"\ud800"}""")]
    public void A_status_of_another_shape_cannot_be_understood(string body) => Assert.Throws<JsonException>(() => Status(body));

    [Theory]
    [InlineData("""{"status":"IN_QUEUE","queue_position":"first"}""")]
    [InlineData("""{"status":"IN_QUEUE","queue_position":1.5}""")]
    [InlineData("""{"status":"IN_QUEUE","queue_position":5000000000}""")]
    public void D1_A_place_in_the_queue_that_is_no_number_is_none(string body) => Assert.Null(Status(body).QueuePosition);

    [Theory]
    [InlineData("""{"status":"IN_PROGRESS","logs":{}}""")]
    [InlineData("""{"status":"IN_PROGRESS","logs":["painting"]}""")]
    [InlineData("""{"status":"IN_PROGRESS","logs":[{"message":1}]}""")]
    [InlineData("""{"\ud800":1,"status":"IN_PROGRESS"}""")]
    public void D2_Logs_in_any_form_do_not_matter(string body) => Assert.Equal("Running", Status(body).State.ToString());

    [Theory]
    [InlineData("""{"images":["https://x.example/a"]}""")]
    [InlineData("""{"images":{"url":"https://x.example/a"}}""")]
    [InlineData("""{"images":[{"url":"https://x.example/a","width":"1376"}]}""")]
    [InlineData("""{"images":[{"url":"https://x.example/a","file_size":1.5}]}""")]
    [InlineData("""{"images":[{"url":"https://x.example/a"}],"description":{}}""")]
    public void D1_Only_the_address_decides(string body) => Assert.Equal("https://x.example/a", Assert.Single(Result(body).Outputs).Uri?.AbsoluteUri);

    private static RemoteStatus Status(string body) => Fal.Provider.ReadStatus(Encoding.UTF8.GetBytes(body));

    private static ImageResult Result(string body) => Fal.Provider.ReadResult(Fal.Answer(body));
}
