using System.Text;

namespace NanoBanana.Acceptance.Answers;

/// <summary>Submits, states and errors as servers really answer them: what is needed is read, and the provider's words reach the user.</summary>
public sealed class ErrorAnswerTests
{
    [Theory]
    [InlineData("""{"status":"FAILED","error":"CUDA out of memory"}""")]
    [InlineData("""{"status":"failed","error":{"message":"CUDA out of memory"},"logs":"none"}""")]
    [InlineData("""{"status":"ERROR","detail":[{"msg":"CUDA out of memory"}],"logs":{"a":1}}""")]
    [InlineData("""{"status":"Content Moderated","error":"CUDA out of memory"}""")]
    [InlineData("""{"status":"BLOCKED","error":"CUDA out of memory"}""")]
    [InlineData("""{"status":["Error"],"error":["CUDA out of memory"],"logs":[1,null,["x"],{"message":{}}]}""")]
    public async Task D2_A_failed_state_ends_the_job_at_once_with_its_words(string status)
    {
        await using var stage = new AnswerStage(_ => new Script { Status = _ => Reply.Json(status), Result = _ => Reply.Json("""{"detail":"not found"}""", 404) });

        Outcome outcome = await stage.RunAsync();

        Assert.Contains("CUDA out of memory", outcome.Error().Message, StringComparison.Ordinal);
        Assert.Single(stage.Server.Arrivals, static arrived => arrived.Path.Contains("/status?", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("CANCELLED")]
    [InlineData("canceled")]
    public async Task D2_A_cancelled_state_ends_the_job(string status)
    {
        await using var stage = new AnswerStage(_ => new Script { Status = _ => Reply.Json($$"""{"status":"{{status}}"}""") });

        Assert.Equal(NBErrorId.JobCancelled, (await stage.RunAsync()).Error().ErrorId);
    }

    [Theory]
    [InlineData("completed")]
    [InlineData("Completed")]
    [InlineData("SUCCEEDED")]
    public async Task D2_States_are_compared_without_case(string status)
    {
        await using var stage = new AnswerStage(_ => new Script
        {
            Status = arrived => Reply.Json($$"""{"status":"{{(arrived.Time == 1 ? "WARMING_UP" : status)}}"}"""),
        });

        Assert.NotNull((await stage.RunAsync()).Image().Path);
    }

    [Theory]
    [InlineData("utf-8")]
    [InlineData("utf-16")]
    [InlineData("utf-16BE")]
    [InlineData("utf-32")]
    public async Task D6_A_submit_answered_in_another_encoding_is_taken(string encoding)
    {
        var used = Encoding.GetEncoding(encoding);
        byte[] body = [.. used.GetPreamble(), .. used.GetBytes("""{"request_id":"scripted"}""")];
        await using var stage = new AnswerStage(_ => new Script { Submit = _ => new Reply(200, body) });

        Assert.NotNull((await stage.RunAsync()).Image().Path);
    }

    [Theory]
    [InlineData("Fal", """{"request_id":"scripted","queue_position":"3rd","status":7,"status_url":{},"logs":5}""")]
    [InlineData("Fal", """{"request_id":["scripted"],"response_url":"nonsense"}""")]
    [InlineData("ApiDot", """{"code":"200","data":[{"task_id":"scripted","created_time":5,"status":{}}]}""")]
    [InlineData("ApiDot", """{"task_id":"scripted"}""")]
    [InlineData("Apiframe", """{"jobId":["scripted"],"status":5,"creditCost":"many"}""")]
    [InlineData("ApiMaster", """{"code":{},"data":{"task_id":"scripted","status":["submitted"]}}""")]
    public async Task D6_A_bad_optional_field_beside_the_id_does_not_matter(string provider, string answer)
    {
        await using var stage = new AnswerStage(_ => new Script { Submit = _ => Reply.Json(answer) });

        Assert.NotNull((await stage.RunAsync(stage.Request(provider))).Image().Path);
    }

    [Fact]
    public async Task D6_A_submit_answer_that_lacks_nothing_but_its_end_is_taken()
    {
        await using var stage = new AnswerStage(_ => new Script { Submit = _ => Reply.Json("""{"request_id":"scripted"}""") with { BreaksOff = true } });

        Assert.NotNull((await stage.RunAsync()).Image().Path);
    }

    [Theory]
    [InlineData("Fal", 400, "text/plain", "The prompt has a bad word.")]
    [InlineData("Fal", 422, "application/json", """{"detail":["The prompt has a bad word."]}""")]
    [InlineData("Fal", 400, "application/json", """{"errors":[{"message":"The prompt has a bad word."}]}""")]
    [InlineData("Fal", 400, "application/json", """[{"error":{"message":"The prompt has a bad word."}}]""")]
    [InlineData("ApiDot", 400, "application/json", """{"errors":{"prompt":["The prompt has a bad word."]}}""")]
    [InlineData("ApiDot", 422, "application/json", """{"code":422,"msg":"The prompt has a bad word.","data":null}""")]
    [InlineData("Apiframe", 400, "application/json", """{"message":["The prompt has a bad word."]}""")]
    [InlineData("Apiframe", 400, "text/plain", "The prompt has a bad word.")]
    [InlineData("ApiMaster", 400, "application/json", """{"detail":{"message":"The prompt has a bad word."}}""")]
    [InlineData("ApiMaster", 400, "application/problem+json", """{"title":"The prompt has a bad word.","status":400}""")]
    [InlineData("Prospolabs", 400, "application/json", """{"error":{"errors":[{"reason":"The prompt has a bad word."}]}}""")]
    [InlineData("Prospolabs", 422, "text/plain", "The prompt has a bad word.")]
    public async Task D14_The_providers_words_reach_the_user_in_every_shape(string provider, int status, string type, string body)
    {
        await using var stage = new AnswerStage(_ => new Script { Submit = _ => Reply.Text(body, type, status) });

        NBException error = (await stage.RunAsync(stage.Request(provider))).Error();

        Assert.Equal(NBErrorId.InvalidRequest, error.ErrorId);
        Assert.Contains("The prompt has a bad word.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task D14_A_refusal_whose_text_breaks_off_is_still_a_refusal()
    {
        await using var stage = new AnswerStage(_ => new Script { Submit = _ => Reply.Json("""{"detail":"bad""", 400) with { BreaksOff = true } });

        Assert.Equal(NBErrorId.InvalidRequest, (await stage.RunAsync()).Error().ErrorId);
    }

    [Theory]
    [InlineData("Fal")]
    [InlineData("ApiDot")]
    [InlineData("Apiframe")]
    [InlineData("ApiMaster")]
    [InlineData("Prospolabs")]
    public async Task D15_A_page_of_a_gateway_is_named_as_such(string provider)
    {
        await using var stage = new AnswerStage(_ => new Script
        {
            Submit = _ => Reply.Text("<!DOCTYPE html><html><head><title>Just a\n moment...</title></head><body>Safety first.</body></html>", "text/html", 403),
        });

        NBException error = (await stage.RunAsync(stage.Request(provider))).Error();

        Assert.Contains("a proxy or gateway answered 403: 'Just a moment...'", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("key", error.Message, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("-Model", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Fal", """{"detail":"User is locked. Reason: Exhausted balance."}""")]
    [InlineData("Apiframe", """{"error":"Insufficient credits"}""")]
    [InlineData("ApiMaster", """{"error":{"message":"Top up","code":"insufficient_user_quota"}}""")]
    [InlineData("Prospolabs", """{"message":"You have insufficient credits for this."}""")]
    public async Task D16_Words_under_200_that_say_that_no_job_was_made_are_the_error(string provider, string body)
    {
        await using var stage = new AnswerStage(_ => new Script { Submit = _ => Reply.Json(body) });

        Assert.Equal(NBErrorId.InsufficientCredits, (await stage.RunAsync(stage.Request(provider))).Error().ErrorId);
    }

    [Fact]
    public async Task D16_Other_words_under_200_are_in_the_message()
    {
        await using var stage = new AnswerStage(_ => new Script { Submit = _ => Reply.Json("""{"detail":"The hamster is asleep."}""") });

        NBException error = (await stage.RunAsync()).Error();

        Assert.Equal(NBErrorId.SubmitOutcomeUnknown, error.ErrorId);
        Assert.Contains("The hamster is asleep.", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(429)]
    [InlineData(503)]
    public async Task D13_A_pause_longer_than_the_time_left_is_an_error_at_once(int status)
    {
        await using var stage = new AnswerStage(_ => new Script { Submit = _ => Reply.Json("""{"detail":"slow down"}""", status, "Retry-After: 86400") });
        DateTimeOffset before = stage.Clock.GetUtcNow();

        NBException error = (await stage.RunAsync()).Error();

        Assert.Equal(status == 429 ? NBErrorId.RateLimited : NBErrorId.ProviderUnavailable, error.ErrorId);
        Assert.Contains("86400 s", error.Message, StringComparison.Ordinal);
        Assert.Equal(before, stage.Clock.GetUtcNow());
    }

    [Fact]
    public async Task D18_Control_characters_of_a_server_do_not_reach_the_terminal()
    {
        const string evil = "\\u001b]8;;http://evil/\\u0007click\\u001b[31m\\u009b2J\\rover\\u202egnp";
        await using var stage = new AnswerStage(stage => new Script
        {
            Status = _ => Reply.Json($$"""{"status":"COMPLETED","logs":[{"message":"{{evil}}"}]}"""),
            Result = _ => Reply.Json($$"""{"images":[{"url":"{{stage.FileAddress()}}"},{"url":"{{evil}}"}],"description":"{{evil}}"}"""),
        });

        Outcome outcome = await stage.RunAsync();

        string shown = string.Concat(outcome.Images.Select(static image => image.Description)) + outcome.AllText();
        Assert.DoesNotContain(shown, static c => c is '\u001b' or '\u0007' or '\u009b' or '\r' or '\u202e');
        Assert.Contains("click", outcome.Image().Description, StringComparison.Ordinal);
    }

    [Fact]
    public async Task D18_Control_characters_in_an_error_do_not_reach_the_terminal()
    {
        await using var stage = new AnswerStage(_ => new Script { Submit = _ => Reply.Text("bad \u001b[2J\u202eword", "text/plain", 400, "x-request-id: r1") });

        NBException error = (await stage.RunAsync()).Error();

        Assert.DoesNotContain($"{error.Message}{error.ProviderMessage}", static c => c is '\u001b' or '\u202e');
    }

    [Theory]
    [InlineData(300, NBErrorId.SubmitOutcomeUnknown)]
    [InlineData(301, NBErrorId.UnsafeUrl)]
    [InlineData(302, NBErrorId.SubmitOutcomeUnknown)]
    [InlineData(303, NBErrorId.SubmitOutcomeUnknown)]
    [InlineData(307, NBErrorId.UnsafeUrl)]
    [InlineData(308, NBErrorId.UnsafeUrl)]
    public async Task D20_A_redirect_that_may_follow_a_taken_submit_leaves_it_open(int status, NBErrorId expected)
    {
        await using var stage = new AnswerStage(_ => new Script { Submit = _ => Reply.Json("{}", status, "Location: /elsewhere") });

        Assert.Equal(expected, (await stage.RunAsync()).Error().ErrorId);
        Assert.Single(stage.Server.Arrivals);
    }

    [Fact]
    public async Task Could_not_be_reached_is_said_only_when_nothing_answered()
    {
        await using var stage = new AnswerStage(_ => new Script { Status = _ => Reply.Text("not json at all", "text/plain") });

        NBException error = (await stage.RunAsync(batch: new Engine.Jobs.BatchOptions { MaximumRetryCount = 0 })).Error();

        Assert.DoesNotContain("could not be reached", error.Message, StringComparison.Ordinal);
        Assert.Contains("not json at all", error.Message, StringComparison.Ordinal);
    }
}
