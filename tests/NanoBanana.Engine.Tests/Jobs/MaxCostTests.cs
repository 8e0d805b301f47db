using NanoBanana.Engine.Jobs;
using NanoBanana.Engine.Requests;
using NanoBanana.Engine.Tests.Support;

namespace NanoBanana.Engine.Tests.Jobs;

/// <summary>A run that stops at its limit.</summary>
public sealed class MaxCostTests : IDisposable
{
    private readonly EngineRig rig = new();
    private readonly List<JobEvent> events = [];

    public void Dispose() => rig.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    public async Task B4_At_the_limit_nothing_more_is_sent_what_runs_is_drained_and_one_error_has_the_rest(int throttle)
    {
        NBException error = await RunToLimitAsync(Many(20), 0.50m, throttle);

        Assert.Equal(NBErrorId.BudgetExceeded, error.ErrorId);
        Assert.Equal(6, rig.Fal.Submits.Count); // 6 x 0.08 = 0.48.
        Assert.Equal(6, events.OfType<ImageReceived>().Count());
        Assert.Contains("0.48 is spent or reserved; 14 prompts were not submitted", error.Message, StringComparison.Ordinal);
        Assert.Equal(14, Assert.IsType<object?[]>(Assert.IsType<JobFailed>(events[^1]).Input).Length);
        Assert.Equal(6, rig.Journal.Written.Select(job => job.Id).Distinct(StringComparer.Ordinal).Count()); // Nothing is written of what was left.
    }

    [Fact]
    public async Task A_limit_that_is_not_reached_is_not_spoken_of()
    {
        await RunAsync(Many(6), new BatchOptions { MaxCost = 0.48m });
        Assert.Equal(6, events.OfType<ImageReceived>().Count());
    }

    [Fact]
    public async Task A_request_of_several_pictures_counts_them_all()
    {
        string[] four = [.. Enumerable.Range(0, 4).Select(index => $"https://v3.fal.media/files/{index}.png")];
        rig.Fal.Instead = request => FalStub.IsResult(request) ? Answers.Json(FalStub.Output(four)) : null;

        NBException error = await RunToLimitAsync([rig.Request() with { Count = 4 }, rig.Request() with { Count = 3 }], 0.50m, 1);

        Assert.Single(rig.Fal.Submits);
        Assert.Contains("0.32 is spent or reserved; 1 prompt was not submitted", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task B3_An_unknown_price_under_a_limit_is_refused_before_anything_is_sent_and_taken_with_AllowUnknownPrice()
    {
        ImageRequest unknown = rig.Request() with { Model = "fal-ai/nano-banana-9" };
        await RunAsync([unknown with { Output = unknown.Output with { Force = true } }], new BatchOptions { MaxCost = 1m });
        Assert.Equal(NBErrorId.BudgetExceeded, events.Error().ErrorId);
        Assert.Empty(rig.Fal.Handler.Requests);

        events.Clear();
        await RunAsync([unknown with { AllowUnknownPrice = true }], new BatchOptions { MaxCost = 1m });
        Assert.Null(events.Image().Cost);
    }

    [Fact]
    public async Task A_job_that_was_refused_unpaid_makes_room_for_the_next()
    {
        int submits = 0;
        rig.Fal.Instead = request => FalStub.IsSubmit(request) && submits++ == 0 ? Answers.Json("""{"detail":"invalid"}""", 401) : null;

        NBException error = await RunToLimitAsync(Many(3), 0.08m, 1);

        Assert.Contains(events.OfType<JobFailed>(), failed => failed.Error.ErrorId == NBErrorId.AuthenticationFailed);
        Assert.Single(events.OfType<ImageReceived>());
        Assert.Contains("0.08 is spent or reserved; 1 prompt was not submitted", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_journal_that_takes_no_intent_gives_the_sum_back()
    {
        int failures = 0;
        rig.Journal.Fail = job => job.State == NBJobState.Intent && failures++ == 0 ? new IOException("the disk is full") : null;

        await RunAsync(Many(2), new BatchOptions { MaxCost = 0.08m, ThrottleLimit = 1 });

        Assert.Single(events.OfType<ImageReceived>());
        Assert.Equal(NBErrorId.OutputWriteFailed, events.Error().ErrorId);
    }

    [Fact]
    public async Task A_stop_while_the_intent_is_written_reserves_nothing_for_the_day()
    {
        using var folder = new TempFolder();
        using var stop = new CancellationTokenSource();
        rig.Journal.Fail = _ =>
        {
            stop.Cancel();
            return new OperationCanceledException(stop.Token);
        };
        using ImageEngine engine = WithDailyBudget(1m, folder);

        await foreach (JobEvent next in engine.RunAsync(EngineRig.Stream(Many(1)), new BatchOptions(), stop.Token)) events.Add(next);

        Assert.False(Directory.Exists(Path.Combine(folder.Path, "budget")));
    }

    [Fact]
    public async Task A_job_that_the_daily_budget_refuses_is_not_in_the_journal()
    {
        using var folder = new TempFolder();
        using ImageEngine engine = WithDailyBudget(0.10m, folder);

        await foreach (JobEvent next in engine.RunAsync(EngineRig.Stream(Many(3)), new BatchOptions { ThrottleLimit = 1 })) events.Add(next);

        Assert.Equal(NBErrorId.BudgetExceeded, events.Error().ErrorId);
        Assert.Equal([NBJobState.Received], rig.Journal.Read(new JobQuery()).Select(job => job.State));
    }

    [Fact]
    public async Task The_sandbox_never_counts()
    {
        using var folder = new TempFolder();
        using ImageEngine engine = WithDailyBudget(0m, folder, sandbox: true);

        await foreach (JobEvent next in engine.RunAsync(EngineRig.Stream(Many(1)), new BatchOptions())) events.Add(next);

        Assert.Single(events.OfType<ImageReceived>());
        Assert.False(Directory.Exists(Path.Combine(folder.Path, "budget")));
    }

    private ImageEngine WithDailyBudget(decimal limit, TempFolder folder, bool sandbox = false) => new(
        new EngineOptions
        {
            Key = rig.Key,
            MessageHandler = rig.Fal.Handler,
            TimeProvider = rig.Clock,
            State = new(folder.Path),
            DailyBudget = limit,
            Sandbox = sandbox,
        },
        rig.Journal);

    private IEnumerable<ImageRequest> Many(int count) => Enumerable.Range(0, count).Select(index => rig.Request($"picture {index}"));

    private async Task<NBException> RunToLimitAsync(IEnumerable<ImageRequest> requests, decimal limit, int throttle)
    {
        await RunAsync(requests, new BatchOptions { MaxCost = limit, ThrottleLimit = throttle });
        return Assert.Single(events.OfType<JobFailed>(), failed => failed.Error.ErrorId == NBErrorId.BudgetExceeded).Error;
    }

    private async Task RunAsync(IEnumerable<ImageRequest> requests, BatchOptions batch)
    {
        await foreach (JobEvent next in rig.Engine.RunAsync(EngineRig.Stream(requests), batch)) events.Add(next);
    }
}
