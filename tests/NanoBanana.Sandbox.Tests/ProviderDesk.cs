using System.Globalization;
using System.Text;
using System.Text.Json;
using NanoBanana.Sandbox.Faults;
using NanoBanana.Sandbox.Jobs;

namespace NanoBanana.Sandbox.Tests;

/// <summary>A plain HTTP client before the simulated providers but fal, as a test would write it by hand.</summary>
internal sealed class ProviderDesk : IDisposable
{
    public ProviderDesk(string faults = "", TimeSpan? latency = null, TimeProvider? clock = null, Simulator? simulator = null)
    {
        Simulator = simulator ?? new Simulator(clock);
        var options = new SandboxOptions { Latency = latency ?? TimeSpan.Zero, Faults = FaultPlan.Parse(faults) };
        Http = new HttpClient(Simulator.CreateHandler(options));
    }

    public Simulator Simulator { get; }

    public SandboxLedger Ledger => Simulator.Ledger;

    public HttpClient Http { get; }

    /// <summary>The headers that carry the key.</summary>
    public (string Name, string Value)[] Keys { get; set; } = [("Authorization", "Bearer test")];

    public Task<HttpResponseMessage> SendAsync(
        HttpMethod method, string address, HttpContent? content = null, CancellationToken cancellationToken = default, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(method, address) { Content = content };
        foreach (var (name, value) in Keys.Concat(headers))
            request.Headers.TryAddWithoutValidation(name, value);
        return Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
    }

    public Task<HttpResponseMessage> GetAsync(string address) => SendAsync(HttpMethod.Get, address);

    public Task<HttpResponseMessage> PostAsync(string address, string json, params (string Name, string Value)[] headers) =>
        SendAsync(HttpMethod.Post, address, new StringContent(json, Encoding.UTF8, "application/json"), default, headers);

    public async Task<(int Status, JsonElement Json)> PostJsonAsync(string address, string json, params (string Name, string Value)[] headers)
    {
        using var response = await PostAsync(address, json, headers);
        return ((int)response.StatusCode, await FalDesk.JsonAsync(response));
    }

    public async Task<(int Status, JsonElement Json)> GetJsonAsync(string address)
    {
        using var response = await GetAsync(address);
        return ((int)response.StatusCode, await FalDesk.JsonAsync(response));
    }

    /// <summary>Fetches a picture the way a browser does: without a key.</summary>
    public async Task<(string Format, int Width, int Height)> PictureAsync(string address) =>
        PictureHeader.Read(await Http.GetByteArrayAsync(new Uri(address)));

    public async Task<int> StatusOfAsync(string address)
    {
        using var response = await Http.GetAsync(new Uri(address));
        return (int)response.StatusCode;
    }

    /// <summary>Waits until a job stands there; nothing but its own work is waited for.</summary>
    public async Task ReachAsync(string jobId, JobPhase phase = JobPhase.Ended)
    {
        var job = Simulator.Jobs.Find(jobId)!;
        for (var look = job.Look(); look.Phase < phase; look = job.Look())
            await look.Changed;
    }

    public static decimal Money(string text) => decimal.Parse(text, CultureInfo.InvariantCulture);

    public static string Repeat(string item, int count) => string.Join(',', Enumerable.Repeat(item, count));

    public void Dispose() => Http.Dispose();
}
