using NanoBanana.Engine.Jobs;
using NanoBanana.Engine.Providers;
using NanoBanana.Engine.Tests.Journal;
using NanoBanana.Engine.Tests.Support;

namespace NanoBanana.Engine.Tests.Jobs;

/// <summary>A lost submit takes the one request that is nobody else's; what others know is read once a run.</summary>
public sealed class LostSubmitTests : IDisposable
{
    private const string Prompt = "twins";
    private readonly EngineRig rig = new();

    public void Dispose() => rig.Dispose();

    [Theory]
    [InlineData(-1)]
    [InlineData(-20)]
    [InlineData(-31)]
    [InlineData(5)]
    public async Task The_request_of_a_job_that_was_made_earlier_and_sent_late_is_its_own(int minutes)
    {
        JobRecord lost = await LoseAsync(TimeSpan.Zero);
        await TakenAsync(TimeSpan.FromMinutes(minutes), "of-another");
        Listed("of-another", "mine");

        await ResumeAsync(lost.Id);

        Assert.Equal("mine", rig.Journal.Find(lost.Id)!.Remote?.Id);
    }

    [Fact]
    public async Task The_only_request_is_left_to_the_earlier_job_that_has_it()
    {
        JobRecord lost = await LoseAsync(TimeSpan.Zero);
        await TakenAsync(TimeSpan.FromMinutes(-20), "of-another");
        Listed("of-another");

        await ResumeAsync(lost.Id);

        Assert.Equal((NBJobState.SubmitOutcomeUnknown, null), (rig.Journal.Find(lost.Id)!.State, rig.Journal.Find(lost.Id)!.Remote?.Id));
    }

