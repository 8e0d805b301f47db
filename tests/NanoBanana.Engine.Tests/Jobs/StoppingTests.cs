using System.Text;
using NanoBanana.Engine.Jobs;
using NanoBanana.Engine.Requests;
using NanoBanana.Engine.Tests.Support;

namespace NanoBanana.Engine.Tests.Jobs;

/// <summary>The user stops, or the time is over.</summary>
public sealed class StoppingTests : IDisposable
{
    private readonly EngineRig rig = new() { Clock = new ImpatientTimeProvider(TimeSpan.FromMilliseconds(100)) };
    private readonly CancellationTokenSource stop = new();
    private readonly TaskCompletionSource reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<HttpResponseMessage?> answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Dispose()
    {
        rig.Dispose();
        stop.Dispose();
    }

    [Theory]
    [InlineData("IN_QUEUE", NBJobState.Submitted)]
    [InlineData("IN_PROGRESS", NBJobState.Running)]
    public async Task Stopping_while_waiting_leaves_the_job_in_the_journal(string status, NBJobState expected)
    {
        Task<List<JobEvent>> run = await WaitingAsync(status);

        await stop.CancelAsync();
        await run;

        Assert.Equal((expected, "req-1"), (rig.Journal.Last.State, rig.Journal.Last.Remote?.Id));
    }

    [Fact]
    public async Task Stopping_while_waiting_is_no_error()
    {
        Task<List<JobEvent>> run = await WaitingAsync("IN_PROGRESS");

        await stop.CancelAsync();

        Assert.Empty((await run).OfType<JobFailed>());
    }

    [Fact]
    public async Task Stopping_cancels_nothing_at_the_provider()
    {
        Task<List<JobEvent>> run = await WaitingAsync("IN_PROGRESS");

        await stop.CancelAsync();
        await run;

        Assert.DoesNotContain(rig.Fal.Handler.Requests, request => request.Method == HttpMethod.Put);
    }

    [Fact]
    public async Task C1_A_submit_that_is_answered_after_the_stop_is_written_down()
    {
        Task<List<JobEvent>> run = SubmittingAsync(rig.Request());
        await reached.Task;

        await stop.CancelAsync();
        answer.SetResult(null);
        await run;

        Assert.Equal((NBJobState.Submitted, "req-1"), (rig.Journal.Last.State, rig.Journal.Last.Remote?.Id));
    }

