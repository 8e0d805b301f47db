using System.Text;
using NanoBanana.Engine.Transport;
using NanoBanana.Engine.Webhooks;

namespace NanoBanana.Engine.Tests.Webhooks;

public sealed class ApiframeWebhookTests : IDisposable
{
    private const string Finished =
        """{"event":"completed","jobId":"j-1","status":"COMPLETED","result":{"images":["https://cdn.apiframe.ai/a.png"]},"model":"nano-banana-2","creditCost":12.5,"completedAt":"2026-11-21T12:00:00Z"}""";

    private const string Progress = """{"event":"progress","jobId":"j-1","status":"PROCESSING","progress":40,"model":"nano-banana-2"}""";

    private readonly WebhookRig rig = new();

    public void Dispose() => rig.Dispose();

    [Fact]
    public async Task The_signature_is_the_HMAC_under_the_digest_of_the_key()
    {
        // Made with: printf '%s' '{"jobId":"j-1"}' | openssl dgst -sha256 -mac HMAC -macopt hexkey:$(printf key | sha256sum | cut -c-64)
        const string expected = "c3fcd4d6d7d536db579520b34f17f3cdaa6f61ba765c11fd04c053520f06ee27";
        rig.Key = static () => SecretKey.FromText("key");
        byte[] body = Encoding.UTF8.GetBytes("""{"jobId":"j-1"}""");
        NBException error = await rig.RefusalAsync(new WebhookDelivery(body, [new("x-webhook-signature", "sha256=" + expected)]));
        Assert.Equal(NBErrorId.InvalidRequest, error.ErrorId); // Past the signature: it is the state that is missing.
    }

    [Fact]
    public async Task A_signed_delivery_makes_the_job_succeed_with_its_addresses_and_credits()
    {
        rig.Submitted("Apiframe", "j-1");
        WebhookReceipt receipt = await rig.ReceiveAsync(WebhookRig.FromApiframe(Finished));

        Assert.True(receipt.IsVerified);
        Assert.Equal(NBJobState.Succeeded, receipt.Job.State);
        Assert.Equal(new Uri("https://cdn.apiframe.ai/a.png"), Assert.Single(receipt.Job.Pictures).Uri);
        Assert.Equal(12.5m, receipt.Job.Credits);
        Assert.Equal(["Apiframe"], rig.KeysAsked);
        Assert.Empty(rig.Stub.Requests);
    }

    [Fact]
    public async Task A_delivery_is_told_by_its_form_when_a_gateway_dropped_the_event_header()
    {
        rig.Submitted("Apiframe", "j-1");
        WebhookDelivery full = WebhookRig.FromApiframe(Finished);
        WebhookReceipt receipt = await rig.ReceiveAsync(new WebhookDelivery(full.Body, [new("X-WEBHOOK-SIGNATURE", full.Header("X-Webhook-Signature")!)]));
        Assert.True(receipt.IsVerified);
    }

    [Fact]
    public async Task A_delivery_that_is_played_again_is_a_duplicate()
    {
        rig.Submitted("Apiframe", "j-1");
        await rig.ReceiveAsync(WebhookRig.FromApiframe(Finished));
        Assert.True((await rig.ReceiveAsync(WebhookRig.FromApiframe(Finished))).IsDuplicate);
        Assert.Single(rig.Jobs.Written);
    }

    [Fact]
    public async Task Progress_makes_the_job_run_once_and_never_goes_back()
    {
        rig.Submitted("Apiframe", "j-1");
        Assert.Equal(NBJobState.Running, (await rig.ReceiveAsync(WebhookRig.FromApiframe(Progress))).Job.State);
        Assert.True((await rig.ReceiveAsync(WebhookRig.FromApiframe(Progress))).IsDuplicate);
        await rig.ReceiveAsync(WebhookRig.FromApiframe(Finished));
        WebhookReceipt late = await rig.ReceiveAsync(WebhookRig.FromApiframe(Progress));

        Assert.True(late.IsDuplicate);
        Assert.Equal(NBJobState.Succeeded, late.Job.State);
        Assert.Equal([NBJobState.Running, NBJobState.Succeeded], rig.Jobs.Written.Select(job => job.State));
    }

