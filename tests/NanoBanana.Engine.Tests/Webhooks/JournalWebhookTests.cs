using System.Globalization;
using NanoBanana.Engine.Jobs;
using NanoBanana.Engine.Pricing.Budgets;
using NanoBanana.Engine.Providers;
using NanoBanana.Engine.State;
using NanoBanana.Engine.Tests.Journal;
using NanoBanana.Engine.Tests.Support;
using NanoBanana.Engine.Transport;
using NanoBanana.Engine.Webhooks;

namespace NanoBanana.Engine.Tests.Webhooks;

/// <summary>What a delivery does to a journal that others write to as well, and to what the day counts.</summary>
public sealed class JournalWebhookTests : IDisposable
{
    private const string Progress = """{"event":"progress","jobId":"j-1","status":"PROCESSING","progress":40}""";
    private const string Failed = """{"event":"failed","jobId":"j-1","status":"FAILED","error":{"message":"boom"}}""";
    private const string Cancelled = """{"event":"failed","jobId":"j-1","status":"CANCELLED"}""";

    private readonly TempFolder folder = new();
    private readonly JournalRig rig = new();
    private readonly ImpatientTimeProvider clock = new();

    public void Dispose()
    {
        rig.Dispose();
        folder.Dispose();
    }

    [Fact]
    public async Task A_late_progress_that_races_a_failure_does_not_bring_the_job_back()
    {
        JobRecord job = await SubmittedAsync();
        var racing = new RacingJournal(rig.Journal) { BeforeLock = _ => rig.WriteAsync(job with { State = NBJobState.Failed, ErrorId = NBErrorId.ContentRejected }) };
        WebhookReceipt receipt = await ReceiveAsync(Progress, new JournalWebhookJobs(racing, null, clock));

        Assert.Equal((NBJobState.Failed, true), (receipt.Job.State, receipt.IsDuplicate));
        Assert.Equal(NBErrorId.ContentRejected, rig.Find(job.Id)!.ErrorId);
    }

    [Fact]
    public async Task Pictures_that_were_fetched_while_the_delivery_came_keep_their_files()
    {
        JobRecord job = await SubmittedAsync();
        var half = new JobPicture { Uri = new Uri("https://cdn.apiframe.ai/old.png"), Path = "/out/a.png", Width = 1024, Height = 1024, Length = 7 };
        var racing = new RacingJournal(rig.Journal) { BeforeLock = _ => rig.WriteAsync(job with { State = NBJobState.Succeeded, Pictures = [half, new JobPicture { Uri = new Uri("https://cdn.apiframe.ai/b.png") }] }) };
        WebhookReceipt receipt = await ReceiveAsync(Completed("https://cdn.apiframe.ai/a.png", "https://cdn.apiframe.ai/new.png"), new JournalWebhookJobs(racing, null, clock));

        Assert.Equal([half, new JobPicture { Uri = new Uri("https://cdn.apiframe.ai/new.png") }], receipt.Job.Pictures);
        Assert.Equal(receipt.Job.Pictures, rig.Find(job.Id)!.Pictures);
    }

    [Fact]
    public async Task A_file_is_kept_though_fewer_pictures_are_named_now()
    {
        var second = new JobPicture { Path = "/out/b.png" };
        await SubmittedAsync(NBJobState.Succeeded, job => job with { Pictures = [new JobPicture { Uri = new Uri("https://cdn.apiframe.ai/a.png") }, second] });
        WebhookReceipt receipt = await ReceiveAsync(Completed("https://cdn.apiframe.ai/c.png"), Jobs());

        Assert.Equal([new JobPicture { Uri = new Uri("https://cdn.apiframe.ai/c.png") }, second], receipt.Job.Pictures);
    }

    [Fact]
    public async Task While_somebody_works_on_the_job_the_receipt_tells_what_the_journal_says()
    {
        JobRecord job = await SubmittedAsync();
        using IJobLock? held = rig.Open().TryLock(job.Id);
        WebhookReceipt receipt = await ReceiveAsync(Completed("https://cdn.apiframe.ai/a.png"), Jobs());

        Assert.Equal((NBJobState.Submitted, true), (receipt.Job.State, receipt.IsDuplicate));
        Assert.Empty(receipt.Job.Pictures);
        Assert.Equal(NBJobState.Submitted, rig.Find(job.Id)!.State);
        Assert.InRange(clock.Delays.Sum(delay => delay.TotalSeconds), 1, 3); // Waited for, but not as long as a picture takes.
    }

