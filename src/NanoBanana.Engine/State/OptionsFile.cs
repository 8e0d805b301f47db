namespace NanoBanana.Engine.State;

/// <summary>The user's options on the disk: one JSON file that is either the old or the new, and for its user alone.</summary>
internal static class OptionsFile
{
    private const int MostBytes = 1024 * 1024;

    /// <summary>How long a change waits for the changes of others, each of which takes some milliseconds.</summary>
    private static readonly TimeSpan UsualPatience = TimeSpan.FromSeconds(10);

    /// <summary>Reads the file.</summary>
    /// <param name="path">The file.</param>
    /// <returns>What it holds; empty when there is no file.</returns>
    /// <exception cref="NBException">InvalidRequest: it cannot be read or understood.</exception>
    public static OptionsDocument Read(string path)
    {
        byte[] bytes;
        try
        {
            // A writer may rename its new file over this one at any time.
            using FileStream file = File.Open(path, new FileStreamOptions { Share = FileShare.ReadWrite | FileShare.Delete, BufferSize = 0 });
            if (file.Length > MostBytes) throw OptionsDocument.Broken(path, 1, $"it has {file.Length:N0} bytes, which are no options");
            bytes = new byte[file.Length];
            file.ReadExactly(bytes);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return OptionsDocument.Empty;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new NBException(
                NBErrorId.InvalidRequest, $"The options in '{path}' cannot be read ({exception.Message.TrimEnd('.')}). Check the rights of the file.", exception);
        }

        return OptionsDocument.Parse(path, bytes);
    }

    /// <summary>Changes the file: reads what it holds now, changes what is asked, keeps all else. One writer at a time.</summary>
    /// <param name="path">The file.</param>
    /// <param name="changes">The new texts; null removes.</param>
    /// <param name="patience">How long to wait for other writers; null for the usual time.</param>
    /// <param name="cancellationToken">Ends the waiting for other writers.</param>
    /// <exception cref="NBException">InvalidRequest: the file cannot be understood. OutputWriteFailed: it cannot be written.</exception>
    public static async Task ChangeAsync(
        string path, IEnumerable<(OptionDefinition Option, string? Text)> changes, TimeSpan? patience = null, CancellationToken cancellationToken = default)
    {
        try
        {
            AtomicFile.CreateFolder(Path.GetDirectoryName(path)!);
            FileStream turn = await SoleFile.OpenAsync(path + ".lock", patience ?? UsualPatience, TimeProvider.System, cancellationToken).ConfigureAwait(false);
            await using (turn.ConfigureAwait(false))
            {
                OptionsDocument document = Read(path);
                foreach ((OptionDefinition option, string? text) in changes) document = document.With(option, text);
                AtomicFile.Write(path, document.ToBytes());
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new NBException(
                NBErrorId.OutputWriteFailed,
                $"The options cannot be written to '{path}' ({exception.Message.TrimEnd('.')}). Check the rights of the folder and the space on the disk; "
                + "Set-NBOption -Scope Process needs no file.",
                exception);
        }
    }
}
