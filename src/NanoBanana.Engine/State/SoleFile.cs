namespace NanoBanana.Engine.State;

/// <summary>
/// Files that nobody else can open meanwhile, for the user's eyes only. The system gives them free when the process dies,
/// however it dies. Two workers of one process exclude each other as two processes do.
/// </summary>
internal static class SoleFile
{
    // EWOULDBLOCK of Linux and of macOS, and Windows' sharing and lock violations.
    private static readonly int[] Taken = [11, 35, unchecked((int)0x80070020), unchecked((int)0x80070021)];

    /// <summary>Opens a file, or makes it.</summary>
    /// <param name="path">The file; its folder must exist.</param>
    /// <returns>The file; null when somebody has it.</returns>
    /// <exception cref="IOException">The file cannot be made.</exception>
    /// <exception cref="UnauthorizedAccessException">The file cannot be made.</exception>
    public static FileStream? TryOpen(string path)
    {
        try
        {
            return new FileStream(path, AtomicFile.Own(FileMode.OpenOrCreate, FileShare.None));
        }
        catch (IOException exception) when (Taken.Contains(exception.HResult))
        {
            return null;
        }
    }

    /// <summary>Opens a file, or makes it, and waits while somebody has it who needs it for a moment only.</summary>
    /// <param name="path">The file; its folder must exist.</param>
    /// <param name="patience">How long to wait.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="IOException">The file cannot be made, or somebody keeps it.</exception>
    /// <exception cref="UnauthorizedAccessException">The file cannot be made.</exception>
    public static async Task<FileStream> OpenAsync(string path, TimeSpan patience, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        long started = timeProvider.GetTimestamp();
        while (true)
        {
            if (TryOpen(path) is { } file) return file;
            if (timeProvider.GetElapsedTime(started) >= patience) throw new IOException($"the file {path} is in use by another process");

            // Not in step with the others who wait.
            await Task.Delay(TimeSpan.FromMilliseconds(Random.Shared.Next(2, 12)), timeProvider, cancellationToken).ConfigureAwait(false);
        }
    }
}
