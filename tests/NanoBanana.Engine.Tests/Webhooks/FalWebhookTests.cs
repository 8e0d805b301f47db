using System.Text;
using NanoBanana.Engine.Jobs;
using NanoBanana.Engine.Webhooks;

namespace NanoBanana.Engine.Tests.Webhooks;

public sealed class FalWebhookTests : IDisposable
{
    private const string Finished =
        """{"request_id":"req-1","gateway_request_id":"req-2","status":"OK","payload":{"images":[{"url":"https://v3.fal.media/a.png","content_type":"image/png"}],"description":""}}""";

    private const string Refused =
        """{"request_id":"req-1","gateway_request_id":"req-1","status":"ERROR","error":"Invalid status code: 422","payload":{"detail":[{"loc":["body","prompt"],"msg":"not this","type":"content_policy_violation"}]}}""";

    private readonly WebhookRig rig = new();

    public void Dispose() => rig.Dispose();

    [Fact]
    public async Task A_signed_delivery_makes_the_job_succeed_with_its_addresses()
    {
        rig.Submitted("Fal", "req-1");
        rig.Clock.Advance(TimeSpan.FromSeconds(20));
        WebhookReceipt receipt = await rig.ReceiveAsync(rig.FromFal(Finished));

        Assert.True(receipt.IsVerified);
        Assert.False(receipt.IsDuplicate);
        JobRecord written = Assert.Single(rig.Jobs.Written);
        Assert.Equal(NBJobState.Succeeded, written.State);
        Assert.Equal(new Uri("https://v3.fal.media/a.png"), Assert.Single(written.Pictures).Uri);
        Assert.Equal(rig.Clock.GetUtcNow(), written.UpdatedAt);
        Assert.Null(written.QueuePosition);
        NBJob job = receipt.ToPublic();
        Assert.Equal(("req-1", true, false), (job.RemoteId, job.WebhookVerified, job.WebhookDuplicate));
    }

    [Fact]
    public async Task The_key_set_is_fetched_from_fal_without_a_key()
    {
        rig.Submitted("Fal", "req-1");
        await rig.ReceiveAsync(rig.FromFal(Finished));

        var request = Assert.Single(rig.Stub.Requests);
        Assert.Equal("https://rest.fal.ai/.well-known/jwks.json", request.Uri.AbsoluteUri);
        Assert.Null(request.Header("Authorization"));
        Assert.Empty(rig.KeysAsked);
    }

    [Fact]
    public async Task A_delivery_that_comes_twice_is_told_and_not_written_again()
    {
        rig.Submitted("Fal", "req-1");
        WebhookDelivery delivery = rig.FromFal(Finished);
        await rig.ReceiveAsync(delivery);
        WebhookReceipt second = await rig.ReceiveAsync(delivery);

        Assert.True(second.IsDuplicate);
        Assert.True(second.IsVerified);
        Assert.Equal(NBJobState.Succeeded, second.Job.State);
        Assert.Single(rig.Jobs.Written);
    }

    [Theory]
    [InlineData(-300)]
    [InlineData(300)]
    public async Task A_delivery_at_the_edge_of_the_window_is_taken(int seconds)
    {
        rig.Submitted("Fal", "req-1");
        Assert.True((await rig.ReceiveAsync(rig.FromFal(Finished, rig.Clock.GetUtcNow().AddSeconds(seconds)))).IsVerified);
    }

    [Theory]
    [InlineData(-301, "before")]
    [InlineData(301, "after")]
    [InlineData(-86400 * 400, "before")]
    public async Task A_stale_or_future_delivery_is_refused_though_its_signature_is_good(int seconds, string direction)
    {
        rig.Submitted("Fal", "req-1");
        NBException error = await rig.RefusalAsync(rig.FromFal(Finished, rig.Clock.GetUtcNow().AddSeconds(seconds)));

        Assert.Equal(NBErrorId.AccessDenied, error.ErrorId);
        Assert.Contains(direction, error.Message, StringComparison.Ordinal);
        Assert.Empty(rig.Jobs.Written);
        Assert.Empty(rig.Stub.Requests); // No key set is fetched for it either.
    }

