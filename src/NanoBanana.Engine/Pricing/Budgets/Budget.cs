using System.Globalization;
using NanoBanana.Engine.Jobs;
using NanoBanana.Engine.Requests;

namespace NanoBanana.Engine.Pricing.Budgets;

/// <summary>What one run may spend: -MaxCost, and the user's daily budget. A sum is reserved before its job is sent.</summary>
/// <param name="maxCost">US dollars for this run; null for no limit.</param>
/// <param name="daily">What all processes may spend in a day; null for no limit.</param>
internal sealed class Budget(decimal? maxCost, DailyBudget? daily)
{
    private readonly object gate = new();
    private readonly List<object?> skipped = [];
    private decimal total;
    private decimal spent;
    private decimal uncertain;
    private int open;
    private int uncertainJobs;
    private Func<string>? reached;
    private string? unpriced;
    private string? next;
    private string? parameter;

    /// <summary>Whether a limit was reached: then nothing more is submitted, cheaper requests included.</summary>
    public bool IsReached => reached is not null;

    /// <summary>Whether a request can be counted: its price is known, or no limit is set, or the user allows an unknown price.</summary>
    /// <param name="request">The request.</param>
    /// <param name="price">Its price.</param>
    public bool Takes(ImageRequest request, NBPrice price) =>
        request.AllowUnknownPrice || (maxCost is null && daily is null) || (price.UnitPrice is not null && OwnedFields.FirstUnpriced(request) is null);

    /// <summary>Skips a request whose price is not known, where a limit is set.</summary>
    /// <param name="request">The request.</param>
    /// <param name="price">Its price.</param>
    /// <returns>False when it must not be submitted.</returns>
    public bool TryPrice(ImageRequest request, NBPrice price)
    {
        if (Takes(request, price)) return true;
        lock (gate)
        {
            unpriced ??= price.UnitPrice is null
                ? $"the price of {price.Provider} {price.Model} is not known. Name it in a price file (Set-NBOption -PriceFile), use another provider"
                : $"-AdditionalProperties '{OwnedFields.FirstUnpriced(request)}' may change the price at {price.Provider}. Remove it";
        }

        Skip(request);
        return false;
    }

    /// <summary>Reserves a job's estimate within -MaxCost.</summary>
    /// <param name="job">The job, not yet written down.</param>
    /// <returns>False when a limit is reached: then nothing more may be submitted.</returns>
    public bool TryReserve(JobRecord job)
    {
        decimal amount = job.Estimate ?? 0m;
        lock (gate)
        {
            if (IsReached) return false;
            if (total + amount > maxCost)
            {
                Reach(nameof(BatchOptions.MaxCost), () => $"-MaxCost {Amount(maxCost.Value)}: {Amount(total)} is spent or reserved", amount);
                return false;
            }

            total += amount;
            open++;
            return true;
        }
    }

    /// <summary>Reserves a job's estimate within the daily budget.</summary>
    /// <param name="job">The job, written down, so that the sum can always be traced to it.</param>
    /// <param name="cancellationToken">Ends the waiting for other processes.</param>
    /// <returns>False when a limit is reached: then nothing more may be submitted.</returns>
    public async Task<bool> TryReserveTodayAsync(JobRecord job, CancellationToken cancellationToken)
    {
        if (daily is null) return true;
        decimal amount = job.Estimate ?? 0m;
        if (await daily.TryReserveAsync(job.Id, amount, cancellationToken).ConfigureAwait(false) is not { } today) return true;
        lock (gate) Reach(null, () => $"daily budget {Amount(daily.Limit)}: {Amount(today)} is spent or reserved today (UTC) by all commands", amount);
        return false;
    }

    /// <summary>Corrects what was reserved, when a job is over and it is known what it cost.</summary>
    /// <param name="job">The job as it ended.</param>
    public async Task SettleAsync(JobRecord job)
    {
        JobCost cost = JobCost.Of(job);
        decimal amount = cost.Amount ?? 0m;
        lock (gate)
        {
            total += amount - (job.Estimate ?? 0m);
            open--;
            spent += cost.IsUncertain ? 0m : amount;
            uncertain += cost.IsUncertain ? amount : 0m;
            uncertainJobs += cost.IsUncertain ? 1 : 0;
        }

        if (daily is not null && amount != (job.Estimate ?? 0m)) await daily.SettleAsync(job).ConfigureAwait(false);
    }

    /// <summary>Gives back what was reserved for a job that is not submitted.</summary>
    /// <param name="job">The job.</param>
    public void Release(JobRecord job)
    {
        lock (gate)
        {
            total -= job.Estimate ?? 0m;
            open--;
        }
    }

    /// <summary>Notes a request that is not submitted.</summary>
    /// <param name="request">The request.</param>
    public void Skip(ImageRequest request)
    {
        lock (gate) skipped.Add(request.Input ?? request.Prompt);
    }

    /// <summary>The one error of a run for all requests that a limit kept from being submitted; null when there is none.</summary>
    public JobFailed? End()
    {
        lock (gate)
        {
            if (reached is null && unpriced is null) return null;
            string prompts = skipped.Count == 1 ? "1 prompt was" : string.Create(CultureInfo.InvariantCulture, $"{skipped.Count} prompts were");
            string limit = maxCost is null ? "daily budget" : "-MaxCost";
            string text = reached is null ? $"{limit}: {prompts} not submitted" : $"{reached()}; {prompts} not submitted. {Sums()}";
            string more = unpriced is null ? string.Empty : $"{(reached is null ? ": " : $" {limit}: ")}{unpriced}, or use -AllowUnknownPrice to submit without a known price.";
            var error = new NBException(NBErrorId.BudgetExceeded, $"{nameof(NBErrorId.BudgetExceeded)}: {text}{more}")
            {
                Parameter = reached is not null ? parameter : maxCost is null ? null : nameof(BatchOptions.MaxCost),
            };
            return new JobFailed(error, Prompt: null, JobId: null) { Input = skipped.ToArray() };
        }
    }

    /// <summary>What this run spent, and what it holds and why.</summary>
    private string Sums()
    {
        var reserved = new List<string>();
        if (uncertain > 0m) reserved.Add(string.Create(CultureInfo.InvariantCulture, $"{Amount(uncertain)} for {Jobs(uncertainJobs)} that brought no image and may still be charged"));
        if (total - spent - uncertain is > 0m and var waiting) reserved.Add(string.Create(CultureInfo.InvariantCulture, $"{Amount(waiting)} for {Jobs(open)} still open"));
        return $"This command spent {Amount(spent)}{(reserved.Count == 0 ? string.Empty : " and reserved " + string.Join(" and ", reserved))}. {next}Raise the limit, or submit the rest later.";
    }

    private void Reach(string? of, Func<string> limit, decimal amount)
    {
        if (IsReached) return;
        (reached, parameter, next) = (limit, of, $"The next prompt costs {Amount(amount)}. ");
    }

    private static string Jobs(int count) => count == 1 ? "1 job" : string.Create(CultureInfo.InvariantCulture, $"{count} jobs");

    private static string Amount(decimal amount) => amount.ToString("0.00##", CultureInfo.InvariantCulture);
}
