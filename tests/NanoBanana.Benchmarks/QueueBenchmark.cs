using System.Net;
using System.Text;
using NanoBanana.Engine;
using NanoBanana.Engine.Jobs;
using NanoBanana.Engine.Requests;
using NanoBanana.Engine.State;

namespace NanoBanana.Benchmarks;

/// <summary>
/// 10,000 prompts in one batch: what the heap holds near the end more than near the beginning, beside the usual way of
/// starting a task for each.
/// </summary>
internal static class QueueBenchmark
{
    private const int Jobs = 10_000;
    private const int Throttle = 50;
    private const int First = 2_000; // By then every cache and the journal's newest jobs are in place.
    private const double BudgetMebibytes = 2;
    private const double Mebibyte = 1024 * 1024;

    public static async IAsyncEnumerable<Figure> RunAsync()
    {
        using var folder = new ScratchFolder();
        OutputOptions output = folder.Output with { NoDownload = true };
        (double growth, int ahead) = await OursAsync(output, state: null);
        double baseline = await BaselineAsync(output);
        yield return new Figure($"{Jobs} queued prompts, heap grows from {First} done to the last", growth, baseline, "MiB", BudgetMebibytes);
        (double journalled, _) = await OursAsync(output, new StateFolder(Path.Combine(folder.Path, "state")));
        yield return new Figure($"{Jobs} queued prompts, each with its file in the journal, the same", journalled, baseline, "MiB", BudgetMebibytes);
        yield return new Figure($"{Jobs} queued prompts, most read ahead of their turn", ahead, Jobs, "prompts", 2 * Throttle);
    }

    private static async Task<(double Growth, int Ahead)> OursAsync(OutputOptions output, StateFolder? state)
    {
        using var wire = new InstantWire();
        using ImageEngine engine = SandboxEngine.Create(wire, state);
        (int read, int done, int ahead) = (0, 0, 0);
        (double first, double last) = (0, 0);

        async IAsyncEnumerable<ImageRequest> PromptsAsync()
        {
            for (int number = 0; number < Jobs; number++)
            {
                ahead = Math.Max(ahead, Interlocked.Increment(ref read) - Volatile.Read(ref done));
                yield return SandboxEngine.Request(number, output);
                if (number % 100 == 0) await Task.Yield();
            }
        }

        await SandboxEngine.DrainAsync(engine, PromptsAsync(), Throttle, next =>
        {
            if (next is not JobEnded) return;
            int count = Interlocked.Increment(ref done);
            if (count == First) first = Heap();
            if (count == Jobs - Throttle) last = Heap();
        });
        return (last - first, ahead);
    }

    /// <summary>All requests and all tasks at once, held back by a semaphore.</summary>
    private static async Task<double> BaselineAsync(OutputOptions output)
    {
        using var wire = new InstantWire();
        using var client = new HttpClient(wire);
        using var slots = new SemaphoreSlim(Throttle);
        using var gate = new SemaphoreSlim(0);
        double first = Heap();
        Task[] tasks = [.. Enumerable.Range(0, Jobs).Select(async number =>
        {
            ImageRequest request = SandboxEngine.Request(number, output);
            await gate.WaitAsync();
            gate.Release();
            await slots.WaitAsync();
            using HttpResponseMessage response = await client.PostAsync(new Uri("https://queue.fal.run/m"), new StringContent(request.Prompt));
            slots.Release();
        })];
        double last = Heap();
        gate.Release();
        await Task.WhenAll(tasks);
        return last - first;
    }

    private static double Heap() => GC.GetTotalMemory(forceFullCollection: true) / Mebibyte;

    /// <summary>The least that fal.ai's wire can be: every job is done at once, and nothing is kept.</summary>
    private sealed class InstantWire : HttpMessageHandler
    {
        private int jobs;

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            string path = request.RequestUri!.AbsolutePath;
            if (request.Method == HttpMethod.Post) return Task.FromResult(Json(Accepted(Interlocked.Increment(ref jobs))));
            if (path.EndsWith("/stream", StringComparison.Ordinal)) return Task.FromResult(Answer("data: {\"status\":\"COMPLETED\"}\n\n", "text/event-stream"));
            return Task.FromResult(Json("""{"images":[{"url":"https://v3.fal.media/files/b/a.webp","content_type":"image/webp","width":512,"height":512}],"description":""}"""));
        }

        private static string Accepted(int job)
        {
            string url = $"https://queue.fal.run/fal-ai/nano-banana-2/requests/{job:x8}";
            return $$"""{"status":"IN_QUEUE","request_id":"{{job:x8}}","queue_position":0,"response_url":"{{url}}","status_url":"{{url}}/status","cancel_url":"{{url}}/cancel"}""";
        }

        private static HttpResponseMessage Json(string text) => Answer(text, "application/json");

        private static HttpResponseMessage Answer(string text, string mediaType) =>
            new(HttpStatusCode.OK) { Content = new StringContent(text, Encoding.UTF8, mediaType) };
    }
}
