using NanoBanana.Engine.Jobs;
using NanoBanana.Engine.Providers;

namespace NanoBanana.Engine.Pricing;

/// <summary>What a job costs as it stands: an estimate until it has ended, then what the provider's documents say.</summary>
/// <param name="Amount">US dollars for the whole job; null when no price is known.</param>
/// <param name="Source">Catalogue for <paramref name="Amount"/>; Provider where its own credits are all that is known; null for neither.</param>
/// <param name="IsUncertain">Whether nobody says if it is on the bill at all; then the amount is the full estimate, so that no budget is overrun.</param>
internal readonly record struct JobCost(decimal? Amount, string? Source, bool IsUncertain)
{
    /// <summary>Our dated tables say so.</summary>
    public const string Catalogue = "Catalogue";

    /// <summary>The provider itself says so.</summary>
    public const string Provider = "Provider";

    /// <summary>What a job costs.</summary>
    public static JobCost Of(JobRecord job)
    {
        BillingRules rules = RulesOf(job.Provider);
        return job.State switch
        {
            NBJobState.Succeeded or NBJobState.Received or NBJobState.Expired => new JobCost(Made(job, rules), SourceOf(job), IsUncertain: false),
            NBJobState.Submitted or NBJobState.Running => new JobCost(Estimate(job), SourceOf(job), IsUncertain: false),
            NBJobState.Failed => WithoutPicture(job, Failed(job, rules)),
            NBJobState.Cancelled => WithoutPicture(job, Cancelled(job, rules)),

            // Sent, or perhaps sent, and not answered.
            _ => WithoutPicture(job, Charge.Unknown),
        };
    }

    /// <summary>US dollars for one of a job's pictures; null when no price is known.</summary>
    public static decimal? OfPicture(JobRecord job)
    {
        decimal? amount = Of(job).Amount;
        int pictures = job.Pictures.Count;
        if (pictures == 0 || amount == job.UnitCost * pictures) return job.UnitCost;
        return amount is { } all ? decimal.Round(all / pictures, 6) : null;
    }

    private static decimal? Estimate(JobRecord job) => job.UnitCost * job.Count;

    private static decimal? Made(JobRecord job, BillingRules rules) =>
        rules.BillsPerPicture && job.Pictures.Count > 0 ? job.UnitCost * job.Pictures.Count : Estimate(job);

    private static JobCost WithoutPicture(JobRecord job, Charge charge) => charge == Charge.Free
        ? new JobCost(0m, Catalogue, IsUncertain: false)
        : new JobCost(Estimate(job), SourceOf(job), IsUncertain: charge == Charge.Unknown);

    private static Charge Failed(JobRecord job, BillingRules rules)
    {
        bool isServers = job.ErrorStatus is >= 400
            ? job.ErrorStatus >= 500
            : job.ErrorType is { } type && rules.ServerErrorTypes.Contains(type, StringComparer.Ordinal);
        if (!MayHaveRun(job)) return Charge.Free;

        // A synchronous answer that tells of success and holds no image is no failed run: nobody says that it is paid back.
        if (job.Remote is null && job.ErrorId == NBErrorId.NoImageReturned && rules.Failed == Charge.Free) return Charge.Unknown;
        return isServers ? rules.ServerErrors : rules.Failed;
    }

    /// <summary>
    /// Whether a model may have worked on it. What the provider turned away, or never saw, is on nobody's bill; a synchronous
    /// call has no id either when it fails, but its error tells that the model ran.
    /// </summary>
    private static bool MayHaveRun(JobRecord job) =>
        job.Remote is not null
        || job.ErrorId is NBErrorId.ContentRejected or NBErrorId.NoImageReturned
        || job.ErrorStatus is 422 or >= 500 and not 503;

    /// <summary>
    /// Free only when it was never sent. That nobody saw it run proves nothing, for with -NoWait nobody looks; nor does a place
    /// in the queue, which is that of the last look, and it may have begun since.
    /// </summary>
    private static Charge Cancelled(JobRecord job, BillingRules rules) =>
        job.Remote is null && job.ErrorStatus is null && job.ErrorType is null ? Charge.Free : rules.Cancelled;

    private static string? SourceOf(JobRecord job)
    {
        if (job.UnitCost is not null) return job.CostSource ?? Catalogue;
        return job.Credits is null ? null : Provider;
    }

    private static BillingRules RulesOf(string provider)
    {
        IReadOnlyList<ProviderCapabilities> known = ProviderRegistry.KnownProviders;
        for (int index = 0; index < known.Count; index++) // A report asks 100,000 times: no enumerator for each.
        {
            if (known[index].Provider == provider) return known[index].Billing;
        }

        return BillingRules.None;
    }
}
