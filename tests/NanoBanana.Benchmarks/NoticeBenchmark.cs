using System.Collections.Concurrent;
using System.Net.Http.Headers;
using NanoBanana.Engine;
using NanoBanana.Sandbox;

namespace NanoBanana.Benchmarks;

/// <summary>
/// The delay between a job's end and our next step, beside a bare HttpClient that reads the same status stream at the
/// same time.
/// </summary>
internal static class NoticeBenchmark
{
    private const int Jobs = 30;
    private const double BudgetMilliseconds = 50;

    private static readonly TimeSpan JobTime = TimeSpan.FromMilliseconds(300);

    public static async IAsyncEnumerable<Figure> RunAsync()
    {
        using var folder = new ScratchFolder();
        var simulator = new Simulator();
        using HttpMessageHandler sandbox = simulator.CreateHandler(new SandboxOptions { Latency = JobTime });
        using var witness = new Witness(sandbox);
        using ImageEngine engine = SandboxEngine.Create(witness);

        // One after the other: what is measured is the delay, not the crowd. The first two only warm up.
        await SandboxEngine.DrainAsync(
            engine, Enumerable.Range(0, Jobs + 2).Select(number => SandboxEngine.Request(number, folder.Output)).ToAsyncEnumerable(), throttle: 1);
        await witness.ListenersAsync();

        var ours = new List<double>();
        var baseline = new List<double>();
        foreach (LedgerEntry entry in simulator.Ledger.Snapshot().Skip(2))
        {
            DateTimeOffset ended = entry.At + JobTime;
            ours.Add((witness.Acted[entry.JobId] - ended).TotalMilliseconds);
            baseline.Add((witness.Heard[entry.JobId] - ended).TotalMilliseconds);
        }

        yield return new Figure($"A job's end noticed by its stream, median of {Jobs}", Median(ours), Median(baseline), "ms", BudgetMilliseconds);
        yield return new Figure($"A job's end noticed by its stream, slowest of {Jobs}", ours.Max(), baseline.Max(), "ms");
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);

    /// <summary>Stands between the engine and the sandbox: notes when the engine asks for a result, and listens along.</summary>
    private sealed class Witness(HttpMessageHandler inner) : DelegatingHandler(new Kept(inner))
    {
        private readonly HttpClient plain = new(new Kept(inner));
        private readonly ConcurrentBag<Task> listeners = [];

        public ConcurrentDictionary<string, DateTimeOffset> Acted { get; } = new(StringComparer.Ordinal);

        public ConcurrentDictionary<string, DateTimeOffset> Heard { get; } = new(StringComparer.Ordinal);

        public Task ListenersAsync() => Task.WhenAll(listeners);

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            string[] path = request.RequestUri!.AbsolutePath.Split('/');
            int at = Array.IndexOf(path, "requests");
            if (at > 0 && request.Method == HttpMethod.Get)
            {
                string job = path[at + 1];
                if (path[^1] == "stream") listeners.Add(ListenAsync(job, request.RequestUri, request.Headers.Authorization));
                else if (path[^1] == job || path[^1] == "response") Acted.TryAdd(job, DateTimeOffset.UtcNow);
            }

            return base.SendAsync(request, cancellationToken);
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing) plain.Dispose();
            base.Dispose(disposing);
        }

        private async Task ListenAsync(string job, Uri stream, AuthenticationHeaderValue? authorization)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, stream);
            request.Headers.Authorization = authorization;
            using HttpResponseMessage response = await plain.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
            using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
            while (await reader.ReadLineAsync() is { } line)
            {
                if (!line.Contains("COMPLETED", StringComparison.Ordinal)) continue;
                Heard.TryAdd(job, DateTimeOffset.UtcNow);
                return;
            }
        }
    }

    /// <summary>The sandbox's handler serves two; neither may close it.</summary>
    private sealed class Kept(HttpMessageHandler inner) : HttpMessageHandler
    {
        private readonly HttpMessageInvoker invoker = new(inner, disposeHandler: false);

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            invoker.SendAsync(request, cancellationToken);

        protected override void Dispose(bool disposing)
        {
            if (disposing) invoker.Dispose();
            base.Dispose(disposing);
        }
    }
}
