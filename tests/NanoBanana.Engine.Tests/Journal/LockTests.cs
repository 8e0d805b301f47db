using System.Diagnostics;
using NanoBanana.Engine.Jobs;

namespace NanoBanana.Engine.Tests.Journal;

/// <summary>One worker for each job, in this process or another.</summary>
public sealed class LockTests : IDisposable
{
    private readonly JournalRig rig = new();
    private readonly string id = JobId.New(JournalRig.Noon);

    public void Dispose() => rig.Dispose();

    [Fact]
    public void A_job_that_is_taken_is_not_taken_twice_in_one_process()
    {
        using IJobLock? first = rig.Journal.TryLock(id);

        Assert.NotNull(first);
        Assert.Null(rig.Journal.TryLock(id));
        Assert.Null(rig.Open().TryLock(id));
    }

    [Fact]
    public void Another_job_is_free_meanwhile()
    {
        using IJobLock? first = rig.Journal.TryLock(id);
        using IJobLock? second = rig.Journal.TryLock(JobId.New(JournalRig.Noon));

        Assert.NotNull(second);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_job_that_was_released_can_be_taken_again(bool delete)
    {
        using (IJobLock? first = rig.Journal.TryLock(id)) first!.DeleteOnRelease = delete;
        using IJobLock? second = rig.Journal.TryLock(id);

        Assert.NotNull(second);
    }

    [Fact]
    public void The_file_of_a_lock_stays_while_the_job_is_not_over()
    {
        rig.Journal.TryLock(id)!.Dispose();

        Assert.Equal([$"locks/{id}.lock"], rig.Files);
    }

    [Fact]
    public void The_file_of_a_lock_goes_with_a_job_that_is_over()
    {
        using (IJobLock? taken = rig.Journal.TryLock(id)) taken!.DeleteOnRelease = true;

        Assert.Empty(rig.Files);
    }

    [Fact]
    public void A_lock_is_released_once()
    {
        IJobLock first = rig.Journal.TryLock(id)!;
        first.Dispose();
        using IJobLock? second = rig.Journal.TryLock(id);
        first.DeleteOnRelease = true;
        first.Dispose();

        Assert.Null(rig.Journal.TryLock(id));
        Assert.Equal([$"locks/{id}.lock"], rig.Files);
    }

    [Fact]
    public async Task Of_many_workers_one_gets_the_job()
    {
        using var start = new Barrier(16);
        Task<IJobLock?>[] workers = [.. Enumerable.Range(0, 16).Select(_ => Task.Factory.StartNew(
            () =>
            {
                start.SignalAndWait();
                return rig.Open().TryLock(id);
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default))];

        using IJobLock? winner = Assert.Single(await Task.WhenAll(workers), taken => taken is not null);
    }

    [Fact]
    public void A_lock_is_no_job()
    {
        using IJobLock? taken = rig.Journal.TryLock(id);

        Assert.Empty(rig.Read());
        Assert.Empty(rig.Reports);
    }

    [Fact]
    public void What_this_process_has_another_does_not_get()
    {
        Assert.SkipUnless(File.Exists(Flock), "There is no flock on this system to play the other process.");
        using IJobLock? taken = rig.Journal.TryLock(id);

        using Process other = Start(Flock, "-n", LockFile, "true");
        other.WaitForExit();

        Assert.Equal(1, other.ExitCode);
    }

    [Fact]
    public async Task What_another_process_has_is_free_once_it_was_killed()
    {
        Assert.SkipUnless(File.Exists(Flock), "There is no flock on this system to play the other process.");
        rig.Journal.TryLock(id)!.Dispose();
        using Process other = Start(Flock, "-n", "--no-fork", LockFile, "sh", "-c", "echo taken; exec cat");
        Assert.Equal("taken", await other.StandardOutput.ReadLineAsync());

        IJobLock? meanwhile = rig.Journal.TryLock(id);
        other.Kill();
        await other.WaitForExitAsync();
        using IJobLock? afterwards = rig.Journal.TryLock(id);

        Assert.Equal((true, true), (meanwhile is null, afterwards is not null));
    }

    private string LockFile => Path.Combine(rig.Folder, "locks", id + ".lock");

    private static Process Start(string program, params string[] arguments) =>
        Process.Start(new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardInput = true })!;

    /// <summary>A program that locks as this system's .NET does: the other process of these tests.</summary>
    private const string Flock = "/usr/bin/flock";
}
