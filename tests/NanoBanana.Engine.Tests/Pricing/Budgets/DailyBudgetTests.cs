using System.Globalization;
using NanoBanana.Engine.Jobs;
using NanoBanana.Engine.Pricing.Budgets;
using NanoBanana.Engine.State;
using NanoBanana.Engine.Tests.Journal;
using NanoBanana.Engine.Tests.Support;

namespace NanoBanana.Engine.Tests.Pricing.Budgets;

/// <summary>What all processes of a user may spend in a day.</summary>
public sealed class DailyBudgetTests : IDisposable
{
    private readonly TempFolder folder = new();
    private readonly RecordingJournal journal = new();
    private readonly ImpatientTimeProvider clock = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Two_instances_with_25_workers_each_spend_all_and_not_a_cent_more()
    {
        DailyBudget[] budgets = [Open(1.00m, TimeProvider.System), Open(1.00m, TimeProvider.System)];
        int taken = 0;
        await Task.WhenAll(Enumerable.Range(0, 50).Select(worker => Task.Run(async () =>
        {
            while (await budgets[worker % 2].TryReserveAsync(JobId.New(DateTimeOffset.UtcNow), 0.08m, CancellationToken.None) is null) Interlocked.Increment(ref taken);
        })));

        Assert.Equal(12, taken); // 12 x 0.08 = 0.96; a thirteenth would be 1.04.
    }

    [Fact]
    public async Task What_is_given_back_can_be_spent_again()
    {
        DailyBudget budget = Open(0.10m);
        JobRecord job = Job(0.08m);
        Assert.Null(await ReserveAsync(budget, job));
        Assert.Equal(0.08m, await ReserveAsync(budget, Job(0.08m)));

        await budget.SettleAsync(Free(job));

        Assert.Null(await Open(0.10m).TryReserveAsync("another", 0.10m, CancellationToken.None));
    }

    [Fact]
    public async Task A_line_that_a_crash_cut_off_counts_for_nothing_and_is_written_over()
    {
        await ReserveAsync(Open(1m), Job(0.08m));
        await File.AppendAllTextAsync(Today, "0.5");
        DailyBudget other = Open(1m);

        Assert.Null(await other.TryReserveAsync("another", 0.92m, CancellationToken.None));
        Assert.Equal(["0.08", "0.92"], (await File.ReadAllLinesAsync(Today)).Select(line => line.Split(' ')[0]));
    }

    [Fact]
    public async Task A_line_that_is_no_sum_stops_the_spending()
    {
        await ReserveAsync(Open(1m), Job(0.08m));
        await File.AppendAllTextAsync(Today, "a lot\n");

        NBException error = await Assert.ThrowsAsync<NBException>(() => ReserveAsync(Open(1m), Job(0.08m)));

        Assert.Equal(NBErrorId.JournalUnavailable, error.ErrorId);
    }

    [Fact]
    public async Task The_next_day_in_UTC_begins_with_nothing()
    {
        DailyBudget budget = Open(0.10m);
        await ReserveAsync(budget, Job(0.08m));
        clock.Advance(TimeSpan.FromHours(12)); // It was noon.

        Assert.Null(await ReserveAsync(budget, Job(0.08m)));
        Assert.Equal(2, Directory.GetFiles(Path.Combine(folder.Path, "budget")).Length);
    }

    [Fact]
    public async Task A_job_that_ends_after_midnight_is_settled_in_the_day_it_was_made()
    {
        DailyBudget budget = Open(0.10m);
        JobRecord job = Job(0.08m);
        await ReserveAsync(budget, job);
        string yesterday = Today;
        clock.Advance(TimeSpan.FromHours(12));
        await ReserveAsync(budget, Job(0.08m));

        await budget.SettleAsync(Free(job));

        Assert.Equal(0m, Sum(yesterday));
        Assert.Equal(0.08m, await ReserveAsync(budget, Job(0.08m)));
    }

    [Fact]
    public async Task Jobs_that_were_made_without_a_budget_are_counted_once()
    {
        await journal.WriteAsync(Job(0.06m) with { State = NBJobState.Received }, CancellationToken.None);
        await journal.WriteAsync(Job(0.03m), CancellationToken.None);
        await journal.WriteAsync(Job(null), CancellationToken.None);
        await journal.WriteAsync(Job(0.50m, clock.GetUtcNow().AddDays(-1)), CancellationToken.None);

        Assert.Equal(0.09m, await ReserveAsync(Open(0.10m), Job(0.02m)));
        Assert.Equal(0.09m, await ReserveAsync(Open(0.10m), Job(0.02m)));
        Assert.Null(await ReserveAsync(Open(0.10m), Job(0.01m)));
    }

