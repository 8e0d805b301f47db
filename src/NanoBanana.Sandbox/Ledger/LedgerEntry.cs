namespace NanoBanana.Sandbox;

/// <summary>What a provider would say of a job's bill.</summary>
public enum LedgerState
{
    /// <summary>Taken, not finished.</summary>
    Accepted,

    /// <summary>Finished with pictures: <see cref="LedgerEntry.Amount"/> is owed.</summary>
    Billed,

    /// <summary>Ended without pictures: nothing is owed.</summary>
    Failed,

    /// <summary>Cancelled before its end: nothing is owed.</summary>
    Cancelled,
}

/// <summary>One job as the provider's books hold it.</summary>
/// <param name="Provider">The provider's name, such as <c>Fal</c>.</param>
/// <param name="JobId">The provider's id of the job.</param>
/// <param name="Operation"><c>generate</c> or <c>edit</c>.</param>
/// <param name="Model">The model's id on the wire.</param>
/// <param name="Resolution">The tier as the provider spells it.</param>
/// <param name="Count">Pictures asked for.</param>
/// <param name="Amount">US dollars the provider would bill once the job is <see cref="LedgerState.Billed"/>.</param>
/// <param name="State">Where the job stands.</param>
/// <param name="IdempotencyKey">The key the request carried, where the provider has such a thing.</param>
/// <param name="Prompt">The prompt as it arrived.</param>
/// <param name="At">When the job was taken, UTC.</param>
public sealed record LedgerEntry(
    string Provider,
    string JobId,
    string Operation,
    string Model,
    string Resolution,
    int Count,
    decimal Amount,
    LedgerState State,
    string? IdempotencyKey,
    string Prompt,
    DateTimeOffset At)
{
    /// <summary>US dollars owed for it now: <see cref="Amount"/> once it is billed, else 0.</summary>
    public decimal BilledAmount => State == LedgerState.Billed ? Amount : 0;

    /// <summary>How often what happened to it.</summary>
    public JobTally Tally { get; init; } = new(1, 0, 0, 0, 0);

    /// <summary>What else the request said that changes no bill: a webhook, a priority, a no-retry wish.</summary>
    public IReadOnlyDictionary<string, string> Notes { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);
}

/// <summary>How often what happened to a job, up to the moment it was asked.</summary>
/// <param name="Accepted">Requests that were answered with this job: 1, and one more for each replay of its idempotency key.</param>
/// <param name="Billed">Times it was billed: 0 or 1, whatever a client does.</param>
/// <param name="Looks">Status requests and streams opened.</param>
/// <param name="Downloads">Pictures served to their last byte; one that broke off and was carried on counts once.</param>
/// <param name="DownloadRequests">Requests for its pictures, those that failed included.</param>
public readonly record struct JobTally(int Accepted, int Billed, int Looks, int Downloads, int DownloadRequests);
