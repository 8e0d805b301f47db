using System.Text.Json;

namespace NanoBanana.Engine.Jobs.Journal;

/// <summary>How a journal on disk is kept.</summary>
internal sealed record FileJobJournalOptions
{
    /// <summary>Whether prompts are written; else their hashes are. Asked at each write, so that the option may change.</summary>
    public Func<bool> KeepPrompts { get; init; } = static () => true;

    /// <summary>Tells how old a left-over file is.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;
}

/// <summary>
/// A journal of one small file per job. When a write returns, its file is on the disk; when it does not, the file is the old
/// one. Several processes, and all workers of one, may use one folder.
/// </summary>
internal sealed class FileJobJournal : IJobJournal
{
    private const long LargestFile = 32 * 1024 * 1024;

    private readonly JournalFolder folder;
    private readonly FileJobJournalOptions options;
    private readonly JournalWriters writers = new();
    private readonly Action<JobRecord, bool>? onWrite;

    /// <summary>Opens a journal; nothing is read or made before it is needed.</summary>
    /// <param name="folder">The full path of its folder.</param>
    /// <param name="options">How it is kept.</param>
    /// <param name="onWrite">Is told of each write, before (true) and after it (false).</param>
    public FileJobJournal(string folder, FileJobJournalOptions? options = null, Action<JobRecord, bool>? onWrite = null)
    {
        this.options = options ?? new FileJobJournalOptions();
        this.folder = new JournalFolder(folder, this.options.TimeProvider);
        this.onWrite = onWrite;
    }

    /// <inheritdoc/>
    /// <exception cref="IOException">The file cannot be written, as on a full disk.</exception>
    /// <exception cref="UnauthorizedAccessException">The file cannot be written.</exception>
    public ValueTask WriteAsync(JobRecord job, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return new ValueTask(writers.RunAsync(() => Write(job)));
    }

    /// <inheritdoc/>
    /// <exception cref="NBException">JournalDamaged: the file held no job and was set aside. JournalUnavailable: it cannot be read here.</exception>
    public JobRecord? Find(string id) => folder.File(id) is { } path ? Open(path, id) : null;

    /// <inheritdoc/>
    public IEnumerable<JobRecord> Read(JobQuery query, Action<NBException>? report = null)
    {
        foreach (DateOnly day in Try(folder.Days, folder.Root, report) ?? [])
        {
            if (!MayHold(query, day)) continue;
            var foreign = new List<string>();
            IEnumerable<string> ids = Try(() => folder.Ids(day, foreign.Add), folder.Root, report) ?? [];
            foreach (string path in foreign) report?.Invoke(SetAside(path, "its name is not that of a job of this day"));
            foreach (string id in ids)
            {
                if (!MayBeMeant(query, id)) continue;
                if (TryOpen(id, report) is { } job && query.Matches(job)) yield return job;
            }
        }
    }

    /// <inheritdoc/>
    /// <exception cref="NBException">JobNotFound: this is no id. JournalUnavailable: no lock can be made in this journal.</exception>
    public IJobLock? TryLock(string id)
    {
        try
        {
            string path = folder.Lock(id)
                ?? throw new NBException(NBErrorId.JobNotFound, $"'{id}' is no job's id; Get-NBJob lists those there are.");
            return JobFileLock.TryTake(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new NBException(
                NBErrorId.JournalUnavailable,
                $"The job {id} could not be taken for this process ({exception.Message}). Look at the rights and the space of the folder {folder.Root}, or let NB_STATE_PATH name another one.",
                exception)
            { JobId = id };
        }
    }

    /// <inheritdoc/>
    public void Remove(string id)
    {
        if (folder.File(id) is not { } path) return;
        try
        {
            File.Delete(path);
        }
        catch (DirectoryNotFoundException)
        {
            // Gone with its day.
        }
    }

    /// <summary>
    /// Forgetting these costs money: what was sent (the intent), how the provider knows it, where the pictures are. After a
    /// loss of power the others may fall back to the state before, which is looked up or fetched once more.
    /// </summary>
    private static bool IsDearWhenForgotten(NBJobState state) => state is NBJobState.Intent or NBJobState.Submitted or NBJobState.Succeeded;

    private void Write(JobRecord job)
    {
        onWrite?.Invoke(job, true);
        folder.Write(job.Id, JobWriter.Write(job, options.KeepPrompts()), flushName: IsDearWhenForgotten(job.State));
        onWrite?.Invoke(job, false);
    }

    private static bool MayHold(JobQuery query, DateOnly day)
    {
        var start = new DateTimeOffset(day, TimeOnly.MinValue, TimeSpan.Zero);
        return !(start >= query.Until) && !(query.Since is { } since && since - start >= TimeSpan.FromDays(1));
    }

    /// <summary>By what the id says: its time is that of its making, without the part of a millisecond.</summary>
    private static bool MayBeMeant(JobQuery query, string id) =>
        JobId.TryReadTime(id, out DateTimeOffset time)
        && !(query.Since is { } since && since - time >= TimeSpan.FromMilliseconds(1))
        && !(time >= query.Until)
        && query.IsWanted?.Invoke(id) != false;

    private static T? Try<T>(Func<T> read, string path, Action<NBException>? report)
        where T : class
    {
        try
        {
            return read();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            report?.Invoke(Unreadable(path, exception));
            return null;
        }
    }

    private static NBException Unreadable(string path, Exception exception, string? id = null) => new(
        NBErrorId.JournalUnavailable,
        $"The journal's {path} cannot be read ({exception.Message}). It is left as it is; if it is another user's, let NB_STATE_PATH name a folder of your own.",
        exception)
    { JobId = id };

    private JobRecord? TryOpen(string id, Action<NBException>? report)
    {
        try
        {
            return Open(folder.File(id)!, id);
        }
        catch (NBException error)
        {
            report?.Invoke(error);
            return null;
        }
    }

    /// <summary>Opens a job's file.</summary>
    /// <returns>The job; null when there is no such file (any more).</returns>
    private JobRecord? Open(string path, string id)
    {
        try
        {
            JobRecord job = JobReader.Read(ReadAll(path));
            return job.Id == id ? job : throw new JsonException("it holds another job than its name says");
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (JsonException exception)
        {
            throw SetAside(path, exception.Message, exception, id);
        }
        catch (NewerSchemaException exception)
        {
            throw new NBException(
                NBErrorId.JournalUnavailable,
                $"The job {id} was written by a newer version of this module ({exception.Message}). It is left as it is; update the module to work on it.",
                exception)
            { JobId = id };
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Unreadable(path, exception, id);
        }
    }

    /// <summary>Reads a file that others may replace or delete meanwhile.</summary>
    private static byte[] ReadAll(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        long length = file.Length;
        if (length > LargestFile) throw new JsonException($"{length} bytes are too many for a job");
        byte[] content = new byte[length];
        file.ReadExactly(content);
        return content;
    }

    private NBException SetAside(string path, string why, Exception? inner = null, string? id = null)
    {
        string what = $"The journal's file {path} holds no job that can be understood ({why}).";
        try
        {
            string aside = folder.SetAside(path);
            return new NBException(NBErrorId.JournalDamaged, $"{what} It was moved to {aside}; a job that it stood for may be known to its provider still.", inner) { JobId = id };
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return new NBException(NBErrorId.JournalDamaged, $"{what} It could not be moved away either ({exception.Message}); move it or delete it yourself.", inner ?? exception) { JobId = id };
        }
    }
}
