using System.Text;
using NanoBanana.Engine.Tests.Fuzz;
using NanoBanana.Engine.Webhooks;

namespace NanoBanana.Engine.Tests.Webhooks;

/// <summary>Strangers can send anything to an address that is open to the world: it ends as a job, or as the typed error.</summary>
public sealed class WebhookFuzzTests : IDisposable
{
    private static readonly string[] Fal =
    [
        """{"request_id":"req-1","gateway_request_id":"req-2","status":"OK","payload":{"images":[{"url":"https://v3.fal.media/a.png","content_type":"image/png","width":1024,"height":1024,"file_size":12}],"description":"a \u00e9"}}""",
        """{"request_id":"req-1","status":"ERROR","error":"Invalid status code: 422","payload":{"detail":[{"loc":["body","prompt"],"msg":"no","type":"content_policy_violation"}]}}""",
        """{"request_id":"req-1","status":"OK","payload":null,"payload_error":"too big"}""",
    ];

    private static readonly string[] Apiframe =
    [
        """{"event":"completed","jobId":"j-1","status":"COMPLETED","result":{"images":[{"url":"https://cdn.apiframe.ai/a.png"},"https://cdn.apiframe.ai/b.png"]},"creditCost":12.5}""",
        """{"event":"failed","jobId":"j-1","status":"FAILED","error":{"message":"no","code":7}}""",
        """{"event":"progress","jobId":"j-1","status":"PROCESSING","progress":40}""",
    ];

    private static readonly string[] ApiDot =
    [
        """{"code":200,"data":{"task_id":"task-1","status":"finished","output":{"files":[{"file_url":"https://cdn.apidot.ai/a.png","file_type":"image"}]},"error_message":null}}""",
        """{"code":200,"data":{"task_id":"task-1","status":"failed","error_message":"moderation"}}""",
    ];

    private static readonly string[] Pieces =
        ["null", "{}", "[]", "\"\"", "-1", "1e400", "9999999999999999999999", "\"\\ud800\"", "\"nb-picture:7\"", "\"data:image/png;base64,AA\"", "\"file:///etc/passwd\"", "\"http://169.254.169.254/\"", "[[[[[[[[", "{\"a\":", "\"\u0000\"", "true"];

    private readonly WebhookRig rig = new();

    public void Dispose() => rig.Dispose();

    [Fact]
    public async Task Mutated_bodies_end_as_jobs_or_typed_errors_and_stay_small()
    {
        rig.Submitted("Fal", "req-1");
        rig.Submitted("Apiframe", "j-1");
        rig.Submitted("ApiDot", "task-1");
        var random = new Random(20261121);
        var outcomes = new Dictionary<string, int>(StringComparer.Ordinal);
        long most = 0;
        for (int i = 0; i < Mutation.Inputs; i++)
        {
            WebhookDelivery delivery = Make(i, random);
            long before = GC.GetAllocatedBytesForCurrentThread();
            string outcome = await OutcomeAsync(delivery);
            most = Math.Max(most, GC.GetAllocatedBytesForCurrentThread() - before);
            outcomes[outcome] = outcomes.GetValueOrDefault(outcome) + 1;
            if (i % 1000 == 0) Renew();
        }

        Assert.Equal(["AccessDenied", "InvalidRequest", "JobNotFound", "taken"], outcomes.Keys.Order(StringComparer.Ordinal));
        Assert.All(outcomes.Values, count => Assert.True(count > Mutation.Inputs / 1000, string.Join(", ", outcomes)));
        Assert.True(most < 8 * 1024 * 1024, $"A delivery of a kilobyte took {most:N0} bytes.");
    }

