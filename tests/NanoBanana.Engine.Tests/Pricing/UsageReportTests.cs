using NanoBanana.Engine.Jobs;
using NanoBanana.Engine.Jobs.Journal;
using NanoBanana.Engine.Pricing;
using NanoBanana.Engine.State;
using NanoBanana.Engine.Tests.Support;

namespace NanoBanana.Engine.Tests.Pricing;

public sealed class UsageReportTests : IDisposable
{
    private static readonly DateTimeOffset Monday = new(2026, 11, 16, 0, 0, 0, TimeSpan.Zero);

    private readonly TempFolder folder = new();

    [Fact]
    public async Task Days_are_those_of_UTC_and_come_in_order()
    {
        await WriteAsync(Received(Monday.AddHours(47.5)), Received(Monday.AddHours(23.99)), Received(Monday.AddHours(24)), Received(Monday));

        IReadOnlyList<NBUsage> rows = Usage();

        Assert.Equal([(new DateOnly(2026, 11, 16), 2), (new DateOnly(2026, 11, 17), 2)], rows.Select(row => (row.Day!.Value, row.Jobs)));
        Assert.Equal((Monday, Monday.AddDays(1)), (rows[0].From, rows[0].Until));
        Assert.All(rows, row => Assert.Equal((null, null, null, "USD"), (row.Provider, row.Model, row.Resolution, row.Currency)));
    }

    [Fact]
    public async Task A_row_says_no_more_time_than_was_asked_for()
    {
        await WriteAsync(Received(Monday.AddHours(5)), Received(Monday.AddHours(4)), Received(Monday.AddHours(6)));

        NBUsage row = Assert.Single(Usage(since: Monday.AddHours(5), until: Monday.AddHours(6)));

        Assert.Equal((1, Monday.AddHours(5), Monday.AddHours(6)), (row.Jobs, row.From, row.Until));
    }

    [Fact]
    public async Task Every_group_has_its_own_sums_sorted_as_asked()
    {
        await WriteAsync(
            Received(Monday) with { Resolution = ImageResolution.FourK, UnitCost = 0.16m },
            Received(Monday) with { Resolution = null },
            Received(Monday) with { Provider = "ApiDot", Model = "nano-banana-2", UnitCost = 0.05m },
            Received(Monday.AddDays(1)) with { Provider = "ApiDot", Model = "nano-banana-2", UnitCost = 0.05m });

        Assert.Equal([("ApiDot", 0.10m), ("Fal", 0.24m)], Usage(UsageGroup.Provider).Select(row => (row.Provider!, row.Cost!.Value)));
        Assert.Equal(["fal-ai/nano-banana-2", "nano-banana-2"], Usage(UsageGroup.Model).Select(row => row.Model));
        Assert.Equal([("1K", 3), ("4K", 1)], Usage(UsageGroup.Resolution).Select(row => (row.Resolution!, row.Jobs)));
        Assert.Equal(
            [("ApiDot", 16), ("ApiDot", 17), ("Fal", 16)],
            Usage(UsageGroup.Provider, UsageGroup.Day).Select(row => (row.Provider!, row.Day!.Value.Day)));
        Assert.Equal(
            [("ApiDot", 16), ("Fal", 16), ("ApiDot", 17)],
            Usage(UsageGroup.Day, UsageGroup.Provider).Select(row => (row.Provider!, row.Day!.Value.Day)));
    }

    [Fact]
    public async Task Nothing_of_a_job_is_lost_or_counted_twice()
    {
        await WriteAsync(
            Received(Monday) with { Count = 2, Pictures = [new(), new()], EndedAt = Monday.AddSeconds(10) },
            Received(Monday) with { EndedAt = Monday.AddSeconds(21) },
            Received(Monday) with { State = NBJobState.Succeeded, EndedAt = Monday.AddSeconds(99) },
            Received(Monday) with { State = NBJobState.Failed, Pictures = [], ErrorStatus = 500 },
            Received(Monday) with { State = NBJobState.Failed, Pictures = [], ErrorStatus = 422 },
            Received(Monday) with { State = NBJobState.SubmitOutcomeUnknown, Pictures = [], Remote = null },
            Received(Monday) with { State = NBJobState.Expired, Pictures = [new() { Path = "/a.png" }, new()], Count = 2 },
            Received(Monday) with { State = NBJobState.Cancelled, Pictures = [], Remote = null },
            Received(Monday) with { State = NBJobState.Running, Pictures = [] },
            Received(Monday) with { Provider = "Apiframe", UnitCost = null, CostSource = null, Credits = 12.5m, EndedAt = Monday.AddSeconds(14) });

        NBUsage row = Assert.Single(Usage());

        Assert.Equal((10, 6, 3, 2, 1), (row.Jobs, row.Pictures, row.Failures, row.Unknown, row.Unpriced));
        Assert.Equal((0.72m, 12.5m), (row.Cost, row.Credits)); // 2 + 1 + 1 + 0 + 1 + 1 + 2 + 0 + 1 pictures of 0.08.
        Assert.Equal(TimeSpan.FromSeconds(15), row.MeanTime);
    }

