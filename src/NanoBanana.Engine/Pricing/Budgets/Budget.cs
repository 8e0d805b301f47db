using System.Globalization;
using NanoBanana.Engine.Jobs;
using NanoBanana.Engine.Requests;

namespace NanoBanana.Engine.Pricing.Budgets;

/// <summary>What one run may spend: -MaxCost, and the user's daily budget. A sum is set aside before its job is sent.</summary>
/// <param name="maxCost">US dollars for this run; null for no limit.</param>
/// <param name="daily">What all processes may spend in a day; null for no limit.</param>
internal sealed class Budget(decimal? maxCost, DailyBudget? daily)
{
    private readonly object gate = new();
    private decimal spent;
    private int left;
    private string? parameter;

    /// <summary>Why nothing more is submitted; null while there is room.</summary>
    public string? Reached { get; private set; }

    /// <summary>Whether a request can be counted: its price is known, or no limit is set, or the user allows an unknown price.</summary>
    /// <param name="request">The request.</param>
    /// <param name="price">Its price.</param>
    public bool Takes(ImageRequest request, NBPrice price) =>
        request.AllowUnknownPrice || (maxCost is null && daily is null) || (price.UnitPrice is not null && OwnedFields.FirstUnpriced(request) is null);

    /// <summary>Refuses what has no known price, where a limit is set.</summary>
    /// <param name="request">The request.</param>
    /// <param name="price">Its price.</param>
    /// <exception cref="NBException">BudgetExceeded: its price is not known.</exception>
    public void Check(ImageRequest request, NBPrice price)
    {
        if (Takes(request, price)) return;
        string limit = maxCost is null ? "the daily budget" : "-MaxCost";
        string reason = price.UnitPrice is null
            ? $"the price of {price.Provider} {price.Model} is not known"
            : $"-AdditionalProperties '{OwnedFields.FirstUnpriced(request)}' may change the price at {price.Provider}";
        throw new NBException(
            NBErrorId.BudgetExceeded,
            $"{limit}: {reason}; nothing was submitted. {(price.UnitPrice is null ? "Name the price in a price file (Set-NBOption -PriceFile), use another provider" : "Remove the field")}, or use -AllowUnknownPrice to submit without a known price.")
        { Provider = price.Provider, Parameter = maxCost is null ? null : "MaxCost" };
    }

    /// <summary>Sets a job's estimate aside.</summary>
    /// <param name="job">The job, not yet written down.</param>
    /// <param name="cancellationToken">Ends the waiting for other processes.</param>
    /// <returns>False when a limit is reached: then nothing more may be submitted.</returns>
    public async Task<bool> TryReserveAsync(JobRecord job, CancellationToken cancellationToken)
    {
        decimal amount = job.Estimate ?? 0m;
        lock (gate)
        {
            if (Reached is not null) return false;
            if (spent + amount > maxCost)
            {
                parameter = "MaxCost";
                Reached = $"-MaxCost {Dollars(maxCost.Value)} leaves no room for the next picture at {Dollars(amount)}";
                return false;
            }

            spent += amount;
        }

        if (daily is null) return true;
        decimal? today;
        try
        {
            today = await daily.TryReserveAsync(job.Id, amount, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            GiveBack(amount);
            throw;
        }

        if (today is null) return true;
        GiveBack(amount);
        lock (gate)
        {
            Reached ??= $"The daily budget of {Dollars(daily.Limit)} leaves no room for the next picture at {Dollars(amount)}, for {Dollars(today.Value)} are spent or set aside today (UTC) by all processes";
        }

        return false;
    }

    /// <summary>Corrects what was set aside, when a job is over and it is known what it cost.</summary>
    /// <param name="job">The job as it ended.</param>
    public async Task SettleAsync(JobRecord job)
    {
        decimal difference = (job.Cost ?? 0m) - (job.Estimate ?? 0m);
        if (difference == 0m) return;
        GiveBack(-difference);
        if (daily is not null) await daily.SettleAsync(job, difference).ConfigureAwait(false);
    }

    /// <summary>Gives back what was set aside for a job that came to nothing before it was written down.</summary>
    /// <param name="job">The job.</param>
    public async Task ReleaseAsync(JobRecord job)
    {
        decimal amount = job.Estimate ?? 0m;
        GiveBack(amount);
        if (daily is not null && amount != 0m) await daily.SettleAsync(job, -amount).ConfigureAwait(false);
    }

    /// <summary>Counts a prompt that is no longer submitted.</summary>
    public void LeaveOut() => Interlocked.Increment(ref left);

    /// <summary>The end of a run whose limit was reached; null when it was not.</summary>
    public NBException? End()
    {
        lock (gate)
        {
            if (Reached is null) return null;
            return new NBException(
                NBErrorId.BudgetExceeded,
                $"{Reached}. This command spent {Dollars(spent)}; {Left()}. Raise the limit, or go on with the rest later.")
            { Parameter = parameter };
        }
    }

    private string Left() => left == 1
        ? "1 prompt was left and nothing was sent for it"
        : string.Create(CultureInfo.InvariantCulture, $"{left} prompts were left and nothing was sent for them");

    private void GiveBack(decimal amount)
    {
        lock (gate) spent -= amount;
    }

    private static string Dollars(decimal amount) => string.Create(CultureInfo.InvariantCulture, $"{amount:0.00##} US dollars");
}
