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
    public async Task Sums_are_set_aside_until_the_limit_and_none_after_it()
    {
        var budget = new Budget(0.20m, daily: null);
        Assert.True(await TryAsync(budget, 0.08m));
        Assert.True(await TryAsync(budget, 0.08m));
        Assert.False(await TryAsync(budget, 0.08m));
        Assert.False(await TryAsync(budget, 0.01m)); // Reached is reached: a cheaper one does not slip through later.

        budget.LeaveOut();
        budget.LeaveOut();
        NBException error = budget.End()!;
        Assert.Equal((NBErrorId.BudgetExceeded, "MaxCost"), (error.ErrorId, error.Parameter));
        Assert.Contains("This command spent 0.16 US dollars; 2 prompts were left", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_limit_may_be_spent_to_the_last_cent()
    {
        var budget = new Budget(0.16m, daily: null);
        Assert.True(await TryAsync(budget, 0.08m));
        Assert.True(await TryAsync(budget, 0.08m));
        Assert.Null(budget.End());
    }

    [Fact]
    public async Task What_a_job_that_came_to_nothing_held_is_free_again()
    {
        var budget = new Budget(0.10m, daily: null);
        JobRecord job = Job(0.08m);
        Assert.True(await budget.TryReserveAsync(job, CancellationToken.None));
        await budget.ReleaseAsync(job);
        Assert.True(await TryAsync(budget, 0.10m));
    }

    [Fact]
    public async Task The_daily_limit_holds_beside_that_of_the_run_and_gives_back_what_it_refuses()
    {
        var budget = new Budget(1m, Daily(0.10m));
        Assert.True(await TryAsync(budget, 0.08m));
        Assert.False(await TryAsync(budget, 0.08m));

        budget.LeaveOut();
        NBException error = budget.End()!;
        Assert.Null(error.Parameter);
        Assert.Contains("daily budget of 0.10 US dollars", error.Message, StringComparison.Ordinal);
        Assert.Contains("(UTC)", error.Message, StringComparison.Ordinal);
        Assert.Contains("This command spent 0.08 US dollars; 1 prompt was left", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_daily_count_that_cannot_be_had_gives_the_sum_back_and_refuses()
    {
        folder.Write("budget", [1]); // A file where the folder should be.
        var budget = new Budget(0.10m, Daily(1m));
        NBException error = await Assert.ThrowsAsync<NBException>(() => TryAsync(budget, 0.08m));
        Assert.Equal(NBErrorId.JournalUnavailable, error.ErrorId);
        Assert.Null(budget.Reached);
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

        budget.Check(request with { AllowUnknownPrice = true }, price);
        budget.Check(request, PriceOf(0.05m));
        if (!isRefused)
        {
            budget.Check(request, price);
            return;
        }

        NBException error = Assert.Throws<NBException>(() => budget.Check(request with { Output = request.Output with { Force = true } }, price));
        Assert.Equal(NBErrorId.BudgetExceeded, error.ErrorId);
        Assert.Contains("-AllowUnknownPrice", error.Message, StringComparison.Ordinal);
        Assert.Equal(hasMaxCost ? "MaxCost" : null, error.Parameter);
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

    private static Task<bool> TryAsync(Budget budget, decimal price) => budget.TryReserveAsync(Job(price), CancellationToken.None);

    private static JobRecord Job(decimal price) => JournalRig.Job() with { UnitCost = price };

    private static NBPrice PriceOf(decimal? unit)
    {
        using var engine = new ImageEngine(new EngineOptions { Key = _ => throw new InvalidOperationException("No key is needed for a price.") });
        NBPrice known = engine.Price(new ImageRequest { Prompt = "x", Provider = unit is null ? "Apiframe" : "Fal", Output = new OutputOptions { Directory = Path.GetTempPath() } });
        Assert.Equal(unit is null, known.UnitPrice is null);
        return known;
    }
}