    [Fact]
    public async Task C1_A_synchronous_submit_that_is_answered_after_the_stop_saves_its_image()
    {
        Task<List<JobEvent>> run = SubmittingAsync(rig.Request() with { Direct = true });
        await reached.Task;

        await stop.CancelAsync();
        answer.SetResult(null);
        await run;

        Assert.Equal((NBJobState.Received, 1), (rig.Journal.Last.State, rig.Folder.Files.Length));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task C1_A_submit_that_is_under_way_is_not_cut_off_by_the_stop(bool direct)
    {
        Task<List<JobEvent>> run = SubmittingAsync(rig.Request() with { Direct = direct });
        await reached.Task;

        await stop.CancelAsync();
        rig.Clock.Advance(TimeSpan.FromSeconds(40));

        Assert.Equal((false, NBJobState.Intent), (run.IsCompleted, rig.Journal.Last.State));
        Assert.True(OpenSubmits.OfThisProcess.Contains(rig.Journal.Last.Id));
        answer.SetResult(null);
        await run;
        Assert.False(OpenSubmits.OfThisProcess.Contains(rig.Journal.Last.Id));
    }

    [Fact]
    public async Task C1_An_engine_that_is_disposed_of_after_the_run_has_ended_has_lost_no_submit()
    {
        Task<List<JobEvent>> run = SubmittingAsync(rig.Request());
        await reached.Task;

        await stop.CancelAsync();
        answer.SetResult(null);

        Assert.Single((await run).OfType<JobEnded>(), ended => ended.IsLeft);
    }

    [Fact]
    public async Task C1_Waiting_for_a_job_that_this_process_submits_takes_no_lock_and_tells_how_it_ended()
    {
        Task<List<JobEvent>> run = SubmittingAsync(rig.Request() with { Direct = true });
        await reached.Task;
        await stop.CancelAsync();
        string id = rig.Journal.Last.Id;
        int locks = rig.Journal.LockAttempts;

        var isWaiting = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task<List<JobEvent>> wait = WaitForAsync(id, isWaiting);
        await isWaiting.Task;
        Assert.Equal(locks, rig.Journal.LockAttempts);
        answer.SetResult(null);

        Assert.Equal(NBJobState.Received, Assert.Single((await wait).OfType<JobSeen>()).Job.State);
        await run;
    }

    [Fact]
    public async Task C1_A_submit_that_is_not_answered_in_its_own_time_after_the_stop_is_unknown()
    {
        Task<List<JobEvent>> run = SubmittingAsync(rig.Request());
        await reached.Task;

        await stop.CancelAsync();
        rig.Clock.Advance(TimeSpan.FromSeconds(50));
        await run;

        Assert.Equal(NBJobState.SubmitOutcomeUnknown, rig.Journal.Last.State);
    }

    [Fact]
    public async Task A_submit_that_was_held_back_when_the_user_stopped_was_not_sent()
    {
        rig.Fal.Instead = request => FalStub.IsSubmit(request) ? Answers.Json("{}", 429).RetryAfter(20) : null;
        Task<List<JobEvent>> run = CollectAsync(rig.Request(), line => line.Text.Contains("will be repeated", StringComparison.Ordinal));
        await reached.Task;

        await stop.CancelAsync();
        await run;

        Assert.Equal(NBJobState.Cancelled, rig.Journal.Last.State);
    }

    [Fact]
    public async Task After_a_stop_nothing_more_is_submitted()
    {
        Task<List<JobEvent>> run = SubmittingAsync([.. Enumerable.Range(0, 20).Select(_ => rig.Request())]);
        await reached.Task;

        await stop.CancelAsync();
        answer.SetResult(null);
        await run;

        Assert.Single(rig.Fal.Submits);
    }

    [Fact]
    public async Task A_job_whose_time_is_over_says_so()
    {
        Task<List<JobEvent>> run = await WaitingAsync("IN_PROGRESS");

        rig.Clock.Advance(new BatchOptions().Timeout);

        Assert.Equal(NBErrorId.JobTimedOut, (await run).Error().ErrorId);
    }

    [Fact]
    public async Task A_job_whose_time_is_over_names_the_providers_id()
    {
        Task<List<JobEvent>> run = await WaitingAsync("IN_PROGRESS");

        rig.Clock.Advance(new BatchOptions().Timeout);

        Assert.Contains("request req-1", (await run).Error().Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_job_whose_time_is_over_goes_on_in_the_journal()
    {
        Task<List<JobEvent>> run = await WaitingAsync("IN_PROGRESS");

        rig.Clock.Advance(new BatchOptions().Timeout);
        await run;

        Assert.Equal(NBJobState.Running, rig.Journal.Last.State);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_submit_whose_answer_did_not_come_in_the_jobs_time_is_unknown(bool direct)
    {
        Task<List<JobEvent>> run = SubmittingAsync(rig.Request() with { Direct = direct });
        await reached.Task;

        rig.Clock.Advance(TimeSpan.FromSeconds(50));
        await run;

        Assert.Equal(NBJobState.SubmitOutcomeUnknown, rig.Journal.Last.State);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_submit_whose_answer_did_not_come_in_the_jobs_time_is_never_called_unpaid(bool direct)
    {
        Task<List<JobEvent>> run = SubmittingAsync(rig.Request() with { Direct = direct });
        await reached.Task;

        rig.Clock.Advance(TimeSpan.FromSeconds(50));

        Assert.Equal(NBErrorId.SubmitOutcomeUnknown, (await run).Error().ErrorId);
    }

    [Fact]
    public async Task A_direct_answer_that_is_lost_is_unknown()
    {
        rig.Fal.Instead = request => FalStub.IsSubmit(request) ? throw Answers.Reset() : null;

        List<JobEvent> events = await rig.RunAsync(rig.Request() with { Direct = true });

        Assert.Equal((NBErrorId.SubmitOutcomeUnknown, 1), (events.Error().ErrorId, rig.Fal.Submits.Count));
    }

    [Fact]
    public async Task A_direct_failure_in_fals_own_words_is_no_lost_answer()
    {
        rig.Fal.Instead = request => FalStub.IsSubmit(request) ? Answers.Json("""{"detail":"boom","error_type":"internal_error"}""", 500) : null;

        await rig.RunAsync(rig.Request() with { Direct = true });

        Assert.Equal(NBJobState.Failed, rig.Journal.Last.State);
    }

    private async Task<Task<List<JobEvent>>> WaitingAsync(string status)
    {
        var silence = new HangingStream(Encoding.UTF8.GetBytes($"data: {{\"status\":\"{status}\"}}\n\n"));
        rig.Fal.Instead = request => FalStub.IsStream(request) ? silence.AsEvents() : null;
        Task<List<JobEvent>> run = rig.RunAsync(stopping: stop.Token);
        await silence.Silent.Task;
        return run;
    }

    private Task<List<JobEvent>> SubmittingAsync(params ImageRequest[] requests)
    {
        rig.Fal.InsteadAsync = async (request, cancellationToken) =>
        {
            if (!FalStub.IsSubmit(request)) return null;
            reached.TrySetResult();
            return await answer.Task.WaitAsync(cancellationToken);
        };
        return rig.RunAsync(requests, new BatchOptions { ThrottleLimit = 1, Timeout = TimeSpan.FromSeconds(50) }, stop.Token);
    }

    private async Task<List<JobEvent>> WaitForAsync(string id, TaskCompletionSource isWaiting)
    {
        var events = new List<JobEvent>();
        await foreach (JobEvent next in rig.Engine.ResumeAsync(EngineRig.Stream([id]), new ResumeOptions { Goal = ResumeGoal.Wait, Waits = true }, new BatchOptions()))
        {
            events.Add(next);
            if (next is LogLine line && line.Text.Contains("waiting", StringComparison.Ordinal)) isWaiting.TrySetResult();
        }

        return events;
    }

    private async Task<List<JobEvent>> CollectAsync(ImageRequest request, Func<LogLine, bool> isReached)
    {
        var events = new List<JobEvent>();
        await foreach (JobEvent next in rig.Engine.RunAsync(EngineRig.Stream([request]), new BatchOptions(), stop.Token))
        {
            events.Add(next);
            if (next is LogLine line && isReached(line)) reached.TrySetResult();
        }

        return events;
    }
}
