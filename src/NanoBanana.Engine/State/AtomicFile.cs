namespace NanoBanana.Engine.State;

/// <summary>Files that are either the old or the new, whatever dies in between; for the user's eyes only.</summary>
internal static class AtomicFile
{
    private const UnixFileMode OwnFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OwnFolder = OwnFile | UnixFileMode.UserExecute;

    /// <summary>Makes a folder and those above it, 0700 on Unix; a folder that exists is left as it is.</summary>
    /// <param name="folder">The full path.</param>
    public static void CreateFolder(string folder)
    {
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(folder);
        else Directory.CreateDirectory(folder, OwnFolder);
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
    public static void Write(string path, ReadOnlySpan<byte> content)
    {
        string temporary = $"{path}.{Guid.NewGuid():n}.tmp";
        try
        {
            using (var file = new FileStream(temporary, Own(FileMode.CreateNew, FileShare.None)))
            {
                file.Write(content);
                file.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }
}
