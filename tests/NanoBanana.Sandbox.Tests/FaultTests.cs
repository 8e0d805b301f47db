using System.Net;
using System.Text.Json;

namespace NanoBanana.Sandbox.Tests;

public sealed class FaultTests
{
    private const string Prompt = """{"prompt":"a","seed":1}""";

    [Theory]
    [InlineData("submit:429=2", 429, "2")]
    [InlineData("submit:503-retry=3", 503, "3")]
    [InlineData("submit:500", 500, null)]
    [InlineData("submit:502", 502, null)]
    [InlineData("submit:504", 504, null)]
    [InlineData("submit:418", 418, null)]
    [InlineData("any:503", 503, null)]
    public async Task A_refusing_status_takes_nothing_once(string faults, int status, string? retryAfter)
    {
        using var desk = new FalDesk(faults);
        using var refused = await desk.SubmitAsync(Prompt);
        Assert.Equal(status, (int)refused.StatusCode);
        Assert.Equal(retryAfter, refused.Headers.TryGetValues("Retry-After", out var values) ? values.Single() : null);
        Assert.NotEmpty(FalDesk.Text(await FalDesk.JsonAsync(refused), "detail"));
        Assert.Equal(0, desk.Ledger.Accepted);
        using var taken = await desk.SubmitAsync(Prompt);
        Assert.Equal(HttpStatusCode.OK, taken.StatusCode);
    }

    [Fact]
    public async Task Retry_after_can_be_a_date()
    {
        var clock = new FakeTimeProvider();
        using var desk = new FalDesk("submit:429=date+30", clock: clock);
        using var refused = await desk.SubmitAsync(Prompt);
        Assert.Equal(clock.GetUtcNow().AddSeconds(30), refused.Headers.RetryAfter?.Date);
    }

    [Fact]
    public async Task Lost_takes_and_bills_the_job()
    {
        using var desk = new FalDesk("submit:lost,direct:lost");
        var error = await Assert.ThrowsAsync<HttpRequestException>(() => desk.RunAsync(Prompt));
        Assert.Equal(HttpRequestError.ResponseEnded, error.HttpRequestError);
        Assert.Equal((1, 0.08m), (desk.Ledger.Accepted, desk.Ledger.TotalBilled));
        await Assert.ThrowsAsync<HttpRequestException>(() => desk.SubmitAsync(Prompt));
        Assert.Equal(2, desk.Ledger.Accepted);
    }

    [Fact]
    public async Task Refused_takes_nothing()
    {
        using var desk = new FalDesk("submit:refused");
        var error = await Assert.ThrowsAsync<HttpRequestException>(() => desk.SubmitAsync(Prompt));
        Assert.Equal(HttpRequestError.ConnectionError, error.HttpRequestError);
        Assert.Equal(0, desk.Ledger.Accepted);
    }

    [Fact]
    public async Task Reset_drops_the_connection_in_the_middle_of_a_picture()
    {
        using var desk = new FalDesk("download:reset");
        using var made = await desk.MakeAsync(Prompt);
        var address = FalDesk.FirstUrl(await FalDesk.JsonAsync(made));
        using var response = await desk.GetAsync(address);
        var stream = await response.Content.ReadAsStreamAsync();
        var read = new MemoryStream();
        var error = await Assert.ThrowsAsync<HttpIOException>(() => stream.CopyToAsync(read));
        Assert.Equal(HttpRequestError.ResponseEnded, error.HttpRequestError);
        Assert.Equal(response.Content.Headers.ContentLength / 2, read.Length);
    }

    [Fact]
    public async Task Truncate_ends_a_picture_early_and_cleanly()
    {
        using var desk = new FalDesk("download:truncate");
        var half = await desk.PictureAsync(Prompt);
        var whole = await desk.PictureAsync(Prompt);
        Assert.Equal(whole[..(whole.Length / 2)], half);
    }