    [Fact]
    public async Task A_delivery_that_was_good_is_refused_when_it_is_played_again_later()
    {
        rig.Submitted("Fal", "req-1");
        WebhookDelivery delivery = rig.FromFal(Finished);
        await rig.ReceiveAsync(delivery);
        rig.Clock.Advance(TimeSpan.FromSeconds(301));

        Assert.Equal(NBErrorId.AccessDenied, (await rig.RefusalAsync(delivery)).ErrorId);
    }

    [Fact]
    public async Task A_tampered_body_is_refused()
    {
        rig.Submitted("Fal", "req-1");
        string tampered = Finished.Replace("v3.fal.media", "evil.example", StringComparison.Ordinal);
        NBException error = await rig.RefusalAsync(new WebhookDelivery(Encoding.UTF8.GetBytes(tampered), rig.FalHeaders(Finished)));

        Assert.Equal(NBErrorId.AccessDenied, error.ErrorId);
        Assert.Empty(rig.Jobs.Written);
    }

    [Theory]
    [InlineData("x-fal-webhook-request-id", "req-9")]
    [InlineData("x-fal-webhook-user-id", "user-9")]
    [InlineData("x-fal-webhook-signature", "00")]
    [InlineData("x-fal-webhook-signature", "zz")]
    [InlineData("x-fal-webhook-timestamp", "yesterday")]
    [InlineData("x-fal-webhook-timestamp", "-5")]
    [InlineData("x-fal-webhook-timestamp", "99999999999999999999")]
    [InlineData("x-fal-webhook-timestamp", "9223372036854775807")]
    public async Task A_header_with_another_value_is_refused(string name, string value)
    {
        rig.Submitted("Fal", "req-1");
        Dictionary<string, string> headers = rig.FalHeaders(Finished);
        headers[name] = value;
        Assert.Equal(NBErrorId.AccessDenied, (await rig.RefusalAsync(new WebhookDelivery(Encoding.UTF8.GetBytes(Finished), headers))).ErrorId);
    }

