using System.Net;

namespace NanoBanana.Sandbox.Tests;

public sealed class FalSubmitTests
{
    private const string Edit = FalDesk.Model + "/edit";

    [Fact]
    public async Task Submit_answers_a_ticket_with_addresses_of_owner_and_app_only()
    {
        using var desk = new FalDesk(latency: TimeSpan.FromHours(1));
        using var response = await desk.SubmitAsync("""{"prompt":"a","image_urls":["https://example.com/a.png"]}""", Edit);
        var ticket = await FalDesk.JsonAsync(response);
        var id = FalDesk.Text(ticket, "request_id");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("IN_QUEUE", FalDesk.Text(ticket, "status"));
        Assert.Equal($"{FalDesk.Queue}{FalDesk.Model}/requests/{id}", FalDesk.Text(ticket, "response_url"));
        Assert.Equal($"{FalDesk.Queue}{FalDesk.Model}/requests/{id}/status", FalDesk.Text(ticket, "status_url"));
        Assert.Equal($"{FalDesk.Queue}{FalDesk.Model}/requests/{id}/cancel", FalDesk.Text(ticket, "cancel_url"));
        Assert.Equal(2, ticket.GetProperty("queue_position").GetInt32());
        Assert.Equal(id, Assert.Single(response.Headers.GetValues("x-fal-request-id")));
    }

