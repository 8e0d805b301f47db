using NanoBanana.Engine.Jobs;
using NanoBanana.Engine.Jobs.Journal;

namespace NanoBanana.Benchmarks;

/// <summary>
/// The newest jobs of many, beside a bare listing of the same folder. It runs after the benchmark of writing: a disk that frees 200,000 files writes at half its pace.
/// </summary>
internal static class NewestBenchmark
{
    private const int Jobs = 100_000;
    private const int Newest = 20;
    private const int Turns = 5;
    private const double Budget = 100;

    public static async IAsyncEnumerable<Figure> RunAsync()
    {
        foreach (int days in new[] { 1, 100 })
        {
            (double ours, double baseline) = await ReadingAsync(days);
            yield return new Figure($"Newest {Newest} of {Jobs} jobs, made in {days} day(s)", ours, baseline, "ms", Budget);
        }
    }

    private static async Task<(double Ours, double Baseline)> ReadingAsync(int days)
    {
        using var folder = new ScratchFolder();
        Fill(folder.Path, days);
        var journal = new FileJobJournal(folder.Path);
        return await Rounds.BestAsync(
            Turns,
            () => Task.FromResult(Rounds.Time(() => Expect(Newest, journal.Read(new JobQuery()).Take(Newest).Count()))),
            () => Task.FromResult(Rounds.Time(() => List(folder.Path))));
    }

    /// <summary>What anybody would do: sort all names of the newest day, and open the last ones.</summary>
    private static void List(string folder)
    {
        var texts = new List<string>();
        foreach (string day in Directory.GetDirectories(folder).OrderDescending(StringComparer.Ordinal))
        {
            texts.AddRange(Directory.GetFiles(day).OrderDescending(StringComparer.Ordinal).Take(Newest - texts.Count).Select(File.ReadAllText));
            if (texts.Count == Newest) return;
        }
    }

    private static void Fill(string folder, int days)
    {
        for (int number = 0; number < Jobs; number++)
        {
            DateTimeOffset at = SampleJob.Start.AddDays(-(number % days)).AddMilliseconds(number * 800L);
            JobRecord job = SampleJob.At(at, NBJobState.Received);
            string day = Path.Combine(folder, at.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture));
            if (number < days) Directory.CreateDirectory(day);
            File.WriteAllBytes(Path.Combine(day, job.Id + ".json"), JobWriter.Write(job, keepPrompt: true));
        }
    }

    private static void Expect(int expected, int actual)
    {
        if (expected != actual) throw new InvalidOperationException($"{actual} jobs where {expected} were meant.");
    }
}
