using System.Text;
using System.Text.Json;
using NanoBanana.Engine.Providers;
using NanoBanana.Engine.Requests;
using NanoBanana.Engine.Transport;

namespace NanoBanana.Engine.Tests.Fuzz;

/// <summary>
/// Answers that no provider should give. A reader says JsonException (the answer is broken) or NBException (the provider's error); what
/// reads errors says nothing but an error, because it runs when something has gone wrong already.
/// </summary>
public sealed class ProviderAnswerFuzzTests
{
    private const long MostBytesForOne = 1024 * 1024;
    private static readonly int[] Refusals = [400, 401, 402, 403, 404, 408, 409, 410, 422, 429, 499, 500, 502, 503, 504];
    private static readonly CallKind[] Kinds = [CallKind.Submit, CallKind.SubmitIdempotent, CallKind.Status, CallKind.Result, CallKind.Cancel, CallKind.Upload];

    public static TheoryData<string> Providers => [.. Samples.Keys];

    private static Dictionary<string, string[]> Samples { get; } = new(StringComparer.Ordinal)
    {
        ["Fal"] =
        [
            """{"status":"IN_QUEUE","request_id":"764cabcf","queue_position":3,"response_url":"https://queue.fal.run/a/b/requests/764cabcf","status_url":"https://queue.fal.run/a/b/requests/764cabcf/status","cancel_url":"https://queue.fal.run/a/b/requests/764cabcf/cancel"}""",
            """{"status":"COMPLETED","request_id":"764cabcf","logs":[{"message":"painting","timestamp":"2026-01-01T00:00:00Z","level":"INFO"}],"metrics":{"inference_time":3.2}}""",
            """{"status":"COMPLETED","request_id":"764cabcf","error":"Request timed out","error_type":"request_timeout"}""",
            """{"status":"COMPLETED","error":{"message":"m","type":"t","request_id":"r"},"error_type":null}""",
            """{"images":[{"url":"https://v3.fal.media/files/a.png","content_type":"image/png","file_name":"a.png","width":1024,"height":1024,"file_size":123}],"description":"a cat"}""",
            """{"images":[{"url":"nb-picture:0","content_type":"image/png"},{"url":"nb-picture:1"}],"description":""}""",
            """{"detail":[{"loc":["body","num_images"],"msg":"too many","type":"less_than_equal","ctx":{"le":4}}]}""",
            """{"detail":"Exhausted balance","error_type":"client_error"}""",
            """{"error":{"type":"authorization_error","message":"no","request_id":"x"}}""",
            """{"upload_url":"https://storage.example.com/put?sig=1","file_url":"https://v3.fal.media/up/a.png"}""",
            """{"status":"ALREADY_COMPLETED"}""",
        ],
        ["ApiDot"] =
        [
            """{"code":200,"data":{"task_id":"t-1","status":"not_started","created_time":"2026-01-01T00:00:00"}}""",
            """{"code":200,"data":{"task_id":"t-1","status":"finished","output":{"files":[{"file_url":"https://cdn.apidot.ai/a.png","file_type":"image"}]}}}""",
            """{"code":200,"data":{"task_id":"t-1","status":"finished","files":[{"file_url":"https://cdn.apidot.ai/a.png"}]}}""",
            """{"code":200,"data":{"task_id":"t-1","status":"failed","error_message":"content policy"}}""",
            """{"code":402,"error":{"message":"Insufficient credits","type":"insufficient_credits_error"}}""",
            """{"code":500,"error":"broken","message":"words"}""",
        ],
        ["Apiframe"] =
        [
            """{"jobId":"j-1","status":"QUEUED"}""",
            """{"id":"j-1","status":"COMPLETED","result":{"images":["https://cdn.apiframe.ai/a.png",{"url":"https://cdn.apiframe.ai/b.png"}]},"creditCost":7.5,"expired":false}""",
            """{"id":"j-1","status":"COMPLETED","result":"https://cdn.apiframe.ai/a.png"}""",
            """{"id":"j-1","status":"FAILED","error":{"message":"safety","code":"x"}}""",
            """{"error":"Validation failed","details":{"nanoBananaParams.aspect_ratio":["bad","worse"],"prompt":"long"}}""",
            """{"error":"Insufficient credits","creditsRequired":10,"creditsAvailable":2.5}""",
            """{"url":"https://cdn.apiframe.ai/up.png"}""",
        ],
        ["ApiMaster"] =
        [
            """{"code":200,"data":[{"status":"submitted","task_id":"task_1"}]}""",
            """{"created":1,"data":[{"url":"https://cdn.apimaster.ai/a.png"}]}""",
            """{"code":200,"data":{"id":"task_1","status":"completed","progress":100,"result":{"images":[{"url":["https://cdn.apimaster.ai/a.png"],"expires_at":1}]}}}""",
            """{"code":200,"data":{"id":"task_1","status":"failed","error":{"message":"moderation","code":"moderation_blocked"}}}""",
            """{"code":200,"data":{"status":"error","error":"plain"}}""",
            """{"error":{"message":"quota","type":"insufficient_quota","code":"insufficient_user_quota"}}""",
        ],
        ["Prospolabs"] =
        [
            """{"generation_id":"g-1","status":"completed","estimated_cost_usd":0.60,"output_url":"https://cdn.prospolabs.com/a.png","output_urls":["https://cdn.prospolabs.com/b.png"]}""",
            """{"generation_id":"g-1","status":"failed","error":"safety"}""",
            """{"code":"output_expired","message":"gone","detail":"x"}""",
            """{"error":{"message":"words","code":"bad"}}""",
        ],
    };

