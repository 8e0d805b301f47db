namespace NanoBanana.Engine.Pricing;

/// <summary>Whether something that brought no picture is on the bill.</summary>
internal enum Charge
{
    /// <summary>Nobody says, or it may be.</summary>
    Unknown,

    /// <summary>It is not, or it is paid back.</summary>
    Free,

    /// <summary>It is, in full.</summary>
    Charged,
}

/// <summary>What a provider's documents say of jobs that did not bring what was ordered: the billing of its row in models.json.</summary>
internal sealed record BillingRules
{
    /// <summary>For a provider that is not known: nobody says anything.</summary>
    public static BillingRules None { get; } = new() { Source = "not documented" };

    /// <summary>A job that failed for what was asked, as a refused prompt.</summary>
    public Charge Failed { get; init; }

    /// <summary>A job that failed at the provider: 5xx, or one of <see cref="ServerErrorTypes"/>.</summary>
    public Charge ServerErrors { get; init; }

    /// <summary>The provider's own types of such failures, for answers without a status.</summary>
    public IReadOnlyList<string> ServerErrorTypes { get; init; } = [];

    /// <summary>A job that was cancelled after the provider took it; whether it ran by then is told by nobody.</summary>
    public Charge Cancelled { get; init; }

    /// <summary>Whether each picture that came is billed; else all that were asked for are taken to be.</summary>
    public bool BillsPerPicture { get; init; }

    /// <summary>Where that is written, or that it is not.</summary>
    public required string Source { get; init; }
}
