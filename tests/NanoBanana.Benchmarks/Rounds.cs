using System.Diagnostics;

namespace NanoBanana.Benchmarks;

/// <summary>Ours beside a baseline: rounds alternate, and the fastest of each counts, for whatever else the machine does only makes a round slower.</summary>
internal static class Rounds
{
    /// <summary>How long something takes.</summary>
    /// <returns>Milliseconds.</returns>
    public static double Time(Action action)
    {
        long started = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(started).TotalMilliseconds;
    }

    /// <summary>The best of some rounds; one before them reads from the disk and compiles, and does not count.</summary>
    /// <param name="count">How many count.</param>
    /// <param name="ours">A round of ours, in milliseconds.</param>
    /// <param name="baseline">A round of the baseline, in milliseconds.</param>
    public static async Task<(double Ours, double Baseline)> BestAsync(int count, Func<Task<double>> ours, Func<Task<double>> baseline)
    {
        (double bestOfOurs, double bestOfBaseline) = (double.MaxValue, double.MaxValue);
        for (int round = 0; round <= count; round++)
        {
            (double own, double bare) = (await ours(), await baseline());
            if (round > 0) (bestOfOurs, bestOfBaseline) = (Math.Min(bestOfOurs, own), Math.Min(bestOfBaseline, bare));
        }

        return (bestOfOurs, bestOfBaseline);
    }
}
