namespace NanoBanana.Engine.State;

/// <summary>Files that are either the old or the new, whatever dies in between; for the user's eyes only.</summary>
internal static class AtomicFile
{
    /// <summary>How the name of a file ends that is not yet whole.</summary>
    public const string TemporaryExtension = ".tmp";

    private const UnixFileMode OwnFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OwnFolder = OwnFile | UnixFileMode.UserExecute;

    /// <summary>Makes a folder and those above it, 0700 on Unix; a folder that exists is left as it is.</summary>
    /// <param name="folder">The full path.</param>
    public static void CreateFolder(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder);
            return;
        }

        // One by one: .NET gives the mode to the last folder only.
        if (Path.GetDirectoryName(folder) is { Length: > 0 } above && !Directory.Exists(above)) CreateFolder(above);
        Directory.CreateDirectory(folder, OwnFolder);
    }

    /// <summary>How a file of one's own is opened: 0600 on Unix when it is created.</summary>
    /// <param name="mode">Whether it is created.</param>
    /// <param name="share">What others may do meanwhile.</param>
    public static FileStreamOptions Own(FileMode mode, FileShare share)
    {
        var options = new FileStreamOptions { Mode = mode, Access = FileAccess.ReadWrite, Share = share, BufferSize = 0 };
        if (!OperatingSystem.IsWindows() && mode is not FileMode.Open) options.UnixCreateMode = OwnFile;
        return options;
    }

    /// <summary>Writes a file beside its place, flushes it to the disk, and renames it over the old one.</summary>
    /// <param name="path">The file; its folder must exist.</param>
    /// <param name="content">All that it shall hold.</param>
    /// <param name="flushName">
    /// Whether the new name is on the disk too when this returns. Without it a loss of power within the next seconds may
    /// bring the old file back, whole. .NET flushes no folder; but a file that is flushed after its renaming takes its
    /// name along on the journalling file systems (ext4, XFS, Btrfs, APFS, NTFS).
    /// </param>
    public static void Write(string path, ReadOnlySpan<byte> content, bool flushName = false)
    {
        string temporary = $"{path}.{Guid.NewGuid():n}{TemporaryExtension}";
        try
        {
            // Deletion is shared, for on Windows a file that is open is renamed only so.
            using var file = new FileStream(temporary, Own(FileMode.CreateNew, FileShare.Read | FileShare.Delete));
            Put(file, content);
            file.Flush(flushToDisk: true);
            Replace(temporary, path);
            if (flushName) file.Flush(flushToDisk: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    /// <summary>Writes into a file. .NET blames the argument where the system lets a file grow no further (EFBIG, as under ulimit -f).</summary>
    /// <param name="file">The file.</param>
    /// <param name="content">What is written.</param>
    /// <exception cref="IOException">It cannot be written, for whatever reason.</exception>
    public static void Put(FileStream file, ReadOnlySpan<byte> content)
    {
        try
        {
            file.Write(content);
        }
        catch (ArgumentOutOfRangeException exception)
        {
            throw new IOException(exception.Message, exception);
        }
    }

    /// <summary>
    /// Windows refuses to replace a file while somebody reads it; the readers of small files are soon done. The waiting, 45 ms
    /// at the most, blocks a thread that is there to write: the journal's own, or a worker's; never the pipeline's.
    /// </summary>
    private static void Replace(string temporary, string path)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                File.Move(temporary, path, overwrite: true);
                return;
            }
            catch (Exception exception) when (OperatingSystem.IsWindows() && attempt < 10 && exception is (IOException or UnauthorizedAccessException))
            {
                Thread.Sleep(attempt);
            }
        }
    }
}