    [Theory]
    [InlineData("download:badlength", 1000)]
    [InlineData("download:badlength=99999999", null)]
    public async Task Bad_length_announces_more_than_comes(string faults, int? extra)
    {
        using var desk = new FalDesk(faults);
        using var made = await desk.MakeAsync(Prompt);
        var output = await FalDesk.JsonAsync(made);
        using var response = await desk.GetAsync(FalDesk.FirstUrl(output));
        var size = output.GetProperty("images")[0].GetProperty("file_size").GetInt64();
        Assert.Equal(extra is null ? 99_999_999 : size + extra, response.Content.Headers.ContentLength);
        await Assert.ThrowsAsync<HttpIOException>(async () => await (await response.Content.ReadAsStreamAsync()).ReadToEndAsync());
    }

    [Fact]
    public async Task Slow_waits_before_it_answers_and_adds_up()
    {
        var clock = new FakeTimeProvider();
        using var desk = new FalDesk("any:slow=2000,submit:slow=1000,submit:429", clock: clock);
        var call = desk.SubmitAsync(Prompt);
        clock.Advance(TimeSpan.FromMilliseconds(2999));
        Assert.False(call.IsCompleted);
        clock.Advance(TimeSpan.FromMilliseconds(1));
        using var response = await call;
        Assert.Equal(HttpStatusCode.TooManyRequests, response.StatusCode);
    }

    [Fact]
    public async Task Html_is_a_page_where_json_was_due()
    {
        using var desk = new FalDesk("submit:html");
        using var response = await desk.SubmitAsync(Prompt);
        Assert.Equal((HttpStatusCode.OK, "text/html"), (response.StatusCode, response.Content.Headers.ContentType?.MediaType));
        Assert.Equal(0, desk.Ledger.Accepted);
    }

    [Fact]
    public async Task Malformed_is_json_that_breaks_off_after_the_job_was_taken()
    {
        using var desk = new FalDesk("submit:malformed");
        using var response = await desk.SubmitAsync(Prompt);
        Assert.Equal("application/json", response.Content.Headers.ContentType?.MediaType);
        await Assert.ThrowsAnyAsync<JsonException>(() => FalDesk.JsonAsync(response));
        Assert.Equal(1, desk.Ledger.Accepted);
    }

    [Theory]
    [InlineData("result:empty")]
    [InlineData("submit:empty")]
    public async Task Empty_is_a_job_that_ends_well_without_a_picture(string faults)
    {
        using var desk = new FalDesk(faults);
        using var response = await desk.MakeAsync(Prompt);
        Assert.Equal("""{"images":[],"description":""}""", await response.Content.ReadAsStringAsync());
        Assert.Equal(0m, desk.Ledger.TotalBilled);
    }

    [Theory]
    [InlineData("submit:rejected", 422, "content_policy_violation")]
    [InlineData("result:rejected", 422, "content_policy_violation")]
    [InlineData("any:rejected", 422, "content_policy_violation")]
    [InlineData("submit:failed", 500, "internal_server_error")]
    [InlineData("stream:failed", 500, "internal_server_error")]
    [InlineData("result:failed", 500, "internal_server_error")]
    public async Task A_doomed_job_answers_its_error_at_the_result_and_bills_nothing(string faults, int status, string type)
    {
        using var desk = new FalDesk(faults);
        var ticket = await desk.TakeAsync(Prompt);
        var last = await desk.FinishAsync(ticket);
        Assert.Equal("COMPLETED", FalDesk.Text(last, "status"));
        if (!faults.StartsWith("result", StringComparison.Ordinal))
            Assert.Equal(type, FalDesk.Text(last, "error_type"));
        using var response = await desk.GetAsync(FalDesk.Text(ticket, "response_url"));
        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal(type, FalDesk.Text((await FalDesk.JsonAsync(response)).GetProperty("detail")[0], "type"));
        Assert.Equal((1, 0m), (desk.Ledger.Failed, desk.Ledger.TotalBilled));
    }

    [Theory]
    [InlineData("direct:rejected", 422)]
    [InlineData("direct:failed", 500)]
    public async Task A_doomed_direct_call_answers_its_error(string faults, int status)
    {
        using var desk = new FalDesk(faults);
        using var response = await desk.RunAsync(Prompt);
        Assert.Equal((status, 1), ((int)response.StatusCode, desk.Ledger.Failed));
    }

