using System.Text;
using NanoBanana.Engine.Jobs;
using NanoBanana.Engine.Webhooks;

namespace NanoBanana.Engine.Tests.Webhooks;

/// <summary>Providers that document no signature: what can be known is whether the job is ours.</summary>
public sealed class UnsignedWebhookTests : IDisposable
{
    private const string Finished = """{"code":200,"data":{"task_id":"task-1","status":"finished","files":[{"file_url":"https://cdn.apidot.ai/a.png","file_type":"image"}]}}""";

    private const string Failed = """{"code":200,"data":{"task_id":"task-1","status":"failed","error_message":"no"}}""";
    private const string Running = """{"code":200,"data":{"task_id":"task-1","status":"running"}}""";

    private readonly WebhookRig rig = new();

    public void Dispose() => rig.Dispose();

    [Fact]
    public async Task A_delivery_for_a_job_of_the_journal_is_taken_and_marked()
    {
        rig.Submitted("ApiDot", "task-1");
        WebhookReceipt receipt = await rig.ReceiveAsync(WebhookRig.Plain(Finished));

        Assert.False(receipt.IsVerified);
        Assert.False(receipt.IsDuplicate);
        Assert.Equal(NBJobState.Running, receipt.Job.State);
        Assert.Null(receipt.Job.StartedAt); // Nobody saw it run.
        Assert.Equal((false, false), (receipt.ToPublic().WebhookVerified, receipt.ToPublic().WebhookDuplicate));
    }

    [Theory]
    [InlineData(Finished)]
    [InlineData(Failed)]
    public async Task An_end_that_nothing_proves_is_news_until_the_provider_was_asked(string body)
    {
        JobRecord job = rig.Submitted("ApiDot", "task-1");
        for (int times = 0; times < 3; times++) Assert.False((await rig.ReceiveAsync(WebhookRig.Plain(body))).IsDuplicate);
        JobRecord written = Assert.Single(rig.Jobs.Written);
        Assert.Equal(job with { State = NBJobState.Running, QueuePosition = null }, written);

        rig.Jobs.Put(written with { State = NBJobState.Succeeded }); // As Receive-NBJob writes it.
        Assert.True((await rig.ReceiveAsync(WebhookRig.Plain(body))).IsDuplicate);
    }

    [Fact]
    public async Task A_delivery_for_an_unknown_job_is_refused()
    {
        rig.Submitted("Fal", "task-1");
        Assert.Equal(NBErrorId.JobNotFound, (await rig.RefusalAsync(WebhookRig.Plain(Finished))).ErrorId);
    }

    [Fact]
    public async Task Progress_that_comes_twice_is_a_duplicate()
    {
        rig.Submitted("ApiDot", "task-1");
        await rig.ReceiveAsync(WebhookRig.Plain(Running));
        Assert.True((await rig.ReceiveAsync(WebhookRig.Plain(Running))).IsDuplicate);
        Assert.Single(rig.Jobs.Written);
    }

    [Theory]
    [InlineData(NBJobState.Succeeded)]
    [InlineData(NBJobState.Received)]
    [InlineData(NBJobState.Failed)]
    [InlineData(NBJobState.Cancelled)]
    [InlineData(NBJobState.Expired)]
    public async Task A_stranger_changes_nothing_of_a_job_that_has_ended(NBJobState state)
    {
        JobRecord job = rig.Submitted("ApiDot", "task-1", state);
        foreach (string body in new[] { Finished, Failed, Running })
        {
            WebhookReceipt receipt = await rig.ReceiveAsync(WebhookRig.Plain(body));
            Assert.True(receipt.IsDuplicate);
            Assert.Equal(job, receipt.Job);
        }

        Assert.Empty(rig.Jobs.Written);
    }

