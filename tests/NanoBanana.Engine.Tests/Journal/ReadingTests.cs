using NanoBanana.Engine.Jobs;
using NanoBanana.Engine.Tests.Support;

namespace NanoBanana.Engine.Tests.Journal;

/// <summary>Reading is newest first, opens only what is asked for, and is stopped by no file.</summary>
public sealed class ReadingTests : IDisposable
{
    private readonly JournalRig rig = new();

    public void Dispose() => rig.Dispose();

    [Fact]
    public void A_journal_that_does_not_exist_is_empty()
    {
        Assert.Empty(rig.Read());
        Assert.Empty(rig.Reports);
        Assert.False(Directory.Exists(rig.Folder));
    }

    [Fact]
    public async Task The_newest_come_first_across_days()
    {
        int[] hours = [5, 0, 49, 25, 1, 24, 48, 3];
        foreach (int hour in hours) await rig.WriteAsync(JournalRig.Job(JournalRig.Noon.AddHours(hour)));
        await rig.WriteAsync(JournalRig.Job(JournalRig.Noon.AddHours(3).AddMilliseconds(1)));

        DateTimeOffset[] read = [.. rig.Read().Select(job => job.CreatedAt)];

        Assert.Equal(9, read.Length);
        Assert.Equal(read.OrderDescending(), read);
    }

    [Fact]
    public async Task A_file_is_opened_only_when_it_is_asked_for()
    {
        for (int n = 0; n < 10; n++) await rig.WriteAsync(JournalRig.Job(JournalRig.Noon.AddMinutes(n)));
        JobRecord oldest = rig.Read().Last();
        await File.WriteAllTextAsync(rig.File(oldest), "damaged");

        Assert.Equal(9, rig.Read().Take(9).Count());
        Assert.Empty(rig.Reports);
        Assert.True(File.Exists(rig.File(oldest)));
    }

    [Fact]
    public async Task A_query_chooses_by_provider_and_state_in_any_case()
    {
        JobRecord wanted = await rig.WriteAsync(JournalRig.Job(state: NBJobState.Running));
        await rig.WriteAsync(JournalRig.Job(state: NBJobState.Received));
        await rig.WriteAsync(JournalRig.Job(state: NBJobState.Running) with { Provider = "ApiDot" });

        var query = new JobQuery
        {
            Providers = new HashSet<string>(["FAL"], StringComparer.OrdinalIgnoreCase),
            States = new HashSet<NBJobState> { NBJobState.Running, NBJobState.Submitted },
        };

        Assert.Equal(wanted.Id, Assert.Single(rig.Read(query)).Id);
    }

    [Fact]
    public async Task Since_and_Until_cut_to_the_tick()
    {
        DateTimeOffset[] times = [.. Enumerable.Range(-3, 7).Select(n => JournalRig.Noon.AddTicks(n * 4000))];
        foreach (DateTimeOffset time in times) await rig.WriteAsync(JournalRig.Job(time));

        foreach (DateTimeOffset cut in times)
        {
            Assert.Equal(times.Where(time => time >= cut).OrderDescending(), rig.Read(new JobQuery { Since = cut }).Select(job => job.CreatedAt).OrderDescending());
            Assert.Equal(times.Where(time => time < cut).OrderDescending(), rig.Read(new JobQuery { Until = cut }).Select(job => job.CreatedAt).OrderDescending());
        }
    }

