using System.Diagnostics;
using NanoBanana.Engine;
using NanoBanana.Sandbox;

namespace NanoBanana.Benchmarks;

/// <summary>A batch of one-second jobs, from the first request to the last file, beside a loop that only waits.</summary>
internal static class BatchBenchmark
{
    private const double BudgetPercent = 5;

    private static readonly TimeSpan JobTime = TimeSpan.FromSeconds(1);

    public static async IAsyncEnumerable<Figure> RunAsync(bool large)
    {
        // The first picture of a process pays for everybody's compilation.
        await OursAsync(8, 8, TimeSpan.Zero);
        foreach ((int jobs, int throttle) in large ? new[] { (200, 50), (1000, 100) } : [(200, 50)])
        {
            double ideal = JobTime.TotalSeconds * jobs / throttle;
            double baseline = await BaselineAsync(jobs, throttle);
            double ours = await OursAsync(jobs, throttle, JobTime);
            string name = $"{jobs} one-second jobs, {throttle} at once";
            yield return new Figure($"{name}, over the ideal {ideal} s", Percent(ours, ideal), Percent(baseline, ideal), "%", BudgetPercent);
            yield return new Figure(name, ours, baseline, "s");
        }
    }

    private static double Percent(double seconds, double ideal) => ((seconds / ideal) - 1) * 100;

    private static async Task<double> BaselineAsync(int jobs, int throttle)
    {
        using var slots = new SemaphoreSlim(throttle);
        long started = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, jobs).Select(async _ =>
        {
            await slots.WaitAsync();
            await Task.Delay(JobTime);
            slots.Release();
        }));
        return Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private static async Task<double> OursAsync(int jobs, int throttle, TimeSpan latency)
    {
        using var folder = new ScratchFolder();
        var simulator = new Simulator();
        using HttpMessageHandler handler = simulator.CreateHandler(new SandboxOptions { Latency = latency });
        using ImageEngine engine = SandboxEngine.Create(handler);
        long started = Stopwatch.GetTimestamp();
        int pictures = await SandboxEngine.DrainAsync(
            engine, Enumerable.Range(0, jobs).Select(number => SandboxEngine.Request(number, folder.Output)).ToAsyncEnumerable(), throttle);
        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        if (pictures != jobs || simulator.Ledger.Billed != jobs) throw new InvalidOperationException($"{pictures} pictures of {jobs} jobs, {simulator.Ledger.Billed} billed.");
        return seconds;
    }
}
