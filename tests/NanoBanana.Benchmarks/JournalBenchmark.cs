using System.Diagnostics;
using NanoBanana.Engine.Jobs;
using NanoBanana.Engine.Jobs.Journal;
using NanoBanana.Engine.Providers;
using NanoBanana.Engine.Requests;

namespace NanoBanana.Benchmarks;

/// <summary>
/// What the journal costs: the newest jobs of many, beside a bare listing of the same folder; and all writes of a job,
/// beside bare files of the same bytes, flushed and renamed as often. Rounds alternate, and the fastest of each counts: whatever else the machine does
/// only makes a round slower.
/// </summary>
internal static class JournalBenchmark
{
    private const int Jobs = 100_000;
    private const int Newest = 20;
    private const int Rounds = 5;
    private const int WrittenJobs = 10;
    private const int Workers = 16;
    private const double BudgetReading = 100;
    private const double BudgetWriting = 2;

    private static readonly NBJobState[] States = [NBJobState.Intent, NBJobState.Submitted, NBJobState.Running, NBJobState.Succeeded, NBJobState.Received];
    private static readonly DateTimeOffset Start = new(2026, 11, 21, 0, 0, 0, TimeSpan.Zero);

    public static async IAsyncEnumerable<Figure> RunAsync()
    {
        foreach (int days in new[] { 1, 100 })
        {
            (double ours, double baseline) = Reading(days);
            yield return new Figure($"Newest {Newest} of {Jobs} jobs, made in {days} day(s)", ours, baseline, "ms", BudgetReading);
        }

        (double alone, double bareAlone, double bytes) = await WritingAsync(workers: 1);
        (double together, double bareTogether, _) = await WritingAsync(Workers);
        yield return new Figure($"The {States.Length} writes of a job, {Workers} workers at once", together, bareTogether, "ms", BudgetWriting);
        yield return new Figure($"The {States.Length} writes of a job, one worker alone", alone, bareAlone, "ms");
        yield return new Figure($"The {States.Length} writes of a job, without the disk's flushes", Unflushed(), alone, "ms", BudgetWriting);
        yield return new Figure("A job's largest file", bytes, bytes, "bytes");
    }

    private static (double Ours, double Baseline) Reading(int days)
    {
        using var folder = new ScratchFolder();
        Fill(folder.Path, days);
        var journal = new FileJobJournal(folder.Path);
        (var ours, var baseline) = (new List<double>(), new List<double>());
        for (int round = 0; round <= Rounds; round++)
        {
            // The first round reads the folder from the disk and compiles.
            (double read, double listed) = (Time(() => Expect(Newest, journal.Read(new JobQuery()).Take(Newest).Count())), Time(() => List(folder.Path)));
            if (round == 0) continue;
            ours.Add(read);
            baseline.Add(listed);
        }

        return (Best(ours), Best(baseline));
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
            DateTimeOffset at = Start.AddDays(-(number % days)).AddMilliseconds(number * 800L);
            JobRecord job = Job(at, NBJobState.Received);
            string day = Path.Combine(folder, at.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture));
            if (number < days) Directory.CreateDirectory(day);
            File.WriteAllBytes(Path.Combine(day, job.Id + ".json"), JobText.Write(job, keepPrompt: true));
        }
    }

    private static async Task<(double Ours, double Baseline, double Bytes)> WritingAsync(int workers)
    {
        using var folder = new ScratchFolder();
        (var ours, var baseline) = (new List<double>(), new List<double>());
        int bytes = 0;
        for (int round = 0; round <= Rounds; round++)
        {
            var journal = new FileJobJournal(Path.Combine(folder.Path, "ours"));
            string bare = Directory.CreateDirectory(Path.Combine(folder.Path, "bare")).FullName;
            double written = await PerJobAsync(workers, job => WriteAllAsync(journal, job));
            double plain = await PerJobAsync(workers, job => Task.FromResult(bytes = WriteBare(bare, job)));
            if (round == 0) continue;
            ours.Add(written);
            baseline.Add(plain);
        }

        return (Best(ours), Best(baseline), bytes);
    }

    private static async Task<double> PerJobAsync(int workers, Func<JobRecord, Task> write)
    {
        int left = WrittenJobs * workers;
        double total = left;
        long started = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, workers).Select(_ => Task.Factory.StartNew(
            async () =>
            {
                while (Interlocked.Decrement(ref left) >= 0) await write(Job(Start, NBJobState.Intent));
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default).Unwrap()));
        return Stopwatch.GetElapsedTime(started).TotalMilliseconds / total;
    }

    private static async Task WriteAllAsync(FileJobJournal journal, JobRecord job)
    {
        foreach (NBJobState state in States) await journal.WriteAsync(Job(job, state), CancellationToken.None);
    }

    /// <summary>The same bytes, flushed before each renaming; not a thing more.</summary>
    private static int WriteBare(string folder, JobRecord job)
    {
        byte[] content = [];
        string path = Path.Combine(folder, job.Id);
        foreach (NBJobState state in States)
        {
            content = JobText.Write(Job(job, state), keepPrompt: true);
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
            var times = new List<double>();
            for (int round = 0; round <= Rounds * WrittenJobs; round++) times.Add(Time(() => WriteAllAsync(journal, Job(Start, NBJobState.Intent)).GetAwaiter().GetResult()));
            return Best(times);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static JobRecord Job(DateTimeOffset at, NBJobState state) => Job(
        new JobRecord
        {
            Id = JobId.New(at),
            State = state,
            Provider = "Fal",
            Model = "fal-ai/nano-banana-2",
            Operation = ImageOperation.Generate,
            Prompt = "a lighthouse at dusk, seen from the sea, with a storm coming up behind it",
            Resolution = ImageResolution.TwoK,
            Output = new OutputOptions { Directory = Path.GetTempPath() },
            CreatedAt = at,
            UpdatedAt = at,
            UnitCost = 0.12m,
            CostSource = "Catalogue",
            ProcessId = Environment.ProcessId,
            MachineName = Environment.MachineName,
        },
        state);

    private static JobRecord Job(JobRecord job, NBJobState state)
    {
        const string Request = "https://queue.fal.run/fal-ai/nano-banana-2/requests/7d8f3c52-0000-4000-8000-000000000000";
        return job with
        {
            State = state,
            Remote = state == NBJobState.Intent ? null : new RemoteJob
            {
                Id = "7d8f3c52-0000-4000-8000-000000000000",
                Model = job.Model,
                StatusUri = new Uri(Request + "/status"),
                ResultUri = new Uri(Request),
                CancelUri = new Uri(Request + "/cancel"),
            },
            Pictures = state < NBJobState.Succeeded ? [] : [new JobPicture { Uri = new Uri("https://v3.fal.media/files/b/a.webp"), Width = 2048, Height = 2048, Format = ImageFormat.WebP, Length = 1_234_567 }],
        };
    }

    private static double Time(Action action)
    {
        long started = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(started).TotalMilliseconds;
    }

    private static void Expect(int expected, int actual)
    {
        if (expected != actual) throw new InvalidOperationException($"{actual} jobs where {expected} were meant.");
    }

    private static double Best(List<double> values) => values.Min();
}