    [Fact]
    public async Task What_is_too_old_too_new_or_not_wanted_is_not_opened()
    {
        foreach (int hour in new[] { -30, -3, 0, 3, 30 })
        {
            JobRecord job = await rig.WriteAsync(JournalRig.Job(JournalRig.Noon.AddHours(hour)));
            await File.WriteAllTextAsync(rig.File(job), "damaged");
        }

        Assert.Empty(rig.Read(new JobQuery { Since = JournalRig.Noon.AddHours(-1), Until = JournalRig.Noon.AddHours(1), IsWanted = static _ => false }));
        Assert.Empty(rig.Reports);
        Assert.Empty(rig.Read(new JobQuery { Since = JournalRig.Noon.AddHours(-1), Until = JournalRig.Noon.AddHours(1) }));
        Assert.Single(rig.Reports);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("\0\0\0\0\0\0\0\0")]
    [InlineData("{}")]
    [InlineData("{\"schema\":1}")]
    [InlineData("{\"name\":\"left-pad\",\"version\":\"1.0.0\"}")]
    [InlineData("hello")]
    public async Task A_damaged_file_is_set_aside_and_told_and_the_rest_is_read(string content)
    {
        JobRecord good = await rig.WriteAsync(JournalRig.Job());
        JobRecord bad = await rig.WriteAsync(JournalRig.Job(JournalRig.Noon.AddHours(1)));
        await File.WriteAllTextAsync(rig.File(bad), content);

        Assert.Equal(good.Id, Assert.Single(rig.Read()).Id);

        NBException report = Assert.Single(rig.Reports);
        Assert.Equal((NBErrorId.JournalDamaged, bad.Id), (report.ErrorId, report.JobId));
        Assert.Equal(content, await File.ReadAllTextAsync(Path.Combine(rig.Folder, "aside", bad.Id + ".json")));
        Assert.False(File.Exists(rig.File(bad)));
    }

    [Fact]
    public async Task A_damaged_file_is_told_once()
    {
        JobRecord bad = await rig.WriteAsync(JournalRig.Job());
        await File.WriteAllTextAsync(rig.File(bad), "damaged");

        Assert.Empty(rig.Read());
        Assert.Empty(rig.Read());

        Assert.Single(rig.Reports);
    }

    [Fact]
    public async Task What_was_set_aside_before_is_never_written_over()
    {
        JobRecord bad = JournalRig.Job();
        foreach (string content in new[] { "first", "second", "third" })
        {
            await rig.WriteAsync(bad);
            await File.WriteAllTextAsync(rig.File(bad), content);
            Assert.Empty(rig.Read());
        }

        Assert.Equal(["first", "second", "third"], rig.Files.Select(name => File.ReadAllText(Path.Combine(rig.Folder, name))));
    }

    [Fact]
    public async Task A_damaged_file_that_is_looked_for_by_its_id_is_told()
    {
        JobRecord bad = await rig.WriteAsync(JournalRig.Job());
        await File.WriteAllTextAsync(rig.File(bad), "damaged");

        NBException error = Assert.Throws<NBException>(() => rig.Find(bad.Id));

        Assert.Equal((NBErrorId.JournalDamaged, bad.Id), (error.ErrorId, error.JobId));
        Assert.Null(rig.Find(bad.Id));
    }

    [Fact]
    public async Task A_file_that_holds_another_job_than_it_is_named_for_is_set_aside()
    {
        JobRecord job = await rig.WriteAsync(JournalRig.Job());
        JobRecord copy = JournalRig.Job();
        File.Copy(rig.File(job), rig.File(copy));

        Assert.Equal(job.Id, Assert.Single(rig.Read()).Id);
        Assert.Equal([NBErrorId.JournalDamaged], rig.Reports.Select(report => report.ErrorId));
    }

    [Fact]
    public async Task Files_that_no_job_has_are_set_aside()
    {
        JobRecord job = await rig.WriteAsync(JournalRig.Job());
        string day = Path.GetDirectoryName(rig.File(job))!;
        await File.WriteAllTextAsync(Path.Combine(day, "notes.json"), "x");
        File.Copy(rig.File(job), Path.Combine(day, JournalRig.Job(JournalRig.Noon.AddDays(1)).Id + ".json"));
        await File.WriteAllTextAsync(Path.Combine(day, "Thumbs.db"), "x");

        Assert.Single(rig.Read());

        Assert.Equal([NBErrorId.JournalDamaged, NBErrorId.JournalDamaged], rig.Reports.Select(report => report.ErrorId));
        Assert.Equal(2, Directory.GetFiles(Path.Combine(rig.Folder, "aside")).Length);
        Assert.True(File.Exists(Path.Combine(day, "Thumbs.db")));
    }