    [Fact]
    public async Task What_has_no_price_has_no_cost_and_what_was_not_received_no_time()
    {
        await WriteAsync(Received(Monday) with { Provider = "Apiframe", State = NBJobState.Running, UnitCost = null, CostSource = null, Pictures = [] });

        NBUsage row = Assert.Single(Usage());

        Assert.Equal((null, null, null, 1), (row.Cost, row.Credits, row.MeanTime, row.Unpriced));
    }

    [Fact]
    public async Task Jobs_of_the_sandbox_never_count()
    {
        var state = new StateFolder(folder.Path);
        await new FileJobJournal(state.Jobs(sandbox: true)).WriteAsync(Received(Monday) with { Sandbox = true }, default);

        Assert.Empty(Usage());
    }

    [Fact]
    public async Task A_file_that_cannot_be_read_is_told_and_the_others_count()
    {
        await WriteAsync(Received(Monday), Received(Monday));
        JobRecord broken = Received(Monday);
        File.WriteAllText(Path.Combine(new StateFolder(folder.Path).Jobs(sandbox: false), "2026-11-16", broken.Id + ".json"), "{");
        var told = new List<NBException>();

        IReadOnlyList<NBUsage> rows = new JobStore(new StateFolder(folder.Path)).Usage(Query([UsageGroup.Day]), told.Add, default);

        Assert.Equal(2, Assert.Single(rows).Jobs);
        Assert.Equal((NBErrorId.JournalDamaged, broken.Id), (Assert.Single(told).ErrorId, told[0].JobId));
    }

    [Fact]
    public async Task The_counting_ends_when_it_is_stopped()
    {
        await WriteAsync(Received(Monday));
        var store = new JobStore(new StateFolder(folder.Path));

        Assert.Throws<OperationCanceledException>(() => store.Usage(Query([UsageGroup.Day]), static _ => { }, new CancellationToken(canceled: true)));
    }

    [Fact]
    public void A_time_that_ends_before_it_begins_is_refused()
    {
        NBException error = Assert.Throws<NBException>(() => Usage(since: Monday, until: Monday));

        Assert.Equal((NBErrorId.InvalidRequest, "Since"), (error.ErrorId, error.Parameter));
    }

    [Fact]
    public void Its_memory_is_that_of_its_rows()
    {
        JobRecord job = Received(Monday);
        var report = new UsageReport(Query([UsageGroup.Day, UsageGroup.Provider]));
        report.Add(job);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int index = 0; index < 100_000; index++) report.Add(job);

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 64 * 1024);
        Assert.Equal(100_001 * 0.08m, Assert.Single(report.Make()).Cost);
    }

    public void Dispose() => folder.Dispose();

    private static JobRecord Received(DateTimeOffset at) => JobCostTests.Job(at) with { Pictures = [new()] };

    private static UsageQuery Query(UsageGroup[] groups) => new() { Since = Monday.AddDays(-7), Until = Monday.AddDays(7), GroupBy = groups };

    private IReadOnlyList<NBUsage> Usage(params UsageGroup[] groups) => Usage(null, null, groups);

    private IReadOnlyList<NBUsage> Usage(DateTimeOffset? since = null, DateTimeOffset? until = null, params UsageGroup[] groups)
    {
        UsageQuery query = Query(groups.Length == 0 ? [UsageGroup.Day] : groups);
        return new JobStore(new StateFolder(folder.Path)).Usage(
            query with { Since = since ?? query.Since, Until = until ?? query.Until },
            static error => Assert.Fail(error.Message),
            CancellationToken.None);
    }

    private async Task WriteAsync(params JobRecord[] jobs)
    {
        var journal = new FileJobJournal(new StateFolder(folder.Path).Jobs(sandbox: false));
        foreach (JobRecord job in jobs) await journal.WriteAsync(job, CancellationToken.None);
    }
}
