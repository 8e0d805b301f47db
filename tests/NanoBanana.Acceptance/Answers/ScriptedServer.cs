using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace NanoBanana.Acceptance.Answers;

/// <summary>A request as it arrived.</summary>
internal sealed record Arrived(string Method, string Path, string Body, int Time);

/// <summary>An answer, byte for byte.</summary>
internal sealed record Reply(int Status, byte[] Body, string Type = "application/json", params string[] Headers)
{
    /// <summary>Whether the connection ends before the announced length is there.</summary>
    public bool BreaksOff { get; init; }

    public static Reply Json(string text, int status = 200, params string[] headers) => new(status, Encoding.UTF8.GetBytes(text), "application/json", headers);

    public static Reply Text(string text, string type, int status = 200, params string[] headers) => new(status, Encoding.UTF8.GetBytes(text), type, headers);

    public static Reply Image(byte[] bytes, params string[] headers) => new(200, bytes, "image/png", headers);
}

/// <summary>What a prompt's first word stands for: the answers to each step; null for the usual one.</summary>
internal sealed class Script
{
    public Func<Arrived, Reply?> Submit { get; init; } = static _ => null;

    public Func<Arrived, Reply?> Status { get; init; } = static _ => null;

    public Func<Arrived, Reply?> Result { get; init; } = static _ => null;

    public Func<Arrived, Reply?> File { get; init; } = static _ => null;
}

