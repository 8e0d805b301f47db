using System.Collections.Concurrent;
using System.Globalization;
using System.IO.Enumeration;
using NanoBanana.Engine.State;

namespace NanoBanana.Engine.Jobs.Journal;

/// <summary>
/// The folders of a journal: one for each day (UTC), one for locks, one for what was set aside. An id names its day itself,
/// so it alone finds the file.
/// </summary>
/// <param name="root">The full path of the journal; need not exist.</param>
/// <param name="timeProvider">Tells how old a left-over file is.</param>
internal sealed class JournalFolder(string root, TimeProvider timeProvider)
{
    private const string DayFormat = "yyyy-MM-dd";
    private const string Extension = ".json";
    private const int ChanceBits = 30;

    private static readonly TimeSpan LeftOver = TimeSpan.FromHours(1);

    // AttributesToSkip: a name that begins with a dot is hidden on Unix, and is looked at as any other.
    private static readonly EnumerationOptions All = new() { AttributesToSkip = FileAttributes.None, IgnoreInaccessible = false };

    /// <summary>The folders of days that were made and swept.</summary>
    private readonly ConcurrentDictionary<string, string> known = new(StringComparer.Ordinal);
    private readonly string locks = Path.Combine(root, "locks");

    public string Root => root;

    /// <summary>The file of a job.</summary>
    /// <param name="id">The id, as somebody wrote it.</param>
    /// <returns>Its full path; null for what is no id, which never becomes part of a path.</returns>
    public string? File(string? id) => JobId.TryReadTime(id, out DateTimeOffset time) ? Path.Combine(Folder(Day(time)), id + Extension) : null;

    /// <summary>The lock of a job; its folder is made.</summary>
    /// <param name="id">The id, as somebody wrote it.</param>
    /// <returns>Its full path; null for what is no id.</returns>
    public string? Lock(string? id)
    {
        if (!JobId.TryReadTime(id, out _)) return null;
        AtomicFile.CreateFolder(locks);
        return Path.Combine(locks, id + ".lock");
    }

    /// <summary>Replaces a job's file.</summary>
    /// <param name="id">The id.</param>
    /// <param name="content">All that it shall hold.</param>
    /// <param name="flushName">See <see cref="AtomicFile.Write"/>.</param>
    /// <exception cref="ArgumentException">This is no id.</exception>
    public void Write(string id, ReadOnlySpan<byte> content, bool flushName)
    {
        if (!JobId.TryReadTime(id, out DateTimeOffset time)) throw new ArgumentException($"'{id}' is no job's id.", nameof(id));
        string day = Folder(Day(time));
        string path = Path.Combine(day, id + Extension);
        Prepare(day);
        try
        {
            AtomicFile.Write(path, content, flushName);
        }
        catch (DirectoryNotFoundException)
        {
            // Somebody took the folder away since it was made.
            known.TryRemove(day, out _);
            Prepare(day);
            AtomicFile.Write(path, content, flushName);
        }
    }

    /// <summary>The days that there are folders of, the newest first.</summary>
    /// <exception cref="IOException">The journal cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The journal cannot be read.</exception>
    public DateOnly[] Days()
    {
        try
        {
            DateOnly[] days =
            [
                .. new FileSystemEnumerable<DateOnly>(root, static (ref FileSystemEntry entry) => DateOnly.ParseExact(entry.FileName, DayFormat, CultureInfo.InvariantCulture), All)
                {
                    ShouldIncludePredicate = static (ref FileSystemEntry entry) =>
                        entry.IsDirectory && DateOnly.TryParseExact(entry.FileName, DayFormat, CultureInfo.InvariantCulture, DateTimeStyles.None, out _),
                },
            ];
            Array.Sort(days, static (one, other) => other.CompareTo(one));
            return days;
        }
        catch (DirectoryNotFoundException)
        {
            return [];
        }
    }