    [Fact]
    public async Task C4_Equal_jobs_take_the_requests_that_nobody_has_one_by_one()
    {
        JobRecord[] lost = [await LoseAsync(TimeSpan.Zero), await LoseAsync(TimeSpan.FromSeconds(1)), await LoseAsync(TimeSpan.FromSeconds(2))];
        Listed("one", "two", "three");

        await ResumeAsync([.. lost.Select(job => job.Id)]);

        Assert.Equal(["one", "three", "two"], lost.Select(job => rig.Journal.Find(job.Id)!.Remote?.Id).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task C4_No_request_is_given_away_while_an_equal_job_is_still_being_submitted()
    {
        JobRecord lost = await LoseAsync(TimeSpan.Zero);
        JobRecord busy = await PutAsync(TimeSpan.FromSeconds(1), NBJobState.Intent, remote: null);
        using IJobLock held = rig.Journal.TryLock(busy.Id)!;
        await rig.Journal.WriteAsync(busy with { ProcessId = 1, MachineName = "another" }, CancellationToken.None);
        Listed("one");

        await ResumeAsync(lost.Id);

        Assert.Null(rig.Journal.Find(lost.Id)!.Remote);
    }

    [Fact]
    public async Task C4_What_a_dead_process_left_keeps_no_request_from_an_equal_job()
    {
        JobRecord lost = await LoseAsync(TimeSpan.Zero);
        JobRecord dead = await PutAsync(TimeSpan.FromSeconds(1), NBJobState.Intent, remote: null);
        using IJobLock takenUp = rig.Journal.TryLock(dead.Id)!;
        await rig.Journal.WriteAsync(dead with { ProcessId = int.MaxValue, MachineName = Environment.MachineName }, CancellationToken.None);
        Listed("one");

        await ResumeAsync(lost.Id);

        Assert.Equal("one", rig.Journal.Find(lost.Id)!.Remote?.Id);
    }

    [Fact]
    public async Task What_another_process_takes_between_two_looks_is_seen()
    {
        JobRecord first = await LoseAsync(TimeSpan.Zero);
        JobRecord theirs = await LoseAsync(TimeSpan.FromSeconds(1));
        JobRecord second = await LoseAsync(TimeSpan.FromSeconds(2));
        Listed();
        int looks = 0;
        Func<SeenRequest, HttpResponseMessage?> list = rig.Fal.Instead;
        rig.Fal.Instead = request =>
        {
            if (request.Uri.Host == "api.fal.ai" && ++looks == 2)
            {
                Assert.True(rig.Journal.WriteAsync(theirs with { State = NBJobState.Submitted, Remote = Remote("new") }, CancellationToken.None).IsCompletedSuccessfully);
                Listed("new");
                return rig.Fal.Instead(request);
            }

            return list(request);
        };

        await ResumeAsync(first.Id, second.Id);

        Assert.Equal(2, looks);
        Assert.Null(rig.Journal.Find(second.Id)!.Remote);
    }

    [Fact]
    public void Each_file_of_a_job_that_is_known_is_opened_once()
    {
        using var journal = new JournalRig();
        string[] ids = [.. Enumerable.Range(0, 100).Select(i => Write(journal, TimeSpan.FromSeconds(i), $"r-{i}"))];
        var counting = new CountingJournal(journal.Journal);
        var index = new RemoteIndex(counting);
        for (int look = 0; look < 10; look++) index.Read(JournalRig.Noon.AddHours(-1), JournalRig.Noon.AddHours(1));

        Assert.Equal(100, counting.Opened);
        Assert.Equal(ids[42], index.JobOf("Fal", "r-42"));
        Assert.Null(index.JobOf("Apiframe", "r-42"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_batch_that_is_told_of_one_by_one_opens_each_file_once_and_lists_seldom(bool newestFirst)
    {
        using var journal = new JournalRig();
        string[] ids = [.. Enumerable.Range(0, 200).Select(i => Write(journal, TimeSpan.FromSeconds(i), $"r-{i}"))];
        var counting = new CountingJournal(journal.Journal);
        var index = new RemoteIndex(counting);
        foreach (int i in newestFirst ? Enumerable.Range(0, 200).Reverse() : Enumerable.Range(0, 200))
        {
            Assert.Equal(ids[i], index.Find("Fal", $"r-{i}", JournalRig.Noon.AddDays(-7), CancellationToken.None));
        }

        Assert.Equal(200, counting.Opened);
        Assert.InRange(counting.Readings, 1, 10);
    }

    [Fact]
    public void One_look_stops_at_what_it_looks_for()
    {
        using var journal = new JournalRig();
        for (int i = 0; i < 50; i++) Write(journal, TimeSpan.FromSeconds(i), $"r-{i}");
        var counting = new CountingJournal(journal.Journal);

        Assert.NotNull(new RemoteIndex(counting).Find("Fal", "r-47", JournalRig.Noon.AddDays(-7), CancellationToken.None));
        Assert.Equal(3, counting.Opened);
    }

    [Fact]
    public async Task A_job_that_had_no_request_yet_is_found_once_it_has()
    {
        using var journal = new JournalRig();
        JobRecord job = await journal.WriteAsync(JournalRig.Job());
        var index = new RemoteIndex(journal.Journal);
        Assert.Null(index.Find("Fal", "r-1", JournalRig.Noon.AddDays(-7), CancellationToken.None));

        await journal.WriteAsync(job with { State = NBJobState.Submitted, Remote = Remote("r-1") });

        Assert.Equal(job.Id, index.Find("Fal", "r-1", JournalRig.Noon.AddDays(-7), CancellationToken.None));
    }

    private static string Write(JournalRig journal, TimeSpan after, string remoteId)
    {
        JobRecord job = JournalRig.Job(JournalRig.Noon + after, NBJobState.Submitted) with { Remote = Remote(remoteId) };
        Assert.True(journal.Journal.WriteAsync(job, CancellationToken.None).AsTask().Wait(TimeSpan.FromMinutes(1)));
        return job.Id;
    }

    private static RemoteJob Remote(string id) => new() { Id = id, Model = "fal-ai/nano-banana-2" };

    private Task<JobRecord> LoseAsync(TimeSpan after) => PutAsync(after, NBJobState.SubmitOutcomeUnknown, remote: null);

    private Task<JobRecord> TakenAsync(TimeSpan after, string remoteId) => PutAsync(after, NBJobState.Submitted, Remote(remoteId));

    private async Task<JobRecord> PutAsync(TimeSpan after, NBJobState state, RemoteJob? remote)
    {
        JobRecord job = JournalRig.Job(rig.Clock.GetUtcNow() + after, state, Prompt) with { Remote = remote, Output = rig.Request().Output };
        await rig.Journal.WriteAsync(job, CancellationToken.None);
        return job;
    }

    private void Listed(params string[] ids)
    {
        DateTimeOffset sent = rig.Clock.GetUtcNow();
        string items = string.Join(',', ids.Select(id => $$"""{"request_id":"{{id}}","endpoint_id":"fal-ai/nano-banana-2","sent_at":"{{sent:yyyy-MM-dd'T'HH:mm:ss'Z'}}","json_input":{"prompt":"{{Prompt}}"} }"""));
        rig.Fal.Instead = request => request.Uri.Host == "api.fal.ai" ? Answers.Json($$"""{"items":[{{items}}],"next_cursor":null,"has_more":false}""") : null;
    }

    private async Task ResumeAsync(params string[] ids)
    {
        await foreach (JobEvent _ in rig.Engine.ResumeAsync(EngineRig.Stream(ids), new ResumeOptions { Goal = ResumeGoal.Receive, Waits = true }, new BatchOptions { ThrottleLimit = 1 }))
        {
            // Only what is written down counts here.
        }
    }

    /// <summary>Counts the files that are opened: those that are wanted by their names.</summary>
    private sealed class CountingJournal(IJobJournal inner) : IJobJournal
    {
        private readonly HashSet<string> wanted = new(StringComparer.Ordinal);

        public int Opened { get; private set; }

        public int Readings { get; private set; }

        public IEnumerable<JobRecord> Read(JobQuery query, Action<NBException>? report = null)
        {
            Readings++;
            wanted.Clear();
            return inner.Read(query with { IsWanted = IsWanted }, report);

            bool IsWanted(string id)
            {
                bool isWanted = query.IsWanted?.Invoke(id) != false;
                if (isWanted && wanted.Add(id)) Opened++; // Asked twice: by its name, and by what it holds.
                return isWanted;
            }
        }

        public ValueTask WriteAsync(JobRecord job, CancellationToken cancellationToken) => inner.WriteAsync(job, cancellationToken);

        public JobRecord? Find(string id) => inner.Find(id);

        public IJobLock? TryLock(string id) => inner.TryLock(id);

        public void Remove(string id) => inner.Remove(id);
    }
}
