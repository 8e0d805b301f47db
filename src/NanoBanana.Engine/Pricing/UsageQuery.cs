namespace NanoBanana.Engine.Pricing;

/// <summary>Which jobs to count, and by what.</summary>
public sealed record UsageQuery
{
    /// <summary>Those made at or after this, UTC.</summary>
    public required DateTimeOffset Since { get; init; }

    /// <summary>Those made before this, UTC.</summary>
    public required DateTimeOffset Until { get; init; }

    /// <summary>What makes a row of its own, the first sorted by first; empty for one row of all.</summary>
    public IReadOnlyList<UsageGroup> GroupBy { get; init; } = [UsageGroup.Day];
}