    [Fact]
    public async Task Who_holds_the_job_for_a_moment_is_waited_for()
    {
        await SubmittedAsync();
        var racing = new RacingJournal(rig.Journal) { IsTaken = attempt => attempt < 4 };
        WebhookReceipt receipt = await ReceiveAsync(Completed("https://cdn.apiframe.ai/a.png"), new JournalWebhookJobs(racing, null, clock));

        Assert.Equal((NBJobState.Succeeded, false), (receipt.Job.State, receipt.IsDuplicate));
        Assert.Equal(3, clock.Delays.Count);
    }

    [Fact]
    public async Task What_its_owner_wrote_meanwhile_is_told_at_once()
    {
        JobRecord job = await SubmittedAsync();
        var racing = new RacingJournal(rig.Journal)
        {
            IsTaken = _ => true,
            BeforeLock = attempt => attempt == 3 ? rig.WriteAsync(job with { State = NBJobState.Received }) : Task.CompletedTask,
        };
        WebhookReceipt receipt = await ReceiveAsync(Completed("https://cdn.apiframe.ai/a.png"), new JournalWebhookJobs(racing, null, clock));

        Assert.Equal((NBJobState.Received, true), (receipt.Job.State, receipt.IsDuplicate));
        Assert.Equal(3, clock.Delays.Count);
    }