    [Fact]
    public void Mutated_bodies_of_fal_are_read_or_refused()
    {
        // Straight to the reader: a signature for each would take minutes, and would be refused or accepted alike.
        var random = new Random(20261122);
        var provider = WebhookRig.Registry.Find("Fal");
        int read = 0;
        for (int i = 0; i < Mutation.Inputs; i++)
        {
            byte[] body = Mutate(Encoding.UTF8.GetBytes(Fal[i % Fal.Length]), random);
            try
            {
                WebhookEvent told = provider.ReadWebhook(body);
                Assert.True(told.RemoteId.Length <= 200 && told.Outputs.Count <= 64 && (told.Error is null) == (told.State != WebhookState.Failed));
                read++;
            }
            catch (Exception exception) when (exception is System.Text.Json.JsonException or FormatException or InvalidOperationException)
            {
                // What the receiver makes an InvalidRequest of.
            }
        }

        Assert.InRange(read, Mutation.Inputs / 100, Mutation.Inputs * 99 / 100);
    }

    private WebhookDelivery Make(int i, Random random) => (i % 250) switch
    {
        0 => rig.FromFal(Encoding.UTF8.GetString(Mutate(Encoding.UTF8.GetBytes(Fal[i % Fal.Length]), random))),
        < 5 => new WebhookDelivery(Mutate(Encoding.UTF8.GetBytes(Fal[i % Fal.Length]), random), []),
        < 125 => WebhookRig.FromApiframe(Mutate(Encoding.UTF8.GetBytes(Apiframe[i % Apiframe.Length]), random)),
        < 140 => new WebhookDelivery(Mutate(Encoding.UTF8.GetBytes(Apiframe[i % Apiframe.Length]), random), [new("X-Webhook-Signature", Encoding.Latin1.GetString(Mutate("sha256=00"u8.ToArray(), random)))]),
        < 200 => new WebhookDelivery(Mutate(Encoding.UTF8.GetBytes(ApiDot[i % ApiDot.Length]), random), [], "ApiDot"),
        _ => new WebhookDelivery(Mutate(Encoding.UTF8.GetBytes(ApiDot[i % ApiDot.Length]), random), []),
    };

    private async Task<string> OutcomeAsync(WebhookDelivery delivery)
    {
        try
        {
            await rig.ReceiveAsync(delivery);
            return "taken";
        }
        catch (NBException error)
        {
            return error.ErrorId.ToString();
        }
    }

    /// <summary>Jobs that have ended take little more: from time to time they are as they were.</summary>
    private void Renew()
    {
        rig.Submitted("Fal", "req-1");
        rig.Submitted("Apiframe", "j-1");
        rig.Submitted("ApiDot", "task-1");
        rig.Jobs.Written.Clear();
    }

    private static byte[] Mutate(byte[] body, Random random)
    {
        for (int times = random.Next(4); times > 0 && body.Length > 0; times--)
        {
            int at = random.Next(body.Length);
            int end = at + random.Next(Math.Min(20, body.Length - at) + 1);
            body = random.Next(6) switch
            {
                0 => Turned(body, at, (byte)random.Next(256)),
                1 => body[..at],
                2 => [.. body[..at], .. body[end..]],
                3 => [.. body[..end], .. body[at..]],
                4 => AfterColon(body, at, Pieces[random.Next(Pieces.Length)]),
                _ => [.. body[..at], .. Encoding.UTF8.GetBytes(Pieces[random.Next(Pieces.Length)]), .. body[at..]],
            };
        }

        return body;
    }

    private static byte[] Turned(byte[] body, int at, byte value)
    {
        byte[] turned = [.. body];
        turned[at] = value;
        return turned;
    }

    /// <summary>Puts another value where one begins, so that what comes of it is still JSON.</summary>
    private static byte[] AfterColon(byte[] body, int from, string value)
    {
        int colon = Array.IndexOf(body, (byte)':', from);
        if (colon < 0) return body;
        int comma = Array.IndexOf(body, (byte)',', colon);
        return comma < 0 ? body : [.. body[..(colon + 1)], .. Encoding.UTF8.GetBytes(value), .. body[comma..]];
    }
}
