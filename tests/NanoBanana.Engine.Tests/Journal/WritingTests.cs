using System.Text;
using NanoBanana.Engine.Jobs;
using NanoBanana.Engine.Jobs.Journal;
using NanoBanana.Engine.Tests.Support;

namespace NanoBanana.Engine.Tests.Journal;

/// <summary>A job's file is the old one or the new one, for its owner's eyes only.</summary>
public sealed class WritingTests : IDisposable
{
    private readonly JournalRig rig = new();

    public void Dispose() => rig.Dispose();

    [Fact]
    public async Task A_job_lies_in_the_folder_of_its_day()
    {
        JobRecord job = await rig.WriteAsync(JournalRig.Job(new DateTimeOffset(2026, 11, 22, 0, 30, 0, TimeSpan.FromHours(2))));

        Assert.Equal([$"2026-11-21/{job.Id}.json"], rig.Files);
    }

    [Fact]
    public async Task Another_process_finds_it_by_its_id_alone()
    {
        JobRecord job = await rig.WriteAsync(JournalRig.Job(state: NBJobState.Submitted));

        Assert.Equal("req-1", rig.Open().Find(job.Id)?.Remote?.Id);
    }

    [Fact]
    public async Task The_newest_state_is_the_one_that_is_found()
    {
        JobRecord job = JournalRig.Job();
        foreach (NBJobState state in Enum.GetValues<NBJobState>()) await rig.WriteAsync(job with { State = state });

        Assert.Equal(NBJobState.SubmitOutcomeUnknown, rig.Find(job.Id)?.State);
        Assert.Single(rig.Files);
    }

    [Fact]
    public void A_job_that_was_never_written_is_not_found() => Assert.Null(rig.Find(JobId.New(JournalRig.Noon)));

    [Fact]
    public async Task A_job_that_was_removed_is_not_found()
    {
        JobRecord job = await rig.WriteAsync(JournalRig.Job());

        rig.Journal.Remove(job.Id);

        Assert.Null(rig.Find(job.Id));
        Assert.Empty(rig.Files);
    }

    [Fact]
    public void Removing_what_is_not_there_does_nothing()
    {
        rig.Journal.Remove(JobId.New(JournalRig.Noon));
        Directory.CreateDirectory(Path.Combine(rig.Folder, "2026-11-21"));
        rig.Journal.Remove(JobId.New(JournalRig.Noon));

        Assert.Empty(rig.Files);
    }

    [Fact]
    public async Task Only_its_owner_can_read_a_journal()
    {
        if (OperatingSystem.IsWindows()) Assert.Skip("Windows has no permission bits.");

        JobRecord job = await rig.WriteAsync(JournalRig.Job());
        using IJobLock? taken = rig.Journal.TryLock(job.Id);

        const UnixFileMode File600 = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        const UnixFileMode Folder700 = File600 | UnixFileMode.UserExecute;
        string locks = Path.Combine(rig.Folder, "locks");
        Assert.Equal(
            [Folder700, Folder700, Folder700, File600, File600],
            new[] { rig.Folder, Path.GetDirectoryName(rig.File(job))!, locks, rig.File(job), Path.Combine(locks, job.Id + ".lock") }.Select(File.GetUnixFileMode));
    }

