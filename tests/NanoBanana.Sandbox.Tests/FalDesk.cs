using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using NanoBanana.Sandbox.Faults;

namespace NanoBanana.Sandbox.Tests;

/// <summary>A plain HTTP client before the simulated fal, as a test would write it by hand.</summary>
internal sealed class FalDesk : IDisposable
{
    public const string Model = "fal-ai/nano-banana-2";
    public const string Queue = "https://queue.fal.run/";

    public FalDesk(string faults = "", TimeSpan? latency = null, TimeProvider? clock = null, Simulator? simulator = null)
    {
        Simulator = simulator ?? new Simulator(clock);
        var options = new SandboxOptions { Latency = latency ?? TimeSpan.Zero, Faults = FaultPlan.Parse(faults) };
        Http = new HttpClient(Simulator.CreateHandler(options));
    }

    public Simulator Simulator { get; }

    public SandboxLedger Ledger => Simulator.Ledger;

    public HttpClient Http { get; }

    public string? Key { get; set; } = "test";

    public Task<HttpResponseMessage> SendAsync(
        HttpMethod method, string address, string? json = null, CancellationToken cancellationToken = default, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(method, address);
        if (Key is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Key", Key);
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        if (json is not null)
            request.Content = new StringContent(json, Encoding.UTF8, "application/json");
        return Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
    }

    public Task<HttpResponseMessage> GetAsync(string address) => SendAsync(HttpMethod.Get, address);

    public Task<HttpResponseMessage> SubmitAsync(string json, string model = Model, params (string Name, string Value)[] headers) =>
        SendAsync(HttpMethod.Post, Queue + model, json, default, headers);

    public Task<HttpResponseMessage> RunAsync(string json, string model = Model) =>
        SendAsync(HttpMethod.Post, "https://fal.run/" + model, json);

    /// <summary>Submits and gives what the queue answered.</summary>
    public async Task<JsonElement> TakeAsync(string json, string model = Model, params (string Name, string Value)[] headers)
    {
        using var response = await SubmitAsync(json, model, headers);
        Assert.Equal(200, (int)response.StatusCode);
        return await JsonAsync(response);
    }

    /// <summary>Waits for a job's end through its stream; gives the last status.</summary>
    public async Task<JsonElement> FinishAsync(JsonElement ticket)
    {
        using var response = await GetAsync(Text(ticket, "status_url") + "/stream?logs=1");
        JsonElement last = default;
        await foreach (var status in EventsAsync(response))
            last = status;
        return last;
    }

    /// <summary>Submits, waits, and gives the result's answer.</summary>
    public async Task<HttpResponseMessage> MakeAsync(string json, string model = Model)
    {
        var ticket = await TakeAsync(json, model);
        await FinishAsync(ticket);
        return await GetAsync(Text(ticket, "response_url"));
    }

    /// <summary>Makes one picture and gives its bytes.</summary>
    public async Task<byte[]> PictureAsync(string json, string model = Model)
    {
        using var response = await MakeAsync(json, model);
        return await Http.GetByteArrayAsync(new Uri(FirstUrl(await JsonAsync(response))));
    }

    public static string FirstUrl(JsonElement output) => Text(output.GetProperty("images")[0], "url");

    public static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;

    public static async Task<JsonElement> JsonAsync(HttpResponseMessage response)
    {
        using var json = JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync());
        return json.RootElement.Clone();
    }

    public static async IAsyncEnumerable<JsonElement> EventsAsync(HttpResponseMessage response)
    {
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
        while (await reader.ReadLineAsync() is { } line)
        {
            if (!line.StartsWith("data: ", StringComparison.Ordinal))
                continue;
            using var json = JsonDocument.Parse(line["data: ".Length..]);
            yield return json.RootElement.Clone();
        }
    }

    public void Dispose() => Http.Dispose();
}
