using System.Text;
using NanoBanana.Sandbox.Faults;
using NanoBanana.Sandbox.Jobs;
using NanoBanana.Sandbox.Server;

namespace NanoBanana.Sandbox.Tests;

/// <summary>A plain client before any provider, in the same process or through a socket: the same requests both ways.</summary>
internal sealed class WireDesk : IAsyncDisposable
{
    private static readonly Dictionary<string, Wire> Wires = new(StringComparer.Ordinal)
    {
        ["Fal"] = new(
            "queue.fal.run", "/fal-ai/nano-banana-2", "/fal-ai/nano-banana-2/requests/{0}/status", "v3.fal.media", "Key test", """{"prompt":"%"}"""),
        ["ApiDot"] = new(
            "api.apidot.ai", "/api/generate/submit", "/api/generate/status/{0}", "files.apidot.ai", "Bearer test",
            """{"model":"nano-banana-2","input":{"prompt":"%"}}"""),
        ["Apiframe"] = new(
            "api.apiframe.ai", "/v2/images/generate", "/v2/jobs/{0}", "cdn.apiframe.ai", "Bearer test", """{"model":"nano-banana-2","prompt":"%"}"""),
        ["ApiMaster"] = new(
            "apimaster.ai", "/v1/images/generations/async", "/v1/tasks/{0}?model=gemini-3.1-flash-image", "media.apimaster.ai", "Bearer test",
            """{"model":"gemini-3.1-flash-image","prompt":"%"}"""),
        ["Prospolabs"] = new(
            "api.prospolabs.com", "/v1/generate", null, "cdn.prospolabs.com", "Bearer test",
            """{"model":"nano-banana-2","mode":"generate","prompt":"%","aspect_ratio":"1:1"}"""),
    };

    private readonly Wire _wire;
    private readonly HttpClient _http;
    private readonly SandboxServer? _server;
    private readonly string _prefix;

    private WireDesk(string provider, Simulator simulator, HttpMessageHandler handler, SandboxServer? server)
    {
        _wire = Wires[provider];
        _server = server;
        _prefix = server is null ? "https://" : $"{server.Address}{provider.ToLowerInvariant()}/";
        _http = new HttpClient(handler);
        Simulator = simulator;
    }

    public static IReadOnlyCollection<string> Providers => Wires.Keys;

    public Simulator Simulator { get; }

    public SandboxLedger Ledger => Simulator.Ledger;

    /// <summary>Every provider, in the process and on the socket.</summary>
    public static TheoryData<string, bool> Everywhere()
    {
        var data = new TheoryData<string, bool>();
        foreach (var provider in Providers)
        {
            data.Add(provider, false);
            data.Add(provider, true);
        }

        return data;
    }

    /// <summary>Opens a desk; <c>{submit}</c> in the faults stands for what orders a picture there.</summary>
    public static async Task<WireDesk> OpenAsync(string provider, bool onSocket, string faults = "", TimeProvider? clock = null)
    {
        var plan = FaultPlan.Parse(faults.Replace("{submit}", SubmitWord(provider), StringComparison.Ordinal));
        var options = new SandboxOptions { Latency = TimeSpan.Zero, Faults = plan };
        if (!onSocket)
        {
            var simulator = new Simulator(clock);
            return new WireDesk(provider, simulator, simulator.CreateHandler(options), server: null);
        }

        var server = await SandboxServer.StartAsync(new SandboxServerOptions { Sandbox = options, TimeProvider = clock ?? TimeProvider.System });
        return At(provider, server, ownsServer: true);
    }

    /// <summary>A client of its own, with connections of its own, before a server that others use too.</summary>
    public static WireDesk At(string provider, SandboxServer server, bool ownsServer = false) =>
        new(provider, server.Simulator, new SocketsHttpHandler { AllowAutoRedirect = false }, server) { OwnsServer = ownsServer };

    private bool OwnsServer { get; init; }

    public Task<HttpResponseMessage> SubmitAsync(string prompt = "a", string? idempotencyKey = null)
    {
        var request = Request(HttpMethod.Post, _wire.ApiHost + _wire.SubmitPath);
        if (idempotencyKey is not null)
            request.Headers.Add("Idempotency-Key", idempotencyKey);
        request.Content = new StringContent(_wire.Body.Replace("%", prompt, StringComparison.Ordinal), Encoding.UTF8, "application/json");
        return _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    /// <summary>Whether a job of this provider can be looked at; Prospolabs answers with the picture.</summary>
    public bool HasLooks => _wire.StatusPath is not null;

    /// <summary>One look at a job.</summary>
    public Task<HttpResponseMessage> LookAsync(string jobId) => _http.SendAsync(
        Request(HttpMethod.Get, _wire.ApiHost + string.Format(null, _wire.StatusPath!, jobId)), HttpCompletionOption.ResponseHeadersRead);

    /// <summary>Makes a picture and gives its place on the provider's file host.</summary>
    public async Task<string> MakeAsync()
    {
        using (await SubmitAsync())
            return await FinishAsync(Assert.Single(Ledger.Snapshot()).JobId);
    }

    /// <summary>Waits for a job's end and gives its picture's place.</summary>
    public async Task<string> FinishAsync(string jobId)
    {
        var job = Simulator.Jobs.Find(jobId)!;
        var look = await job.WaitForEndAsync(CancellationToken.None);
        return look.Pictures[0].Path;
    }

    /// <summary>Fetches a picture without a key, from an offset when given.</summary>
    public Task<HttpResponseMessage> DownloadAsync(string path, long from = 0, string? ifRange = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, _prefix + _wire.FileHost + path);
        if (from > 0)
            request.Headers.Range = new(from, null);
        if (ifRange is not null)
            request.Headers.TryAddWithoutValidation("If-Range", ifRange);
        return _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    /// <summary>What could be read of a body, and whether it ended as it should.</summary>
    public static async Task<(byte[] Bytes, bool Whole)> ReadAsync(HttpResponseMessage response)
    {
        using var read = new MemoryStream();
        try
        {
            await (await response.Content.ReadAsStreamAsync()).CopyToAsync(read);
            return (read.ToArray(), true);
        }
        catch (Exception error) when (error is IOException or HttpRequestException)
        {
            return (read.ToArray(), false);
        }
    }

    public static string SubmitWord(string provider) => provider == "Prospolabs" ? "direct" : "submit";

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        if (OwnsServer)
            await _server!.DisposeAsync();
    }

    private HttpRequestMessage Request(HttpMethod method, string place)
    {
        var request = new HttpRequestMessage(method, _prefix + place);
        request.Headers.TryAddWithoutValidation("Authorization", _wire.Key);
        return request;
    }

    private sealed record Wire(string ApiHost, string SubmitPath, string? StatusPath, string FileHost, string Key, string Body);
}