    /// <summary>
    /// What lies in a day's folder: the ids, the newest first, and the files that no job of that day has. Only names are
    /// read; an id is kept in 8 bytes until it is asked for, as a day may have 100,000 of them.
    /// </summary>
    /// <param name="day">The day.</param>
    /// <param name="foreign">Is told of the other files, full paths.</param>
    /// <exception cref="IOException">The folder cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder cannot be read.</exception>
    public IEnumerable<string> Ids(DateOnly day, Action<string> foreign)
    {
        long start = new DateTimeOffset(day, TimeOnly.MinValue, TimeSpan.Zero).ToUnixTimeMilliseconds();
        ulong[] keys;
        try
        {
            keys = [.. Keys(day, start, foreign)];
        }
        catch (DirectoryNotFoundException)
        {
            return [];
        }

        Array.Sort(keys);
        Array.Reverse(keys);
        return keys.Select(key => JobId.Make(start + (long)(key >> ChanceBits), (uint)(key & ((1UL << ChanceBits) - 1))));
    }

    /// <summary>Moves a file out of the way; never over another.</summary>
    /// <param name="path">The file.</param>
    /// <returns>Where it lies now.</returns>
    public string SetAside(string path)
    {
        string folder = Path.Combine(root, "aside");
        AtomicFile.CreateFolder(folder);
        string name = Path.GetFileName(path);
        for (int attempt = 1; ; attempt++)
        {
            string target = Path.Combine(folder, attempt == 1 ? name : string.Create(CultureInfo.InvariantCulture, $"{name}.{attempt}"));
            try
            {
                System.IO.File.Move(path, target, overwrite: false);
                return target;
            }
            catch (IOException) when (System.IO.File.Exists(target) && System.IO.File.Exists(path))
            {
                // The name is taken; the next one may be free.
            }
        }
    }

    private static DateOnly Day(DateTimeOffset time) => DateOnly.FromDateTime(time.UtcDateTime);

    private string Folder(DateOnly day) => Path.Combine(root, day.ToString(DayFormat, CultureInfo.InvariantCulture));

    private IEnumerable<ulong> Keys(DateOnly day, long start, Action<string> foreign)
    {
        ulong key = 0; // Of the entry that is looked at: each name is read once.
        return new FileSystemEnumerable<ulong>(Folder(day), (ref FileSystemEntry _) => key, All)
        {
            ShouldIncludePredicate = (ref FileSystemEntry entry) =>
            {
                ReadOnlySpan<char> name = entry.FileName;
                if (!name.EndsWith(Extension, StringComparison.Ordinal)) return false;
                if (TryKey(name[..^Extension.Length], start, out key)) return true;
                if (!entry.IsDirectory) foreign(entry.ToFullPath());
                return false;
            },
        };
    }

    /// <summary>An id of this day in 57 bits that sort as the id does: the milliseconds of the day, and its chance.</summary>
    private static bool TryKey(ReadOnlySpan<char> id, long start, out ulong key)
    {
        key = 0;
        if (!JobId.TryRead(id, out long milliseconds, out uint chance)) return false;
        long ofDay = milliseconds - start;
        key = ((ulong)ofDay << ChanceBits) | chance;
        return ofDay is >= 0 and < 24 * 60 * 60 * 1000;
    }

    private void Prepare(string folder)
    {
        if (known.ContainsKey(folder)) return;
        AtomicFile.CreateFolder(folder);
        Sweep(folder);
        known[folder] = folder;
    }

    /// <summary>Takes away what a process left that died while it wrote; what is young may still be written.</summary>
    private void Sweep(string folder)
    {
        DateTimeOffset limit = timeProvider.GetUtcNow() - LeftOver;
        var left = new FileSystemEnumerable<string>(folder, static (ref FileSystemEntry entry) => entry.ToFullPath(), All)
        {
            ShouldIncludePredicate = (ref FileSystemEntry entry) =>
                entry.FileName.EndsWith(AtomicFile.TemporaryExtension, StringComparison.Ordinal) && !entry.IsDirectory && entry.LastWriteTimeUtc < limit,
        };
        try
        {
            foreach (string path in left) System.IO.File.Delete(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // A left-over does no harm; whether the job can be written is seen when it is.
        }
    }
}