    [Theory]
    [InlineData("""{"event":"failed","jobId":"j-1","status":"FAILED","error":"the safety filter said no"}""", NBJobState.Failed, NBErrorId.ContentRejected)]
    [InlineData("""{"event":"failed","jobId":"j-1","error":{"message":"boom"}}""", NBJobState.Failed, NBErrorId.ProviderUnavailable)]
    [InlineData("""{"event":"failed","jobId":"j-1","status":"CANCELLED"}""", NBJobState.Cancelled, NBErrorId.JobCancelled)]
    [InlineData("""{"event":"completed","jobId":"j-1","status":"completed","result":null}""", NBJobState.Failed, NBErrorId.NoImageReturned)]
    [InlineData("""{"event":"completed","jobId":"j-1","status":"COMPLETED","expired":true}""", NBJobState.Expired, NBErrorId.OutputExpired)]
    public async Task Every_way_to_fail_has_its_state_and_cause(string body, NBJobState state, NBErrorId cause)
    {
        rig.Submitted("Apiframe", "j-1");
        WebhookReceipt receipt = await rig.ReceiveAsync(WebhookRig.FromApiframe(body));
        Assert.Equal((state, cause), (receipt.Job.State, receipt.Job.ErrorId!.Value));
    }

    [Fact]
    public async Task A_tampered_body_is_refused()
    {
        rig.Submitted("Apiframe", "j-1");
        WebhookDelivery good = WebhookRig.FromApiframe(Finished);
        byte[] body = good.Body.ToArray();
        body[^2] ^= 1;
        Assert.Equal(NBErrorId.AccessDenied, (await rig.RefusalAsync(new WebhookDelivery(body, good.Headers))).ErrorId);
        Assert.Empty(rig.Jobs.Written);
    }

    [Fact]
    public async Task A_signature_of_another_key_is_refused_and_the_key_is_not_shown()
    {
        rig.Submitted("Apiframe", "j-1");
        NBException error = await rig.RefusalAsync(WebhookRig.FromApiframe(Finished, "afk_somebody-elses"));
        Assert.Equal(NBErrorId.AccessDenied, error.ErrorId);
        Assert.DoesNotContain("canary", error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("sha256=")]
    [InlineData("sha256=abc")]
    [InlineData("sha1=e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8")]
    [InlineData("sha256=zz564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155")]
    public async Task A_missing_or_broken_signature_is_refused_before_a_key_is_looked_for(string? signature)
    {
        rig.Submitted("Apiframe", "j-1");
        KeyValuePair<string, string>[] headers = signature is null ? [] : [new("X-Webhook-Signature", signature)];
        NBException error = await rig.RefusalAsync(new WebhookDelivery(Encoding.UTF8.GetBytes(Finished), headers));
        Assert.Equal(NBErrorId.AccessDenied, error.ErrorId);
        Assert.Empty(rig.KeysAsked);
    }

    [Fact]
    public async Task Without_a_key_the_error_is_that_of_the_key()
    {
        rig.Submitted("Apiframe", "j-1");
        rig.Key = static () => throw new NBException(NBErrorId.CredentialNotFound, "none");
        Assert.Equal(NBErrorId.CredentialNotFound, (await rig.RefusalAsync(WebhookRig.FromApiframe(Finished))).ErrorId);
    }

    [Fact]
    public async Task An_unknown_job_is_refused()
    {
        NBException error = await rig.RefusalAsync(WebhookRig.FromApiframe(Finished));
        Assert.Equal(NBErrorId.JobNotFound, error.ErrorId);
        Assert.Contains("j-1", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_provider_says_is_written_down_without_the_key()
    {
        rig.Submitted("Apiframe", "j-1");
        string body = $$"""{"event":"failed","jobId":"j-1","status":"FAILED","error":"bad key {{WebhookRig.ApiframeKey}}"}""";
        WebhookReceipt receipt = await rig.ReceiveAsync(WebhookRig.FromApiframe(body));
        Assert.Contains("bad key ***", receipt.Job.ErrorMessage, StringComparison.Ordinal);
        Assert.DoesNotContain("canary", receipt.Job.ErrorMessage, StringComparison.Ordinal);
    }
}