    [Theory]
    [InlineData("x-fal-webhook-request-id")]
    [InlineData("x-fal-webhook-user-id")]
    [InlineData("x-fal-webhook-signature")]
    [InlineData("x-fal-webhook-timestamp")]
    public async Task A_missing_header_is_refused_and_named(string name)
    {
        rig.Submitted("Fal", "req-1");
        Dictionary<string, string> headers = rig.FalHeaders(Finished);
        headers.Remove(name);
        NBException error = await rig.RefusalAsync(new WebhookDelivery(Encoding.UTF8.GetBytes(Finished), headers));

        Assert.Equal(NBErrorId.AccessDenied, error.ErrorId);
        Assert.Contains(name, error.Message, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("fal")]
    public async Task A_delivery_without_any_signature_is_refused(string? provider)
    {
        rig.Submitted("Fal", "req-1");
        Assert.Equal(NBErrorId.AccessDenied, (await rig.RefusalAsync(WebhookRig.Plain(Finished, provider))).ErrorId);
    }

    [Fact]
    public async Task A_delivery_signed_with_a_key_that_fal_does_not_publish_is_refused()
    {
        rig.Submitted("Fal", "req-1");
        rig.Signer = Ed25519Signer.Of(66);
        Assert.Equal(NBErrorId.AccessDenied, (await rig.RefusalAsync(rig.FromFal(Finished))).ErrorId);
    }

    [Fact]
    public async Task A_good_signature_does_not_help_a_job_that_is_not_in_the_journal()
    {
        rig.Submitted("Fal", "another");
        rig.Submitted("Apiframe", "req-1");
        NBException error = await rig.RefusalAsync(rig.FromFal(Finished));

        Assert.Equal(NBErrorId.JobNotFound, error.ErrorId);
        Assert.Contains("req-1", error.Message, StringComparison.Ordinal);
        Assert.Empty(rig.Jobs.Written);
    }

    [Fact]
    public async Task A_refusal_of_the_model_fails_the_job_with_its_own_words()
    {
        rig.Submitted("Fal", "req-1");
        WebhookReceipt receipt = await rig.ReceiveAsync(rig.FromFal(Refused));

        Assert.Equal(NBJobState.Failed, receipt.Job.State);
        Assert.Equal(NBErrorId.ContentRejected, receipt.Job.ErrorId);
        Assert.Contains("not this", receipt.Job.ErrorMessage, StringComparison.Ordinal);
        Assert.True((await rig.ReceiveAsync(rig.FromFal(Refused))).IsDuplicate);
    }

    [Theory]
    [InlineData("""{"request_id":"req-1","status":"ERROR","error":"Invalid status code: 500","payload":{"detail":"boom"}}""", NBErrorId.ProviderUnavailable)]
    [InlineData("""{"request_id":"req-1","status":"ERROR","error":"Invalid status code: 422","payload":{"detail":"wrong"}}""", NBErrorId.InvalidRequest)]
    [InlineData("""{"request_id":"req-1","status":"ERROR","error":"the runner died","payload":null}""", NBErrorId.ProviderUnavailable)]
    [InlineData("""{"request_id":"req-1","status":"ERROR"}""", NBErrorId.ProviderUnavailable)]
    [InlineData("""{"request_id":"req-1","status":"OK","payload":{"images":[]}}""", NBErrorId.NoImageReturned)]
    public async Task Every_way_to_fail_has_its_cause(string body, NBErrorId cause)
    {
        rig.Submitted("Fal", "req-1");
        JobRecord job = (await rig.ReceiveAsync(rig.FromFal(body))).Job;
        Assert.Equal((NBJobState.Failed, cause), (job.State, job.ErrorId));
    }

    [Theory]
    [InlineData("""{"request_id":"req-1","status":"OK","payload":null,"payload_error":"could not be serialized"}""")]
    [InlineData("""{"request_id":"req-1","status":"OK","payload":{"images":[{"url":"data:image/png;base64,AAAA"}]}}""")]
    public async Task A_result_without_an_address_leaves_the_job_to_whoever_waits_for_it(string body)
    {
        rig.Submitted("Fal", "req-1");
        JobRecord job = (await rig.ReceiveAsync(rig.FromFal(body))).Job;
        Assert.Equal(NBJobState.Running, job.State);
        Assert.Empty(job.Pictures);
    }

    [Fact]
    public async Task A_picture_that_exists_wins_over_a_failure_that_was_written_down()
    {
        rig.Submitted("Fal", "req-1", NBJobState.Failed);
        Assert.Equal(NBJobState.Succeeded, (await rig.ReceiveAsync(rig.FromFal(Finished))).Job.State);
    }

    [Theory]
    [InlineData(NBJobState.Succeeded)]
    [InlineData(NBJobState.Received)]
    [InlineData(NBJobState.Expired)]
    [InlineData(NBJobState.Cancelled)]
    public async Task A_failure_that_comes_late_takes_nothing_back(NBJobState state)
    {
        rig.Submitted("Fal", "req-1", state);
        WebhookReceipt receipt = await rig.ReceiveAsync(rig.FromFal(Refused));
        Assert.True(receipt.IsDuplicate);
        Assert.Equal(state, receipt.Job.State);
        Assert.Empty(rig.Jobs.Written);
    }

    [Fact]
    public async Task A_job_whose_pictures_are_on_disk_is_never_written_again()
    {
        rig.Submitted("Fal", "req-1", NBJobState.Received);
        Assert.True((await rig.ReceiveAsync(rig.FromFal(Finished))).IsDuplicate);
        Assert.Empty(rig.Jobs.Written);
    }

    [Theory]
    [InlineData("""{"request_id":"req-1","status":"DONE","payload":{}}""")]
    [InlineData("""{"status":"OK","payload":{"images":[{"url":"https://v3.fal.media/a.png"}]}}""")]
    [InlineData("""{"request_id":"req-1","status":"OK","payload":{"images":[{"url":"nb-picture:0"}]}}""")]
    [InlineData("""{"request_id":"req-1","status":"OK","payload":{"images":[{"url":"nb-picture:-1"}]}}""")]
    [InlineData("""{"request_id":"req-1","status":"OK","payload":{"images":[{"url":"no address"}]}}""")]
    [InlineData("""{"request_id":"req\u00001","status":"OK","payload":null}""")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("")]
    [InlineData("<html></html>")]
    public async Task Garbage_is_refused_though_its_signature_is_good(string body)
    {
        rig.Submitted("Fal", "req-1");
        Assert.Equal(NBErrorId.InvalidRequest, (await rig.RefusalAsync(rig.FromFal(body))).ErrorId);
        Assert.Empty(rig.Jobs.Written);
    }
}