    [Theory]
    [MemberData(nameof(Providers))]
    public void A_broken_answer_is_a_broken_answer_and_nothing_worse(string name)
    {
        IImageProvider provider = new ProviderRegistry().Find(name);
        var endpoint = new ProviderEndpoint(name, provider.Hosts, baseUri: null);
        ImageRequest queued = new() { Prompt = "a cat", Model = provider.Capabilities.Models[0], Provider = name, Output = new OutputOptions { Directory = "/" } };
        ImageRequest direct = queued with { Direct = true };
        byte[][] samples = [.. Samples[name].Select(Encoding.UTF8.GetBytes)];
        Mutation.Try(samples, (seed, input) =>
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            ApiAnswer answer = provider.Normalise(Answer(input, status: 200));
            Read(() => Follow(provider, endpoint, provider.ReadSubmission(seed % 2 == 0 ? queued : direct, answer)));
            if (name != "Prospolabs") Read(() => provider.ReadStatus(input));
            if (name == "Fal")
            {
                Read(() => provider.ReadResult(answer));
                Read(() => provider.ReadCancel(answer));
            }

            if (name is "Fal" or "Apiframe") Read(() => provider.ReadUpload(answer));
            ApiAnswer refusal = Answer(input, Refusals[seed % Refusals.Length]);
            CallKind kind = Kinds[seed % Kinds.Length];
            Assert.NotEmpty(provider.ReadError(refusal, kind).Message);
            _ = provider.IsFinal(refusal) || provider.IsDefiniteRefusal(refusal, new ApiCall(kind, HttpMethod.Post, new Uri("https://x.example.com/")));
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, MostBytesForOne);
        });
    }

    /// <summary>An answer inside which one picture was written to a file.</summary>
    private static ApiAnswer Answer(byte[] body, int status) => new()
    {
        StatusCode = status,
        Body = body,
        Headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase),
        Pictures = ["/tmp/one.partial"],
    };

    /// <summary>The calls that a submit's answer leads to: they go to the provider's own hosts, or nowhere.</summary>
    private static Submission Follow(IImageProvider provider, ProviderEndpoint endpoint, Submission submission)
    {
        if (submission.Result is not null) return submission;
        ApiCall?[] calls = [provider.Status(submission.Job), provider.Stream(submission.Job), provider.Result(submission.Job), provider.Cancel(submission.Job)];
        foreach (ApiCall call in calls.OfType<ApiCall>()) Read(() => { endpoint.RequireTrusted(call.Uri); return call; });
        return submission;
    }

    private static void Read<T>(Func<T> read)
    {
        try
        {
            read();
        }
        catch (Exception exception) when (exception is JsonException or NBException)
        {
            // The two that are documented.
        }
    }
}