    [Fact]
    public async Task A_duplicate_takes_no_lock()
    {
        await SubmittedAsync(NBJobState.Received);
        await ReceiveAsync(Completed("https://cdn.apiframe.ai/a.png"), Jobs());

        Assert.DoesNotContain(rig.Files, file => file.StartsWith("locks/", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_job_that_was_removed_is_not_found_again()
    {
        JobRecord job = await SubmittedAsync();
        JournalWebhookJobs jobs = Jobs();
        await ReceiveAsync(Progress, jobs);
        rig.Journal.Remove(job.Id);

        NBException error = await Assert.ThrowsAsync<NBException>(() => ReceiveAsync(Progress, jobs));
        Assert.Equal(NBErrorId.JobNotFound, error.ErrorId);
    }

    [Fact]
    public async Task A_free_failure_gives_its_sum_back_once_however_often_it_is_told()
    {
        JobRecord job = await ReservedAsync();
        for (int times = 0; times < 3; times++) await ReceiveAsync(Failed, Jobs(Daily()));

        Assert.Equal(NBJobState.Failed, rig.Find(job.Id)!.State);
        Assert.Equal([0.08m, -0.08m], Lines());
    }

    [Fact]
    public async Task A_picture_that_exists_after_all_counts_again()
    {
        await ReservedAsync();
        await ReceiveAsync(Failed, Jobs(Daily()));
        await ReceiveAsync(Completed("https://cdn.apiframe.ai/a.png"), Jobs(Daily()));
        await ReceiveAsync(Completed("https://cdn.apiframe.ai/a.png"), Jobs(Daily()));

        Assert.Equal([0.08m, -0.08m, 0.08m], Lines());
    }

    [Fact]
    public async Task What_may_be_billed_is_not_given_back()
    {
        await ReservedAsync();
        await ReceiveAsync(Cancelled, Jobs(Daily()));

        Assert.Equal([0.08m], Lines());
    }

    [Fact]
    public async Task A_picture_that_has_still_to_be_fetched_is_settled_by_whoever_fetches_it()
    {
        await ReservedAsync();
        await ReceiveAsync(Completed("https://cdn.apiframe.ai/a.png"), Jobs(Daily()));

        Assert.Equal([0.08m], Lines());
    }

    [Fact]
    public async Task A_day_that_cannot_be_counted_does_not_lose_the_delivery()
    {
        JobRecord job = await ReservedAsync();
        await File.AppendAllTextAsync(DayFile, "a lot\n");
        Assert.Equal(NBJobState.Failed, (await ReceiveAsync(Failed, Jobs(Daily()))).Job.State);
        Assert.Equal(NBJobState.Failed, rig.Find(job.Id)!.State);
    }

    [Fact]
    public async Task An_engine_with_a_daily_budget_settles_what_it_is_told()
    {
        JobRecord job = await ReservedAsync();
        using var engine = new ImageEngine(
            new EngineOptions { Key = static _ => SecretKey.FromText(WebhookRig.ApiframeKey), State = new StateFolder(folder.Path), DailyBudget = 1m, TimeProvider = clock },
            rig.Journal);
        NBJob told = await engine.ReceiveWebhookAsync(WebhookRig.FromApiframe(Failed), state: null, CancellationToken.None);
        NBJob again = await engine.ReceiveWebhookAsync(WebhookRig.FromApiframe(Failed), state: null, CancellationToken.None);

        Assert.Equal((job.Id, NBJobState.Failed, 0m, false), (told.Id, told.State, told.Cost, told.WebhookDuplicate));
        Assert.True(again.WebhookDuplicate);
        Assert.Equal([0.08m, -0.08m], Lines());
    }

    private static string Completed(params string[] urls) =>
        "{\"event\":\"completed\",\"jobId\":\"j-1\",\"status\":\"COMPLETED\",\"result\":{\"images\":[" + string.Join(',', urls.Select(url => $"\"{url}\"")) + "]}}";

    private string DayFile => Path.Combine(folder.Path, "budget", clock.GetUtcNow().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) + ".txt");

    private decimal[] Lines() => [.. File.ReadAllLines(DayFile).Select(line => decimal.Parse(line.Split(' ')[0], CultureInfo.InvariantCulture))];

    private DailyBudget Daily() => new(new StateFolder(folder.Path), rig.Journal, 1m, clock);

    private JournalWebhookJobs Jobs(DailyBudget? daily = null) => new(rig.Journal, daily, clock);

    private async Task<WebhookReceipt> ReceiveAsync(string body, JournalWebhookJobs jobs)
    {
        using var door = new WebhookRig(clock: clock, jobs: jobs);
        return await door.ReceiveAsync(WebhookRig.FromApiframe(body));
    }

    private Task<JobRecord> SubmittedAsync(NBJobState state = NBJobState.Submitted, Func<JobRecord, JobRecord>? more = null)
    {
        JobRecord job = Job(state);
        return rig.WriteAsync(more?.Invoke(job) ?? job);
    }

    /// <summary>A job that was sent under a daily budget.</summary>
    private async Task<JobRecord> ReservedAsync()
    {
        JobRecord job = Job(NBJobState.Submitted);
        Assert.Null(await Daily().TryReserveAsync(job.Id, job.Estimate!.Value, CancellationToken.None));
        return await rig.WriteAsync(job);
    }

    private JobRecord Job(NBJobState state) => JournalRig.Job(clock.GetUtcNow(), state) with
    {
        Provider = "Apiframe",
        UnitCost = 0.08m,
        CostSource = "Catalogue",
        Remote = new RemoteJob { Id = "j-1", Model = "nano-banana-2" },
    };

    /// <summary>A journal in which somebody else is at work too.</summary>
    private sealed class RacingJournal(IJobJournal inner) : IJobJournal
    {
        private int attempts;

        /// <summary>What happens just before a lock is asked for, told the how-manieth time this is.</summary>
        public Func<int, Task> BeforeLock { get; init; } = static _ => Task.CompletedTask;

        /// <summary>Whether somebody else has it then.</summary>
        public Func<int, bool> IsTaken { get; init; } = static _ => false;

        public IJobLock? TryLock(string id)
        {
            attempts++;
            Assert.True(BeforeLock(attempts).Wait(TimeSpan.FromMinutes(1)));
            return IsTaken(attempts) ? null : inner.TryLock(id);
        }

        public ValueTask WriteAsync(JobRecord job, CancellationToken cancellationToken) => inner.WriteAsync(job, cancellationToken);

        public JobRecord? Find(string id) => inner.Find(id);

        public IEnumerable<JobRecord> Read(JobQuery query, Action<NBException>? report = null) => inner.Read(query, report);

        public void Remove(string id) => inner.Remove(id);
    }
}
