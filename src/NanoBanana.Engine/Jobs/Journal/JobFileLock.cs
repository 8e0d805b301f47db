using System.Text;
using NanoBanana.Engine.State;

namespace NanoBanana.Engine.Jobs.Journal;

/// <summary>
/// A job taken for oneself by a <see cref="SoleFile"/>.
/// </summary>
internal sealed class JobFileLock : IJobLock
{
    private readonly FileStream file;
    private bool isReleased;

    private JobFileLock(FileStream file) => this.file = file;

    /// <summary>
    /// Whether the file goes with the lock. Safe only once the job is at its end: between the deletion and the release
    /// another may hold the old file open (B), and a third (C) makes a new one of the same name; B gets the old lock, C the
    /// new one, and both go on. As each reads the record after it has the lock, both see that nothing is left to be done.
    /// While a job is not at its end its file stays, and there is only ever one to be locked.
    /// </summary>
    public bool DeleteOnRelease { get; set; }

    /// <summary>Takes the lock.</summary>
    /// <param name="path">The file; its folder must exist.</param>
    /// <returns>The lock; null when somebody has it.</returns>
    /// <exception cref="IOException">The file cannot be made.</exception>
    /// <exception cref="UnauthorizedAccessException">The file cannot be made.</exception>
    public static JobFileLock? TryTake(string path)
    {
        if (SoleFile.TryOpen(path) is not { } file) return null;
        var taken = new JobFileLock(file);
        taken.Sign();
        return taken;
    }

    public void Dispose()
    {
        if (isReleased) return;
        isReleased = true;

        // Unix deletes what is open, so that nobody opens it meanwhile; Windows refuses that, and refuses it too once another has it open.
        if (DeleteOnRelease && !OperatingSystem.IsWindows()) Delete();
        file.Dispose();
        if (DeleteOnRelease && OperatingSystem.IsWindows()) Delete();
    }

    /// <summary>Who has it, for people who look; the module reads it from the job's record, as .NET opens no locked file.</summary>
    private void Sign()
    {
        try
        {
            file.SetLength(0);
            AtomicFile.Put(file, Encoding.UTF8.GetBytes($"{Environment.ProcessId} {Environment.MachineName}\n"));
        }
        catch (IOException)
        {
            // A full disk takes no words, but the lock is had.
        }
    }

    private void Delete()
    {
        try
        {
            File.Delete(file.Name);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // An empty lock does no harm.
        }
    }
}
