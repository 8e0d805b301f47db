using System.Text.Json;
using NanoBanana.Engine.Jobs;
using NanoBanana.Engine.Pricing.Budgets;
using NanoBanana.Engine.Requests;
using NanoBanana.Engine.State;
using NanoBanana.Engine.Tests.Journal;
using NanoBanana.Engine.Tests.Support;

namespace NanoBanana.Engine.Tests.Pricing.Budgets;

/// <summary>What one run may spend.</summary>
public sealed class BudgetTests : IDisposable
{
    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void B4_Sums_are_reserved_until_the_limit_and_none_after_it()
    {
        var budget = new Budget(0.20m, daily: null);
        Assert.True(budget.TryReserve(Job(0.08m)));
        Assert.True(budget.TryReserve(Job(0.08m)));
        Assert.False(budget.TryReserve(Job(0.08m)));
        Assert.False(budget.TryReserve(Job(0.01m))); // A cheaper one does not slip through later.
    }

    [Fact]
    public async Task B4_The_error_at_the_end_has_the_rows_that_were_not_submitted()
    {
        var budget = new Budget(0m, daily: null);
        var row = new object();
        await ReserveAsync(budget, Job(0.08m));
        budget.Skip(Request() with { Input = row });
        budget.Skip(Request());

        JobFailed end = budget.End()!;

        Assert.Equal((NBErrorId.BudgetExceeded, "MaxCost"), (end.Error.ErrorId, end.Error.Parameter));
        Assert.Equal([row, "x"], Assert.IsType<object?[]>(end.Input));
        Assert.Contains("BudgetExceeded: -MaxCost 0.00: 0.00 is spent or reserved; 2 prompts were not submitted.", end.Error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task B5_The_sums_say_what_is_spent_and_what_is_reserved_and_why()
    {
        var budget = new Budget(0.32m, daily: null);
        JobRecord made = Job(0.08m);
        JobRecord refused = Job(0.08m) with { Provider = "Fal" };
        JobRecord free = Job(0.08m);
        foreach (JobRecord job in new[] { made, refused, free, Job(0.08m) }) Assert.True(await ReserveAsync(budget, job));
        await budget.SettleAsync(made with { State = NBJobState.Received });
        await budget.SettleAsync(refused with { State = NBJobState.Failed, ErrorStatus = 422, ErrorId = NBErrorId.ContentRejected });
        await budget.SettleAsync(free with { State = NBJobState.Cancelled, Remote = null });
        Assert.False(budget.TryReserve(Job(0.16m)));
        budget.Skip(Request());

        Assert.Contains(
            "-MaxCost 0.32: 0.24 is spent or reserved; 1 prompt was not submitted. This command spent 0.08 and reserved 0.08 for 1 job that brought no image and may still be charged and 0.08 for 1 job still open. The next prompt costs 0.16.",
            budget.End()!.Error.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_limit_may_be_spent_to_the_last_cent()
    {
        var budget = new Budget(0.16m, daily: null);
        Assert.True(budget.TryReserve(Job(0.08m)));
        Assert.True(budget.TryReserve(Job(0.08m)));
        Assert.Null(budget.End());
    }

    [Fact]
    public void What_a_job_that_came_to_nothing_held_is_free_again()
    {
        var budget = new Budget(0.10m, daily: null);
        JobRecord job = Job(0.08m);
        Assert.True(budget.TryReserve(job));
        budget.Release(job);
        Assert.True(budget.TryReserve(Job(0.10m)));
    }

    [Fact]
    public async Task The_daily_limit_holds_beside_that_of_the_run()
    {
        var budget = new Budget(1m, Daily(0.10m));
        Assert.True(await ReserveAsync(budget, Job(0.08m)));
        Assert.False(await ReserveAsync(budget, Job(0.08m)));

        budget.Skip(Request());
        NBException error = budget.End()!.Error;
        Assert.Null(error.Parameter);
        Assert.Contains("daily budget 0.10: 0.08 is spent or reserved today (UTC) by all commands; 1 prompt was not submitted.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_daily_count_that_cannot_be_had_refuses()
    {
        folder.Write("budget", [1]); // A file where the folder should be.
        var budget = new Budget(0.10m, Daily(1m));
        NBException error = await Assert.ThrowsAsync<NBException>(() => ReserveAsync(budget, Job(0.08m)));
        Assert.Equal(NBErrorId.JournalUnavailable, error.ErrorId);
        Assert.False(budget.IsReached);
    }

    [Theory]
    [InlineData(true, false, true)]
    [InlineData(false, true, true)]
    [InlineData(false, false, false)]
    public void B3_A_price_that_is_not_known_needs_AllowUnknownPrice_where_a_limit_is_set(bool hasMaxCost, bool hasDaily, bool isRefused)
    {
        var budget = new Budget(hasMaxCost ? 1m : null, hasDaily ? Daily(1m) : null);
        var request = new ImageRequest { Prompt = "x", Output = new OutputOptions { Directory = folder.Path } };
        NBPrice price = PriceOf(null);

        Assert.True(budget.TryPrice(request with { AllowUnknownPrice = true }, price));
        Assert.True(budget.TryPrice(request, PriceOf(0.05m)));
        Assert.Equal(!isRefused, budget.TryPrice(request with { Output = request.Output with { Force = true } }, price));
        if (!isRefused) return;

        JobFailed end = budget.End()!;
        Assert.Equal((NBErrorId.BudgetExceeded, hasMaxCost ? "MaxCost" : null), (end.Error.ErrorId, end.Error.Parameter));
        Assert.Contains("1 prompt was not submitted", end.Error.Message, StringComparison.Ordinal);
        Assert.Contains("-AllowUnknownPrice", end.Error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("quality", true)]
    [InlineData("response_format", false)]
    public void B1_A_field_that_may_change_the_price_needs_AllowUnknownPrice_where_a_limit_is_set(string field, bool isRefused)
    {
        var budget = new Budget(1m, daily: null);
        var request = new ImageRequest
        {
            Prompt = "x",
            Provider = "ApiMaster",
            AdditionalProperties = new Dictionary<string, JsonElement>(StringComparer.Ordinal) { [field] = JsonSerializer.SerializeToElement("x") },
            Output = new OutputOptions { Directory = folder.Path },
        };

        Assert.Equal(!isRefused, budget.Takes(request, PriceOf(0.05m)));
        Assert.True(budget.Takes(request with { AllowUnknownPrice = true }, PriceOf(0.05m)));
    }

    private DailyBudget Daily(decimal limit) => new(new StateFolder(folder.Path), new RecordingJournal(), limit, new ImpatientTimeProvider());

    private static async Task<bool> ReserveAsync(Budget budget, JobRecord job) => budget.TryReserve(job) && await budget.TryReserveTodayAsync(job, CancellationToken.None);

    private ImageRequest Request() => new() { Prompt = "x", Output = new OutputOptions { Directory = folder.Path } };

    private static JobRecord Job(decimal price) => JournalRig.Job() with { UnitCost = price };

    private static NBPrice PriceOf(decimal? unit)
    {
        using var engine = new ImageEngine(new EngineOptions { Key = _ => throw new InvalidOperationException("No key is needed for a price.") });
        NBPrice known = engine.Price(new ImageRequest { Prompt = "x", Provider = unit is null ? "Apiframe" : "Fal", Output = new OutputOptions { Directory = Path.GetTempPath() } });
        Assert.Equal(unit is null, known.UnitPrice is null);
        return known;
    }
}
