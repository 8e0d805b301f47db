using System.Diagnostics;
using NanoBanana.Engine.Jobs;
using NanoBanana.Engine.Jobs.Journal;

namespace NanoBanana.Benchmarks;

/// <summary>
/// What the journal costs a job: all its writes, beside bare files of the same bytes, flushed and renamed as often.
/// </summary>
internal static class JournalBenchmark
{
    private const int Turns = 8;
    private const int WrittenJobs = 20;
    private const int Workers = 16;
    private const double Budget = 2;

    private static readonly NBJobState[] States = [NBJobState.Intent, NBJobState.Submitted, NBJobState.Running, NBJobState.Succeeded, NBJobState.Received];

    public static async IAsyncEnumerable<Figure> RunAsync()
    {
        (double alone, double bareAlone, double bytes) = await WritingAsync(workers: 1);
        (double together, double bareTogether, _) = await WritingAsync(Workers);
        yield return new Figure($"The {States.Length} writes of a job, {Workers} workers at once", together, bareTogether, "ms", Budget);

        // Without a budget: it is eight times the time that this disk takes for one flush.
        yield return new Figure($"The {States.Length} writes of a job, one worker alone", alone, bareAlone, "ms");
        yield return new Figure($"The {States.Length} writes of a job, without the disk's flushes", Unflushed(), alone, "ms", Budget);
        yield return new Figure("A job's largest file", bytes, bytes, "bytes");
    }

    private static async Task<(double Ours, double Baseline, double Bytes)> WritingAsync(int workers)
    {
        using var folder = new ScratchFolder();
        var journal = new FileJobJournal(Path.Combine(folder.Path, "ours"));
        string bare = Directory.CreateDirectory(Path.Combine(folder.Path, "bare")).FullName;
        int bytes = 0;
        (double ours, double baseline) = await Rounds.BestAsync(
            Turns,
            () => PerJobAsync(workers, job => WriteAllAsync(journal, job)),
            () => PerJobAsync(workers, job => Task.FromResult(bytes = WriteBare(bare, job))));
        return (ours, baseline, bytes);
    }

    private static async Task<double> PerJobAsync(int workers, Func<JobRecord, Task> write)
    {
        int left = WrittenJobs * workers;
        double total = left;
        long started = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, workers).Select(_ => Task.Factory.StartNew(
            async () =>
            {
                while (Interlocked.Decrement(ref left) >= 0) await write(SampleJob.At(SampleJob.Start, NBJobState.Intent));
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default).Unwrap()));
        return Stopwatch.GetElapsedTime(started).TotalMilliseconds / total;
    }

    private static async Task WriteAllAsync(FileJobJournal journal, JobRecord job)
    {
        foreach (NBJobState state in States) await journal.WriteAsync(SampleJob.In(job, state), CancellationToken.None);
    }

    /// <summary>The same bytes, flushed before each renaming; not a thing more.</summary>
    private static int WriteBare(string folder, JobRecord job)
    {
        byte[] content = [];
        string path = Path.Combine(folder, job.Id);
        foreach (NBJobState state in States)
        {
            content = JobWriter.Write(SampleJob.In(job, state), keepPrompt: true);
            using (var file = new FileStream(path + ".tmp", FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0))
            {
                file.Write(content);
                file.Flush(flushToDisk: true);
            }

            File.Move(path + ".tmp", path, overwrite: true);
        }

        return content.Length;
    }

    /// <summary>What is left when the disk costs nothing: on Linux, the same journal in memory.</summary>
    private static double Unflushed()
    {
        const string Memory = "/dev/shm";
        string folder = Path.Combine(Directory.Exists(Memory) ? Memory : Path.GetTempPath(), Path.GetRandomFileName());
        try
        {
            var journal = new FileJobJournal(folder);
            return Enumerable.Range(0, Turns * WrittenJobs).Min(_ => Rounds.Time(() => WriteAllAsync(journal, SampleJob.At(SampleJob.Start, NBJobState.Intent)).GetAwaiter().GetResult()));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