    [Theory]
    [InlineData("submit:credits", 403, "User is locked. Reason: Exhausted balance.")]
    [InlineData("submit:credits=402", 402, "User is locked. Reason: Exhausted balance.")]
    public async Task Credits_answers_in_fals_words(string faults, int status, string detail)
    {
        using var desk = new FalDesk(faults);
        using var response = await desk.SubmitAsync(Prompt);
        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal(detail, FalDesk.Text(await FalDesk.JsonAsync(response), "detail"));
    }

    [Fact]
    public async Task Unauthorized_answers_401()
    {
        using var desk = new FalDesk("submit:unauthorized");
        using var response = await desk.SubmitAsync(Prompt);
        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
    }

    [Theory]
    [InlineData("download:expired", 410)]
    [InlineData("download:expired=404", 404)]
    [InlineData("download:expired=403*", 403)]
    public async Task An_expired_picture_is_gone(string faults, int status)
    {
        using var desk = new FalDesk(faults);
        using var made = await desk.MakeAsync(Prompt);
        using var response = await desk.GetAsync(FalDesk.FirstUrl(await FalDesk.JsonAsync(made)));
        Assert.Equal(status, (int)response.StatusCode);
    }

    [Fact]
    public async Task Redirect_points_elsewhere()
    {
        using var desk = new FalDesk("status:redirect=http://user@evil.example/a*2@1");
        var ticket = await desk.TakeAsync(Prompt);
        using var response = await desk.GetAsync(FalDesk.Text(ticket, "status_url"));
        Assert.Equal(HttpStatusCode.Redirect, response.StatusCode);
        Assert.Equal("http://user@evil.example/a", response.Headers.Location?.OriginalString);
    }

    [Fact]
    public async Task Wrong_type_is_html_that_calls_itself_a_picture()
    {
        using var desk = new FalDesk("download:wrongtype");
        using var made = await desk.MakeAsync(Prompt);
        using var response = await desk.GetAsync(FalDesk.FirstUrl(await FalDesk.JsonAsync(made)));
        Assert.Equal("image/png", response.Content.Headers.ContentType?.MediaType);
        Assert.StartsWith("<!DOCTYPE html>", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("stream:nostream", 405)]
    [InlineData("any:nostream=404", 404)]
    public async Task No_stream_refuses_the_stream_and_nothing_else(string faults, int status)
    {
        using var desk = new FalDesk(faults);
        var ticket = await desk.TakeAsync(Prompt);
        using var response = await desk.GetAsync(FalDesk.Text(ticket, "status_url") + "/stream");
        Assert.Equal(status, (int)response.StatusCode);
    }

    [Fact]
    public async Task A_stream_can_break_after_its_first_event()
    {
        using var desk = new FalDesk("stream:streambreak", TimeSpan.FromHours(1));
        var ticket = await desk.TakeAsync(Prompt);
        using var response = await desk.GetAsync(FalDesk.Text(ticket, "status_url") + "/stream");
        var events = 0;
        await Assert.ThrowsAsync<HttpIOException>(async () =>
        {
            await foreach (var _ in FalDesk.EventsAsync(response))
                events++;
        });
        Assert.Equal(1, events);
    }

    [Fact]
    public async Task Counts_and_starts_are_kept()
    {
        using var desk = new FalDesk("submit:429*2@2,submit:500@5,status:503*");
        var statuses = new List<int>();
        for (var i = 0; i < 6; i++)
        {
            using var response = await desk.SubmitAsync(Prompt);
            statuses.Add((int)response.StatusCode);
        }

        Assert.Equal([200, 429, 429, 200, 500, 200], statuses);
        for (var i = 0; i < 3; i++)
        {
            using var response = await desk.GetAsync($"{FalDesk.Queue}{FalDesk.Model}/requests/{desk.Ledger.Snapshot()[0].JobId}/status");
            Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        }
    }

    [Fact]
    public async Task Each_handler_plays_its_own_faults_over_the_same_jobs()
    {
        using var first = new FalDesk("submit:429");
        using var second = new FalDesk("submit:429", simulator: first.Simulator);
        using var one = await first.SubmitAsync(Prompt);
        using var two = await second.SubmitAsync(Prompt);
        Assert.Equal((429, 429), ((int)one.StatusCode, (int)two.StatusCode));
        var ticket = await first.TakeAsync(Prompt);
        Assert.Equal("COMPLETED", FalDesk.Text(await second.FinishAsync(ticket), "status"));
    }
}