    [Fact]
    public async Task Folders_that_are_no_days_are_not_looked_into()
    {
        foreach (string name in new[] { "2026-13-01", "aside", "locks", "backup", "2026-11-21 copy" })
        {
            Directory.CreateDirectory(Path.Combine(rig.Folder, name));
            await File.WriteAllTextAsync(Path.Combine(rig.Folder, name, "x.json"), "x");
        }

        Assert.Empty(rig.Read());
        Assert.Equal((0, 5), (rig.Reports.Count, rig.Files.Length));
    }

    [Fact]
    public async Task A_job_of_a_newer_version_is_told_and_left_alone()
    {
        JobRecord job = await rig.WriteAsync(JournalRig.Job());
        await File.WriteAllTextAsync(rig.File(job), """{"schema":2,"id":{"new":"shape"}}""");

        Assert.Empty(rig.Read());
        NBException error = Assert.Throws<NBException>(() => rig.Find(job.Id));

        Assert.Equal([NBErrorId.JournalUnavailable, NBErrorId.JournalUnavailable], rig.Reports.Append(error).Select(report => report.ErrorId));
        Assert.Contains("update the module", error.Message, StringComparison.Ordinal);
        Assert.True(File.Exists(rig.File(job)));
    }

    [Fact]
    public async Task A_file_of_another_user_is_told_and_left_alone()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no file modes.");

        JobRecord mine = await rig.WriteAsync(JournalRig.Job());
        JobRecord other = await rig.WriteAsync(JournalRig.Job());
        File.SetUnixFileMode(rig.File(other), UnixFileMode.None);

        Restricted.Run(() => Assert.Equal(mine.Id, Assert.Single(rig.Read()).Id));
        Assert.Equal([NBErrorId.JournalUnavailable], rig.Reports.Select(report => report.ErrorId));
        Assert.True(File.Exists(rig.File(other)));
    }

    [Fact]
    public async Task A_journal_of_another_user_is_told()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no file modes.");

        await rig.WriteAsync(JournalRig.Job());
        File.SetUnixFileMode(rig.Folder, UnixFileMode.None);
        try
        {
            Restricted.Run(() => Assert.Empty(rig.Read()));
            Assert.Equal([NBErrorId.JournalUnavailable], rig.Reports.Select(report => report.ErrorId));
            Restricted.Run(() => Assert.Equal(NBErrorId.JournalUnavailable, Assert.Throws<NBException>(() => rig.Journal.TryLock(JobId.New(JournalRig.Noon))).ErrorId));
        }
        finally
        {
            File.SetUnixFileMode(rig.Folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    [Fact]
    public async Task A_folder_in_the_place_of_a_file_is_told_and_the_rest_is_read()
    {
        JobRecord good = await rig.WriteAsync(JournalRig.Job());
        Directory.CreateDirectory(rig.File(JournalRig.Job(JournalRig.Noon.AddHours(1))));

        Assert.Equal(good.Id, Assert.Single(rig.Read()).Id);
        Assert.Equal([NBErrorId.JournalUnavailable], rig.Reports.Select(report => report.ErrorId));
    }

    [Fact]
    public async Task A_file_that_goes_between_the_list_and_its_turn_is_passed_over()
    {
        JobRecord first = await rig.WriteAsync(JournalRig.Job(JournalRig.Noon.AddHours(1)));
        JobRecord second = await rig.WriteAsync(JournalRig.Job());

        var read = new List<string>();
        foreach (JobRecord job in rig.Read())
        {
            read.Add(job.Id);
            rig.Journal.Remove(second.Id);
        }

        Assert.Equal([first.Id], read);
        Assert.Empty(rig.Reports);
    }

    [Fact]
    public async Task A_file_too_large_for_a_job_is_set_aside_unread()
    {
        JobRecord job = await rig.WriteAsync(JournalRig.Job());
        await using (FileStream file = File.OpenWrite(rig.File(job))) file.SetLength(33 * 1024 * 1024);

        Assert.Empty(rig.Read());
        Assert.Equal([NBErrorId.JournalDamaged], rig.Reports.Select(report => report.ErrorId));
    }
}
