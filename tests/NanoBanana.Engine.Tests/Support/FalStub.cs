using System.Globalization;

namespace NanoBanana.Engine.Tests.Support;

/// <summary>A fal that takes everything, works at once and makes pictures of 1024 pixels; each step can be replaced.</summary>
internal sealed class FalStub
{
    public const string Key = "canary-0123456789abcdef";
    private int submits;

    public FalStub() => Handler = new StubHandler(RespondAsync);

    public StubHandler Handler { get; }

    /// <summary>Answers in the place of the stub; null where the stub shall answer.</summary>
    public Func<SeenRequest, HttpResponseMessage?> Instead { get; set; } = static _ => null;

    /// <summary>The same for an answer that takes time.</summary>
    public Func<SeenRequest, CancellationToken, Task<HttpResponseMessage?>> InsteadAsync { get; set; } =
        static (_, _) => Task.FromResult<HttpResponseMessage?>(null);

    public IReadOnlyList<SeenRequest> Submits => [.. Handler.Requests.Where(IsSubmit)];

    public IReadOnlyList<SeenRequest> Looks => [.. Handler.Requests.Where(IsLook)];

    public static bool IsSubmit(SeenRequest request) => request.Method == HttpMethod.Post && request.Uri.Host is "queue.fal.run" or "fal.run";

    public static bool IsStream(SeenRequest request) => request.Uri.AbsolutePath.EndsWith("/status/stream", StringComparison.Ordinal);

    public static bool IsLook(SeenRequest request) => request.Uri.AbsolutePath.EndsWith("/status", StringComparison.Ordinal);

    public static bool IsResult(SeenRequest request) => request.Method == HttpMethod.Get && request.Uri.Host == "queue.fal.run" && !IsStream(request) && !IsLook(request);

    public static bool IsDownload(SeenRequest request) => request.Uri.Host == "v3.fal.media";

    public static string Submitted(string id, string host = "https://queue.fal.run") =>
        $$"""
        {"status":"IN_QUEUE","request_id":"{{id}}","queue_position":0,
         "response_url":"{{host}}/fal-ai/nano-banana-2/requests/{{id}}",
         "status_url":"{{host}}/fal-ai/nano-banana-2/requests/{{id}}/status",
         "cancel_url":"{{host}}/fal-ai/nano-banana-2/requests/{{id}}/cancel"}
        """;

    public static string Status(string state) => $$"""{"status":"{{state}}","request_id":"req-1"}""";

    public static string Output(params string[] urls) =>
        $$"""{"images":[{{string.Join(',', urls.Select(url => $$"""{"url":"{{url}}","content_type":"image/png","file_name":"x.png"}"""))}}],"description":""}""";

    private async Task<HttpResponseMessage> RespondAsync(SeenRequest request, CancellationToken cancellationToken) =>
        await InsteadAsync(request, cancellationToken) ?? Instead(request) ?? Usual(request);

    private HttpResponseMessage Usual(SeenRequest request)
    {
        if (request.Uri.Host == "fal.run") return Answers.Json(Output("https://v3.fal.media/files/direct.png")).With("x-fal-request-id", "direct-1");
        if (IsSubmit(request))
        {
            return Answers.Json(Submitted(string.Create(CultureInfo.InvariantCulture, $"req-{Interlocked.Increment(ref submits)}")));
        }

        if (IsStream(request)) return Answers.Events(Status("IN_PROGRESS"), Status("COMPLETED"));
        if (IsLook(request)) return Answers.Json(Status("COMPLETED"));
        if (request.Uri.Host == "rest.fal.ai")
        {
            string name = request.Json.GetProperty("file_name").GetString()!;
            return Answers.Json($$"""{"upload_url":"https://storage.example.com/put/{{name}}?sig=1","file_url":"https://v3.fal.media/up/{{name}}"}""");
        }

        if (request.Uri.Host == "storage.example.com") return Answers.Text(string.Empty, "text/plain");
        if (IsDownload(request)) return Answers.Bytes(Pictures.Png());
        if (request.Uri.AbsolutePath.EndsWith("/cancel", StringComparison.Ordinal)) return Answers.Json("""{"status":"CANCELLATION_REQUESTED"}""", 202);
        return Answers.Json(Output($"https://v3.fal.media/files/{request.Uri.Segments[^1]}.png"));
    }
}