/// <summary>
/// An HTTP server that stands for all five providers. The first word of a prompt picks the <see cref="Script"/>, and becomes the
/// job's id and a part of the image's address; a step without a script is answered as the provider documents it.
/// </summary>
internal sealed class ScriptedServer : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource ending = new();
    private readonly ConcurrentDictionary<string, int> times = new(StringComparer.Ordinal);
    private readonly IReadOnlyDictionary<string, Script> scripts;
    private readonly Task serving;

    public ScriptedServer(IReadOnlyDictionary<string, Script> scripts)
    {
        this.scripts = scripts;
        listener.Start();
        serving = Task.Run(ServeAsync);
    }

    /// <summary>An image that every test may be sent.</summary>
    public static byte[] Png { get; } = Convert.FromBase64String(
        "iVBORw0KGgoAAAANSUhEUgAABAAAAAQAAQAAAABXZhYuAAAAlklEQVR42u3BAQEAAACCIP+vbkhAAQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAADvBgQeAAEN3jhkAAAAAElFTkSuQmCC");

    public string Address => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}");

    public ConcurrentQueue<Arrived> Arrivals { get; } = new();

    public string FileAddress(string word, int number = 0) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{Address}/files/{word}/{number}.png");

    public async ValueTask DisposeAsync()
    {
        await ending.CancelAsync();
        listener.Stop();
        await serving;
        listener.Dispose();
        ending.Dispose();
    }

    private Reply Answer(string method, string path, string body)
    {
        bool isSubmit = method == "POST";
        string word = isSubmit ? FirstWord(body) : scripts.Keys.FirstOrDefault(key => path.Contains($"/{key}", StringComparison.Ordinal)) ?? string.Empty;
        string step = isSubmit ? "submit" : path.Contains("/files/", StringComparison.Ordinal) ? "file" : IsStatus(path) ? "status" : "result";
        var arrived = new Arrived(method, path, body, times.AddOrUpdate($"{word} {step} {(step == "file" ? path : string.Empty)}", 1, static (_, before) => before + 1));
        Arrivals.Enqueue(arrived);
        if (path.Contains("/stream", StringComparison.Ordinal)) return Reply.Text("no stream here", "text/plain", 404);
        Script script = scripts.GetValueOrDefault(word) ?? new Script();
        return step switch
        {
            "submit" => script.Submit(arrived) ?? Reply.Json(Submitted(path, word)),
            "status" => script.Status(arrived) ?? Reply.Json(Ended(path, word)),
            "result" => script.Result(arrived) ?? Reply.Json($$"""{"images":[{"url":"{{FileAddress(word)}}"}]}"""),
            _ => script.File(arrived) ?? Reply.Image(Png),
        };
    }

    private static bool IsStatus(string path) =>
        path.Contains("/status", StringComparison.Ordinal) || path.Contains("/jobs/", StringComparison.Ordinal) || path.Contains("/tasks/", StringComparison.Ordinal);

    private string Submitted(string path, string word) => path switch
    {
        _ when path.Contains("/generate/submit", StringComparison.Ordinal) => $$$"""{"code":200,"data":{"task_id":"{{{word}}}","status":"not_started"}}""",
        _ when path.Contains("/images/generate", StringComparison.Ordinal) && !path.Contains("generations", StringComparison.Ordinal) => $$"""{"jobId":"{{word}}","status":"QUEUED"}""",
        _ when path.Contains("/generations/async", StringComparison.Ordinal) => $$"""{"code":200,"data":[{"status":"submitted","task_id":"{{word}}"}]}""",
        _ when path.Contains("/generations", StringComparison.Ordinal) => $$"""{"data":[{"url":"{{FileAddress(word)}}"}]}""",
        _ when path.Contains("/v1/generate", StringComparison.Ordinal) => $$"""{"generation_id":"{{word}}","status":"completed","output_url":"{{FileAddress(word)}}"}""",
        _ => $$"""{"status":"IN_QUEUE","request_id":"{{word}}"}""",
    };

    private string Ended(string path, string word) => path switch
    {
        _ when path.Contains("/generate/status/", StringComparison.Ordinal) =>
            $$$$"""{"code":200,"data":{"task_id":"{{{{word}}}}","status":"finished","output":{"files":[{"file_url":"{{{{FileAddress(word)}}}}"}]}}}""",
        _ when path.Contains("/jobs/", StringComparison.Ordinal) => $$"""{"id":"{{word}}","status":"COMPLETED","result":"{{FileAddress(word)}}"}""",
        _ when path.Contains("/tasks/", StringComparison.Ordinal) => $$$$"""{"data":{"status":"completed","result":{"images":[{"url":["{{{{FileAddress(word)}}}}"]}]}}}""",
        _ => """{"status":"COMPLETED"}""",
    };

    private static string FirstWord(string body)
    {
        using JsonDocument document = JsonDocument.Parse(body);
        JsonElement root = document.RootElement;
        string prompt = (root.TryGetProperty("prompt", out JsonElement value) ? value : root.GetProperty("input").GetProperty("prompt")).GetString()!;
        return prompt.Split(' ')[0];
    }

    private async Task ServeAsync()
    {
        var open = new List<Task>();
        while (!ending.IsCancellationRequested)
        {
            try
            {
                open.Add(AnswerAsync(await listener.AcceptTcpClientAsync(ending.Token)));
            }
            catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                break;
            }
        }

        await Task.WhenAll(open);
    }

    private async Task AnswerAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                NetworkStream stream = client.GetStream();
                if (await HostileServer.ReadHeadAsync(stream, ending.Token) is not { } head) return;
                string[] words = head.Split(' ', 3);
                string length = head.Split("\r\n").FirstOrDefault(line => line.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase))?[15..] ?? "0";
                byte[] body = new byte[int.Parse(length, System.Globalization.CultureInfo.InvariantCulture)];
                await stream.ReadExactlyAsync(body, ending.Token);
                Reply reply = Answer(words[0], words[1], Encoding.UTF8.GetString(body));
                string more = string.Concat(reply.Headers.Select(header => header + "\r\n"));
                int announced = reply.Body.Length + (reply.BreaksOff ? 100 : 0);
                await stream.WriteAsync(
                    Encoding.UTF8.GetBytes(string.Create(
                        System.Globalization.CultureInfo.InvariantCulture,
                        $"HTTP/1.1 {reply.Status} Answer\r\nContent-Type: {reply.Type}\r\nContent-Length: {announced}\r\n{more}Connection: close\r\n\r\n")),
                    ending.Token);
                await stream.WriteAsync(reply.Body, ending.Token);
            }
            catch (Exception exception) when (exception is IOException or OperationCanceledException)
            {
                // The client has hung up.
            }
        }
    }
}
