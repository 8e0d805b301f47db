using System.Text;
using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using NanoBanana.Engine.Jobs;
using NanoBanana.Engine.Requests;
using NanoBanana.Engine.Tests.Support;
using NanoBanana.Engine.Transport;

namespace NanoBanana.Engine.Tests.Providers;

/// <summary>
/// Answers made from valid ones by changing the types of optional fields, adding fields, wrapping texts in lists, changing the
/// case of states, or adding a byte order mark: each still gives the image.
/// </summary>
public sealed class LenientAnswerTests : IDisposable
{
    /// <summary>Names of fields that an image cannot be found without; all others are optional.</summary>
    private static readonly string[] Needed =
        ["request_id", "task_id", "jobId", "generation_id", "status", "data", "output", "files", "file_url", "images", "url", "result", "output_url"];

    private static readonly Func<JsonNode?>[] Values =
        [() => null, () => new JsonObject(), () => new JsonArray(), () => "🍌 text", () => 3.5, () => -1, () => false, () => new JsonArray(1, "x", null), () => new JsonObject { ["a"] = "b" }];

    private static readonly Dictionary<string, (string Submit, string Status, string? Result)> Valid = new(StringComparer.Ordinal)
    {
        ["Fal"] = (
            """{"status":"IN_QUEUE","request_id":"job-1","queue_position":3,"logs":null,"metrics":{}}""",
            """{"status":"COMPLETED","request_id":"job-1","queue_position":0,"logs":[{"message":"m","level":"INFO","timestamp":"t"}],"metrics":{"inference_time":3.2}}""",
            """{"images":[{"url":"https://cdn.example.com/a.png","content_type":"image/png","file_name":"a.png","width":1024,"height":1024,"file_size":123}],"description":"a cat","seed":7}"""),
        ["ApiDot"] = (
            """{"code":200,"data":{"task_id":"job-1","status":"not_started","created_time":"2026-01-01T00:00:00"}}""",
            """{"code":200,"data":{"task_id":"job-1","status":"finished","progress":100,"output":{"files":[{"file_url":"https://cdn.example.com/a.png","file_type":"image"}]}}}""",
            null),
        ["Apiframe"] = (
            """{"jobId":"job-1","status":"QUEUED","model":"nano-banana-2"}""",
            """{"id":"job-1","status":"COMPLETED","progress":100,"result":{"images":[{"url":"https://cdn.example.com/a.png"}]},"creditCost":7.5,"expired":false,"createdAt":"t"}""",
            null),
        ["ApiMaster"] = (
            """{"code":200,"data":[{"status":"submitted","task_id":"job-1"}]}""",
            """{"code":200,"data":{"id":"job-1","status":"completed","progress":100,"result":{"images":[{"url":["https://cdn.example.com/a.png"],"expires_at":1}]}}}""",
            null),
        ["Prospolabs"] = (
            """{"generation_id":"job-1","status":"completed","model":"m","estimated_cost_usd":0.60,"output_url":"https://cdn.example.com/a.png","duration_ms":8000}""",
            "{}",
            null),
    };

    private readonly TempFolder folder = new();

    public static TheoryData<string> Providers => [.. Valid.Keys];

    public void Dispose() => folder.Dispose();

    [Theory]
    [MemberData(nameof(Providers))]
    public void An_answer_that_is_changed_where_nothing_depends_on_it_still_gives_the_image(string provider) =>
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(150),
            Prop.ForAll(Gen.Choose(0, int.MaxValue - 10).ToArbitrary(), seed => Run(provider, seed) is { Path: not null }));

    private NBImage Run(string provider, int seed)
    {
        (string submit, string status, string? result) = Valid[provider];
        var changed = new Dictionary<string, byte[]>(StringComparer.Ordinal)
        {
            ["submit"] = Change(submit, seed),
            ["status"] = Change(status, seed + 1),
            ["result"] = Change(result ?? "{}", seed + 2),
        };
        using var stub = new StubHandler(request => Answer(request, changed));
        using var engine = new ImageEngine(
            new EngineOptions { Key = static _ => SecretKey.FromText(FalStub.Key), MessageHandler = stub, TimeProvider = new ImpatientTimeProvider() }, new RecordingJournal());
        var request = new ImageRequest { Prompt = "a cat", Provider = provider, Output = new OutputOptions { Directory = folder.Path } };
        List<JobEvent> events = [.. engine.RunAsync(EngineRig.Stream([request]), new BatchOptions { MaximumRetryCount = 0 }).ToBlockingEnumerable()];
        string errors = string.Concat(events.OfType<JobFailed>().Select(static failed => failed.Error.Message));
        string answers = string.Join('\n', changed.Values.Select(Encoding.UTF8.GetString));
        return events.OfType<ImageReceived>().SingleOrDefault()?.Image ?? throw new InvalidOperationException($"{errors}\n{answers}");
    }

    private static HttpResponseMessage Answer(SeenRequest request, Dictionary<string, byte[]> changed)
    {
        string path = request.Uri.AbsolutePath;
        if (request.Uri.Host == "cdn.example.com") return Answers.Bytes(Pictures.Png());
        if (path.EndsWith("/stream", StringComparison.Ordinal)) return Answers.Json("{}", 404);
        string step = request.Method == HttpMethod.Post ? "submit"
            : path.Contains("/status", StringComparison.Ordinal) || path.Contains("/jobs/", StringComparison.Ordinal) || path.Contains("/tasks/", StringComparison.Ordinal) ? "status" : "result";
        return Answers.Bytes(changed[step], "application/json");
    }

    private static byte[] Change(string valid, int seed)
    {
        var random = new Random(seed);
        JsonNode root = JsonNode.Parse(valid)!;
        Change(root, random);
        byte[] json = Encoding.UTF8.GetBytes(root.ToJsonString());
        return random.Next(3) switch
        {
            0 => [.. Encoding.UTF8.GetPreamble(), .. json],
            1 => [.. Encoding.Unicode.GetPreamble(), .. Encoding.Unicode.GetBytes(root.ToJsonString())],
            _ => json,
        };
    }

    private static void Change(JsonNode node, Random random)
    {
        if (node is JsonArray list)
        {
            foreach (JsonNode item in list.OfType<JsonNode>().ToArray()) Change(item, random);
        }

        if (node is not JsonObject fields) return;
        foreach ((string name, JsonNode? value) in fields.ToArray())
        {
            if (value is JsonObject or JsonArray) Change(value, random);
            if (Array.IndexOf(Needed, name) < 0 && random.Next(2) == 0) fields[name] = Values[random.Next(Values.Length)]();
            else if (name == "status") fields[name] = Case(value!.GetValue<string>(), random);
            if (fields[name] is JsonValue text && text.GetValueKind() == System.Text.Json.JsonValueKind.String && random.Next(3) == 0) fields[name] = new JsonArray(text.GetValue<string>());
        }

        if (random.Next(2) == 0) fields.Insert(random.Next(fields.Count + 1), $"unknown_{random.Next(1000)}", Values[random.Next(Values.Length)]());
    }

    private static string Case(string state, Random random) =>
        new([.. state.Select(letter => random.Next(2) == 0 ? char.ToUpperInvariant(letter) : char.ToLowerInvariant(letter))]);
}