    [Theory]
    [InlineData("not_started", NBJobState.Submitted)]
    [InlineData("running", NBJobState.Running)]
    [InlineData("finished", NBJobState.Running)]
    [InlineData("failed", NBJobState.Running)]
    public async Task No_state_of_the_wire_ends_a_paid_job(string status, NBJobState state)
    {
        rig.Submitted("ApiDot", "task-1");
        string body = "{\"code\":200,\"data\":{\"task_id\":\"task-1\",\"status\":\"" + status + "\",\"error_message\":\"no\",\"files\":[{\"file_url\":\"https://evil.example/a.png\"}]}}";
        JobRecord job = (await rig.ReceiveAsync(WebhookRig.Plain(body))).Job;
        Assert.Equal((state, null, null), (job.State, job.ErrorId, job.ErrorMessage));
        Assert.Empty(job.Pictures);
    }

    [Fact]
    public async Task A_body_with_more_pictures_than_anybody_orders_is_garbage()
    {
        rig.Submitted("ApiDot", "task-1");
        string files = string.Join(',', Enumerable.Range(0, 65).Select(i => $"{{\"file_url\":\"https://cdn.apidot.ai/{i}.png\"}}"));
        string body = "{\"data\":{\"task_id\":\"task-1\",\"status\":\"finished\",\"files\":[" + files + "]}}";
        Assert.Equal(NBErrorId.InvalidRequest, (await rig.RefusalAsync(WebhookRig.Plain(body))).ErrorId);
    }

    [Theory]
    [InlineData("ApiMaster", """{"data":{"status":"completed"}}""")]
    [InlineData("Prospolabs", """{"generation_id":"gen_1","status":"completed"}""")]
    [InlineData(null, """{"generation_id":"gen_1","status":"completed"}""")]
    public async Task A_provider_that_documents_no_deliveries_is_refused_by_name(string? provider, string body)
    {
        NBException error = await rig.RefusalAsync(WebhookRig.Plain(body, provider));
        Assert.Equal(NBErrorId.InvalidRequest, error.ErrorId);
        Assert.Equal(provider ?? "Prospolabs", error.Provider);
        Assert.Contains("documents nothing", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", null)]
    [InlineData("{", null)]
    [InlineData("[]", null)]
    [InlineData("{}", null)]
    [InlineData("{}", "ApiDot")]
    [InlineData("""{"data":{}}""", "ApiDot")]
    [InlineData("""{"data":{"task_id":"","status":"finished"}}""", "ApiDot")]
    [InlineData("""{"data":{"task_id":"task-1","status":"finished","files":[{"file_url":"no address"}]}}""", "ApiDot")]
    [InlineData("{}", "Nobody")]
    public async Task Garbage_is_refused(string body, string? provider)
    {
        rig.Submitted("ApiDot", "task-1");
        Assert.Equal(NBErrorId.InvalidRequest, (await rig.RefusalAsync(WebhookRig.Plain(body, provider))).ErrorId);
        Assert.Empty(rig.Jobs.Written);
    }

    [Fact]
    public async Task A_name_longer_than_any_provider_gives_is_refused_and_not_repeated()
    {
        string body = "{\"data\":{\"task_id\":\"" + new string('a', 201) + "\",\"status\":\"running\"}}";
        NBException error = await rig.RefusalAsync(WebhookRig.Plain(body));
        Assert.Equal(NBErrorId.InvalidRequest, error.ErrorId);
        Assert.DoesNotContain("aaaa", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_without_end_is_refused_before_it_is_read()
    {
        var delivery = new WebhookDelivery(new byte[WebhookReceiver.LargestBody + 1], []);
        Assert.Equal(NBErrorId.InvalidRequest, (await rig.RefusalAsync(delivery)).ErrorId);
    }

    [Fact]
    public void A_header_that_is_given_twice_is_refused()
    {
        KeyValuePair<string, string>[] headers = [new("X-Webhook-Signature", "a"), new("x-webhook-signature", "b")];
        NBException error = Assert.Throws<NBException>(() => new WebhookDelivery(Encoding.UTF8.GetBytes("{}"), headers));
        Assert.Equal(NBErrorId.InvalidRequest, error.ErrorId);
    }
}