    [Fact]
    public async Task A_job_without_a_budget_that_comes_to_nothing_makes_no_room_for_others()
    {
        JobRecord job = Job(0.08m);
        await Open(1m).SettleAsync(Free(job));

        Assert.True(Sum(Today) >= 0m);
    }

    [Fact]
    public async Task A_job_that_was_reserved_is_not_counted_again_from_the_journal()
    {
        JobRecord job = Job(0.08m);
        await ReserveAsync(Open(1m), job);
        await journal.WriteAsync(job, CancellationToken.None);

        await ReserveAsync(Open(1m), Job(0.01m));

        Assert.Equal(0.09m, Sum(Today));
    }

    [Fact]
    public async Task A_file_that_somebody_never_lets_go_stops_the_spending_in_words()
    {
        await ReserveAsync(Open(1m), Job(0.08m));
        await using FileStream held = File.Open(Today, FileMode.Open, FileAccess.ReadWrite, FileShare.None);

        NBException error = await Assert.ThrowsAsync<NBException>(() => ReserveAsync(Open(1m), Job(0.08m)));

        Assert.Equal(NBErrorId.JournalUnavailable, error.ErrorId);
        Assert.Contains("nothing is submitted", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_is_held_for_a_moment_is_waited_for()
    {
        await ReserveAsync(Open(1m), Job(0.08m));
        FileStream held = File.Open(Today, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        Task<decimal?> waiting = Open(1m, TimeProvider.System).TryReserveAsync("another", 0.08m, CancellationToken.None);
        Assert.False(waiting.IsCompleted);
        await held.DisposeAsync();

        Assert.Null(await waiting);
        Assert.Equal(0.16m, Sum(Today));
    }

    [Theory]
    [InlineData(false, false, true)]
    [InlineData(false, true, false)]
    [InlineData(true, false, false)]
    public async Task B7_At_the_limit_an_intent_that_was_not_sent_gives_its_sum_back_once_its_process_is_gone(bool hasSendStarted, bool isAlive, bool isReleased)
    {
        JobRecord job = Job(0.08m) with { State = NBJobState.Intent, SendStarted = hasSendStarted };
        await journal.WriteAsync(job, CancellationToken.None);
        await ReserveAsync(Open(0.10m), job);
        using IJobLock? held = isAlive ? journal.TryLock(job.Id) : null;

        Assert.Equal(isReleased ? null : 0.08m, await ReserveAsync(Open(0.10m), Job(0.08m)));
        Assert.Equal(isReleased ? NBJobState.Failed : NBJobState.Intent, journal.Find(job.Id)!.State);
    }

    [Fact]
    public async Task B7_An_intent_that_is_written_before_its_sum_is_counted_once()
    {
        JobRecord job = Job(0.08m) with { State = NBJobState.Intent, SendStarted = false };
        await journal.WriteAsync(job, CancellationToken.None);

        await ReserveAsync(Open(1m), job);

        Assert.Equal(0.08m, await Open(1m).ReadAsync(CancellationToken.None));
    }

    [Fact]
    public async Task B7_All_that_is_reserved_for_a_job_can_be_released()
    {
        JobRecord job = Job(0.08m);
        await ReserveAsync(Open(1m), job);

        await Open(1m).ReleaseAsync(job);
        await Open(1m).ReleaseAsync(job);

        Assert.Equal(0m, Sum(Today));
    }

    [Fact]
    public async Task What_is_spent_today_is_read_without_writing()
    {
        await journal.WriteAsync(Job(0.06m) with { State = NBJobState.Received }, CancellationToken.None);

        Assert.Equal(0.06m, await Open(1m).ReadAsync(CancellationToken.None));
        Assert.False(Directory.Exists(Path.Combine(folder.Path, "budget")));
    }

    private static JobRecord Free(JobRecord job) => job with { State = NBJobState.Cancelled, Remote = null };

    private string Today => FileOf(clock.GetUtcNow());

    private DailyBudget Open(decimal limit, TimeProvider? time = null) => new(new StateFolder(folder.Path), journal, limit, time is null ? clock : new DayOf(clock));

    private Task<decimal?> ReserveAsync(DailyBudget budget, JobRecord job) => budget.TryReserveAsync(job.Id, job.Estimate ?? 0m, CancellationToken.None);

    private JobRecord Job(decimal? price, DateTimeOffset? at = null) => JournalRig.Job(at ?? clock.GetUtcNow()) with { UnitCost = price };

    private string FileOf(DateTimeOffset at) => Path.Combine(folder.Path, "budget", at.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) + ".txt");

    private static decimal Sum(string file) => File.ReadAllLines(file).Sum(line => decimal.Parse(line.Split(' ')[0], CultureInfo.InvariantCulture));

    /// <summary>The day of the tests, but timers that take their time: the others must come to their turn.</summary>
    private sealed class DayOf(TimeProvider day) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => day.GetUtcNow();
    }
}