    [Theory]
    [InlineData("""{}""", "prompt", "missing")]
    [InlineData("""{"prompt":""}""", "prompt", "string_too_short")]
    [InlineData("""{"prompt":5}""", "prompt", "string_type")]
    [InlineData("""{"prompt":null}""", "prompt", "string_type")]
    [InlineData("""{"prompt":"a","aspect_ratio":"7:5"}""", "aspect_ratio", "literal_error")]
    [InlineData("""{"prompt":"a","aspect_ratio":null}""", "aspect_ratio", "literal_error")]
    [InlineData("""{"prompt":"a","resolution":"8K"}""", "resolution", "literal_error")]
    [InlineData("""{"prompt":"a","resolution":"1k"}""", "resolution", "literal_error")]
    [InlineData("""{"prompt":"a","output_format":"jpg"}""", "output_format", "literal_error")]
    [InlineData("""{"prompt":"a","safety_tolerance":4}""", "safety_tolerance", "literal_error")]
    [InlineData("""{"prompt":"a","thinking_level":"low"}""", "thinking_level", "literal_error")]
    [InlineData("""{"prompt":"a","num_images":0}""", "num_images", "greater_than_equal")]
    [InlineData("""{"prompt":"a","num_images":5}""", "num_images", "less_than_equal")]
    [InlineData("""{"prompt":"a","num_images":1.5}""", "num_images", "int_from_float")]
    [InlineData("""{"prompt":"a","num_images":"two"}""", "num_images", "int_parsing")]
    [InlineData("""{"prompt":"a","num_images":[1]}""", "num_images", "int_type")]
    [InlineData("""{"prompt":"a","seed":true}""", "seed", "int_type")]
    [InlineData("""{"prompt":"a","sync_mode":[]}""", "sync_mode", "bool_type")]
    [InlineData("""{"prompt":"a","enable_web_search":"maybe"}""", "enable_web_search", "bool_parsing")]
    [InlineData("""{"prompt":"a","system_prompt":1}""", "system_prompt", "string_type")]
    public async Task Submit_with_a_bad_field_answers_the_422_of_fal_and_takes_nothing(string body, string field, string type)
    {
        using var desk = new FalDesk();
        using var response = await desk.SubmitAsync(body);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, response.StatusCode);
        var problem = Assert.Single((await FalDesk.JsonAsync(response)).GetProperty("detail").EnumerateArray());
        Assert.Equal(["body", field], problem.GetProperty("loc").EnumerateArray().Select(static step => step.GetString()));
        Assert.Equal(type, FalDesk.Text(problem, "type"));
        Assert.Equal("https://docs.fal.ai/errors#" + type, FalDesk.Text(problem, "url"));
        Assert.NotEmpty(FalDesk.Text(problem, "msg"));
        Assert.True(problem.TryGetProperty("input", out _));
        Assert.Equal(0, desk.Ledger.Accepted);
    }

    [Theory]
    [InlineData("""{"prompt":"a"}""", "missing")]
    [InlineData("""{"prompt":"a","image_urls":[]}""", "too_short")]
    [InlineData("""{"prompt":"a","image_urls":"https://example.com/a.png"}""", "list_type")]
    [InlineData("""{"prompt":"a","image_urls":["a.png"]}""", "url_parsing")]
    [InlineData("""{"prompt":"a","image_urls":["file:///etc/passwd"]}""", "url_parsing")]
    [InlineData("""{"prompt":"a","image_urls":[7]}""", "string_type")]
    [InlineData("""{"prompt":"a","image_urls":["data:","data:","data:","data:","data:","data:","data:","data:","data:","data:","data:","data:","data:","data:","data:"]}""", "too_long")]
    public async Task Edit_with_bad_references_answers_the_422_of_fal(string body, string type)
    {
        using var desk = new FalDesk();
        using var response = await desk.SubmitAsync(body, Edit);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, response.StatusCode);
        var problem = Assert.Single((await FalDesk.JsonAsync(response)).GetProperty("detail").EnumerateArray());
        Assert.Equal(type, FalDesk.Text(problem, "type"));
        Assert.Equal(0, desk.Ledger.Accepted);
    }

    [Fact]
    public async Task Unknown_fields_are_passed_over()
    {
        using var desk = new FalDesk();
        using var response = await desk.SubmitAsync("""{"prompt":"a","image_size":"square_hd","seed":null}""");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("")]
    [InlineData("prompt=a")]
    public async Task A_body_that_is_no_json_answers_422_with_words(string body)
    {
        using var desk = new FalDesk();
        using var response = await desk.SubmitAsync(body);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, response.StatusCode);
        Assert.StartsWith("Invalid JSON", FalDesk.Text(await FalDesk.JsonAsync(response), "detail"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("fal-ai/no-such-app", "Application 'no-such-app' not found")]
    [InlineData("fal-ai/nano-banana-2/paint", "Path /paint not found")]
    public async Task An_unknown_endpoint_answers_404(string model, string detail)
    {
        using var desk = new FalDesk();
        using var response = await desk.SubmitAsync("""{"prompt":"a"}""", model);
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Equal(detail, FalDesk.Text(await FalDesk.JsonAsync(response), "detail"));
    }

    [Fact]
    public async Task The_models_other_id_works_and_keeps_its_addresses()
    {
        using var desk = new FalDesk();
        var ticket = await desk.TakeAsync("""{"prompt":"a"}""", "fal-ai/gemini-3.1-flash-image-preview");
        Assert.Contains("/fal-ai/gemini-3.1-flash-image-preview/requests/", FalDesk.Text(ticket, "status_url"), StringComparison.Ordinal);
        Assert.Equal("COMPLETED", FalDesk.Text(await desk.FinishAsync(ticket), "status"));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("invalid")]
    [InlineData("")]
    public async Task Without_a_good_key_nothing_is_taken(string? key)
    {
        using var desk = new FalDesk { Key = key };
        using var response = await desk.SubmitAsync("""{"prompt":"a"}""");
        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.NotEmpty(FalDesk.Text(await FalDesk.JsonAsync(response), "detail"));
        Assert.Equal(0, desk.Ledger.Accepted);
    }

    [Fact]
    public async Task Another_scheme_than_Key_is_refused()
    {
        using var desk = new FalDesk { Key = null };
        using var response = await desk.SubmitAsync("""{"prompt":"a"}""", FalDesk.Model, ("Authorization", "Bearer test"));
        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
    }

    [Theory]
    [InlineData("X-Fal-Queue-Priority", "high")]
    [InlineData("X-Fal-Request-Timeout", "0.1")]
    [InlineData("X-Fal-Request-Timeout", "soon")]
    [InlineData("X-Fal-Request-Timeout", "NaN")]
    public async Task A_bad_header_answers_400(string name, string value)
    {
        using var desk = new FalDesk();
        using var response = await desk.SubmitAsync("""{"prompt":"a"}""", FalDesk.Model, (name, value));
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal("bad_request", FalDesk.Text(await FalDesk.JsonAsync(response), "error_type"));
        Assert.Equal(0, desk.Ledger.Accepted);
    }

    [Fact]
    public async Task Headers_and_webhook_are_noted_in_the_ledger()
    {
        using var desk = new FalDesk();
        await desk.TakeAsync(
            """{"prompt":"a"}""", FalDesk.Model + "?fal_webhook=https%3A%2F%2Fexample.com%2Fhook", ("X-Fal-No-Retry", "1"), ("X-Fal-Queue-Priority", "low"));
        var notes = Assert.Single(desk.Ledger.Snapshot()).Notes;
        Assert.Equal("https://example.com/hook", notes["fal_webhook"]);
        Assert.Equal("1", notes["X-Fal-No-Retry"]);
        Assert.Equal("low", notes["X-Fal-Queue-Priority"]);
    }

    [Fact]
    public async Task A_host_of_nobody_is_not_resolved()
    {
        using var desk = new FalDesk();
        var error = await Assert.ThrowsAsync<HttpRequestException>(() => desk.GetAsync("https://evilfal.ai/fal-ai/nano-banana-2"));
        Assert.Equal(HttpRequestError.NameResolutionError, error.HttpRequestError);
    }

    [Fact]
    public async Task A_body_that_breaks_off_takes_nothing()
    {
        using var desk = new FalDesk();
        using var request = new HttpRequestMessage(HttpMethod.Post, FalDesk.Queue + FalDesk.Model)
        {
            Content = new StreamContent(new BreakingSource()),
        };
        request.Headers.TryAddWithoutValidation("Authorization", "Key test");
        await Assert.ThrowsAsync<IOException>(() => desk.Http.SendAsync(request));
        Assert.Equal(0, desk.Ledger.Accepted);
    }

    private sealed class BreakingSource : MemoryStream
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            throw new IOException("the source broke");
    }
}
