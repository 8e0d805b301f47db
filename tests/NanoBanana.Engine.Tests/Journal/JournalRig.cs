using NanoBanana.Engine.Jobs;
using NanoBanana.Engine.Jobs.Journal;
using NanoBanana.Engine.Providers;
using NanoBanana.Engine.Requests;
using NanoBanana.Engine.Tests.Support;

namespace NanoBanana.Engine.Tests.Journal;

/// <summary>A journal in a folder that goes away with its test.</summary>
internal sealed class JournalRig : IDisposable
{
    public static readonly DateTimeOffset Noon = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);

    private readonly TempFolder temp = new();

    public JournalRig() => Journal = Open();

    public string Folder => temp.File("jobs");

    public FileJobJournal Journal { get; }

    public List<NBException> Reports { get; } = [];

    /// <summary>Every file below the folder, as a path relative to it.</summary>
    public string[] Files => !Directory.Exists(Folder) ? [] :
        [.. Directory.EnumerateFiles(Folder, "*", new EnumerationOptions { AttributesToSkip = FileAttributes.None, RecurseSubdirectories = true })
            .Select(file => Path.GetRelativePath(Folder, file).Replace('\\', '/')).Order(StringComparer.Ordinal)];

    /// <summary>A job as it is when all is known of it.</summary>
    public static JobRecord Job(DateTimeOffset? at = null, NBJobState state = NBJobState.Intent, string prompt = "a lighthouse at dusk") => new()
    {
        Id = JobId.New(at ?? Noon),
        State = state,
        Provider = "Fal",
        Model = "fal-ai/nano-banana-2",
        Operation = ImageOperation.Generate,
        Prompt = prompt,
        CreatedAt = at ?? Noon,
        UpdatedAt = at ?? Noon,
        Remote = state == NBJobState.Intent ? null : new RemoteJob { Id = "req-1", Model = "fal-ai/nano-banana-2" },
        Output = new OutputOptions { Directory = Path.GetTempPath() },
    };

    /// <summary>The file of a job.</summary>
    public string File(JobRecord job) => Path.Combine(Folder, Day(job), job.Id + ".json");

    public static string Day(JobRecord job) => job.CreatedAt.UtcDateTime.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>The same journal as another process has it.</summary>
    public FileJobJournal Open(FileJobJournalOptions? options = null, Action<JobRecord, bool>? onWrite = null) => new(Folder, options, onWrite);

    public async Task<JobRecord> WriteAsync(JobRecord job)
    {
        await Journal.WriteAsync(job, CancellationToken.None);
        return job;
    }

    public JobRecord? Find(string id) => Journal.Find(id);

    public IEnumerable<JobRecord> Read(JobQuery? query = null) => Open().Read(query ?? new JobQuery(), Reports.Add);

    public void Dispose() => temp.Dispose();
}