    [Fact]
    public async Task A_rewritten_file_keeps_its_permissions()
    {
        if (OperatingSystem.IsWindows()) Assert.Skip("Windows has no permission bits.");

        JobRecord job = await rig.WriteAsync(JournalRig.Job());
        await rig.WriteAsync(job with { State = NBJobState.Received });

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(rig.File(job)));
    }

    [Fact]
    public async Task A_folder_that_was_taken_away_is_made_again()
    {
        await rig.WriteAsync(JournalRig.Job());
        Directory.Delete(rig.Folder, recursive: true);

        JobRecord job = await rig.WriteAsync(JournalRig.Job());

        Assert.NotNull(rig.Find(job.Id));
    }

    [Fact]
    public void A_read_only_folder_is_told_and_leaves_nothing()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no file modes.");

        // The journal's own threads are made by the first write, so that one is restricted too.
        Restricted.Run(() =>
        {
            JobRecord job = rig.WriteAsync(JournalRig.Job()).GetAwaiter().GetResult();
            string day = Path.GetDirectoryName(rig.File(job))!;
            File.SetUnixFileMode(day, UnixFileMode.UserRead | UnixFileMode.UserExecute);
            try
            {
                Assert.Throws<UnauthorizedAccessException>(() => rig.WriteAsync(job with { State = NBJobState.Submitted }).GetAwaiter().GetResult());
                Assert.Equal(NBJobState.Intent, rig.Find(job.Id)?.State);
            }
            finally
            {
                File.SetUnixFileMode(day, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            }
        });
    }

    [Fact]
    public async Task A_file_in_the_place_of_the_folder_is_told()
    {
        await File.WriteAllTextAsync(rig.Folder, "not a folder");

        await Assert.ThrowsAnyAsync<IOException>(() => rig.WriteAsync(JournalRig.Job()));
    }

    [Fact]
    public async Task A_write_that_fails_leaves_nothing_behind()
    {
        JobRecord job = JournalRig.Job();
        Directory.CreateDirectory(Path.Combine(rig.File(job), "in the way"));

        Exception failure = await Assert.ThrowsAnyAsync<Exception>(() => rig.WriteAsync(job));

        Assert.True(failure is IOException or UnauthorizedAccessException, failure.ToString());
        Assert.Empty(rig.Files);
    }

    [Fact]
    public async Task A_stopped_intent_is_not_written()
    {
        await Assert.ThrowsAsync<OperationCanceledException>(() => rig.Journal.WriteAsync(JournalRig.Job(), new CancellationToken(canceled: true)).AsTask());

        Assert.Empty(rig.Files);
    }

    [Theory]
    [InlineData("../../../etc/passwd")]
    [InlineData("..")]
    [InlineData("/etc/passwd.....")]
    [InlineData("aaaaaaaaaaaaa/..")]
    [InlineData("")]
    [InlineData("CON")]
    [InlineData("06PJFJ6M000C4YHD")]
    [InlineData("iiiiiiiiiiiiiiii")]
    [InlineData("zzzzzzzzzzzzzzzz")]
    [InlineData("06pjfj6m000c4yh")]
    [InlineData("06pjfj6m000c4yhd0")]
    [InlineData("06pjfj6m000c4yh\0")]
    [InlineData("０６pjfj6m000c4yhd")]
    public async Task What_is_no_id_never_becomes_a_path(string id)
    {
        Assert.Null(rig.Find(id));
        rig.Journal.Remove(id);
        Assert.Equal(NBErrorId.JobNotFound, Assert.Throws<NBException>(() => rig.Journal.TryLock(id)).ErrorId);
        await Assert.ThrowsAsync<ArgumentException>(() => rig.WriteAsync(JournalRig.Job() with { Id = id }));
        Assert.False(Directory.Exists(rig.Folder));
    }

    [Fact]
    public async Task Sixteen_threads_write_what_they_have()
    {
        JobRecord[][] jobs = [.. Enumerable.Range(0, 16).Select(thread => Enumerable.Range(0, 10).Select(n => JournalRig.Job(JournalRig.Noon.AddSeconds(n), prompt: $"{thread}-{n}")).ToArray())];

        Task[] writers = [.. jobs.Select(own => Task.Factory.StartNew(
            () =>
            {
                foreach (JobRecord job in own)
                {
                    foreach (NBJobState state in new[] { NBJobState.Intent, NBJobState.Submitted, NBJobState.Received }) rig.Journal.WriteAsync(job with { State = state }, CancellationToken.None).GetAwaiter().GetResult();
                }
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default))];
        await Task.WhenAll(writers);

        JobRecord[] read = [.. rig.Read()];
        Assert.Empty(rig.Reports);
        Assert.All(read, job => Assert.Equal(NBJobState.Received, job.State));
        Assert.Equal(jobs.SelectMany(own => own).Select(job => job.Prompt).Order(StringComparer.Ordinal), read.Select(job => job.Prompt).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Who_reads_while_another_writes_sees_one_state_or_the_next()
    {
        JobRecord job = await rig.WriteAsync(JournalRig.Job(prompt: new string('x', 20_000)));
        using var stopped = new CancellationTokenSource();
        Task writer = Task.Factory.StartNew(
            () =>
            {
                for (int n = 0; n < 200; n++) rig.Journal.WriteAsync(job with { State = n % 2 == 0 ? NBJobState.Running : NBJobState.Received, Description = new string('y', n * 50) }, CancellationToken.None).GetAwaiter().GetResult();
                stopped.Cancel();
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default);

        while (!stopped.IsCancellationRequested) Assert.Equal(job.Id, Assert.Single(rig.Read()).Id);
        await writer;

        Assert.Empty(rig.Reports);
    }

    [Fact]
    public async Task A_prompt_is_kept_or_not_as_the_user_says_at_that_moment()
    {
        bool keep = false;
        FileJobJournal journal = rig.Open(new FileJobJournalOptions { KeepPrompts = () => keep });
        JobRecord job = JournalRig.Job(prompt: "secret garden");

        await journal.WriteAsync(job, CancellationToken.None);
        string hidden = await File.ReadAllTextAsync(rig.File(job));
        keep = true;
        await journal.WriteAsync(job, CancellationToken.None);

        Assert.DoesNotContain("secret", hidden, StringComparison.Ordinal);
        Assert.Contains("secret garden", await File.ReadAllTextAsync(rig.File(job), Encoding.UTF8), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_killed_process_left_is_never_read()
    {
        JobRecord job = await rig.WriteAsync(JournalRig.Job());
        string left = $"{rig.File(job)}.{Guid.NewGuid():n}.tmp";
        await File.WriteAllBytesAsync(left, JobWriter.Write(job with { State = NBJobState.Failed }, keepPrompt: true));

        Assert.Equal(NBJobState.Intent, Assert.Single(rig.Read()).State);
        Assert.True(File.Exists(left));
        Assert.Empty(rig.Reports);
    }

    [Fact]
    public async Task What_a_killed_process_left_an_hour_ago_is_swept_by_the_next_write_of_that_day()
    {
        JobRecord job = await rig.WriteAsync(JournalRig.Job());
        (string old, string young) = ($"{rig.File(job)}.old.tmp", $"{rig.File(job)}.young.tmp");
        await File.WriteAllTextAsync(old, "{");
        await File.WriteAllTextAsync(young, "{");
        File.SetLastWriteTimeUtc(old, DateTime.UtcNow - TimeSpan.FromMinutes(61));
        File.SetLastWriteTimeUtc(young, DateTime.UtcNow - TimeSpan.FromMinutes(50));

        await rig.Open().WriteAsync(job, CancellationToken.None);

        Assert.Equal((false, true), (File.Exists(old), File.Exists(young)));
    }

    [Fact]
    public async Task A_process_that_dies_right_before_a_write_leaves_the_state_before()
    {
        JobRecord job = await rig.WriteAsync(JournalRig.Job());
        FileJobJournal dying = rig.Open(onWrite: static (_, before) =>
        {
            if (before) throw new InvalidOperationException("killed");
        });

        await Assert.ThrowsAsync<InvalidOperationException>(() => dying.WriteAsync(job with { State = NBJobState.Submitted }, CancellationToken.None).AsTask());

        Assert.Equal(NBJobState.Intent, rig.Find(job.Id)?.State);
    }

    [Fact]
    public async Task A_process_that_dies_right_after_a_write_leaves_the_new_state()
    {
        JobRecord job = await rig.WriteAsync(JournalRig.Job());
        FileJobJournal dying = rig.Open(onWrite: static (_, before) =>
        {
            if (!before) throw new InvalidOperationException("killed");
        });

        await Assert.ThrowsAsync<InvalidOperationException>(() => dying.WriteAsync(job with { State = NBJobState.Submitted }, CancellationToken.None).AsTask());

        Assert.Equal(NBJobState.Submitted, rig.Find(job.Id)?.State);
    }
}
