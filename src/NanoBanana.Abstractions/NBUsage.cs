namespace NanoBanana;

/// <summary>What usage can be counted by.</summary>
public enum UsageGroup
{
    /// <summary>By the day on which the jobs were made, in UTC.</summary>
    Day,

    /// <summary>By provider.</summary>
    Provider,

    /// <summary>By model.</summary>
    Model,

    /// <summary>By tier.</summary>
    Resolution,
}

/// <summary>What the jobs of a while, or of one group of them, came to.</summary>
public sealed class NBUsage
{
    /// <summary>The day in UTC; null when not counted by day.</summary>
    public DateOnly? Day { get; init; }

    /// <summary>The day as <c>2026-11-21</c>, the same in every culture; null when not counted by day.</summary>
    public string? Date => Day?.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>The provider; null when not counted by provider.</summary>
    public string? Provider { get; init; }

    /// <summary>The model as the provider names it; null when not counted by model.</summary>
    public string? Model { get; init; }

    /// <summary>The tier; null when not counted by tier.</summary>
    public string? Resolution { get; init; }

    /// <summary>The pictures that were made and can be had, or lie on disk.</summary>
    public int Pictures { get; init; }

    /// <summary>The jobs, those included that have not ended.</summary>
    public int Jobs { get; init; }

    /// <summary>The jobs that failed, or whose pictures expired before they were fetched.</summary>
    public int Failures { get; init; }

    /// <summary>The jobs of which nobody says if they are on the bill; <see cref="Cost"/> holds them in full.</summary>
    public int Unknown { get; init; }

    /// <summary>The jobs without a known price in dollars; <see cref="Cost"/> does not hold them.</summary>
    public int Unpriced { get; init; }

    /// <summary>US dollars; null when no job has a known price.</summary>
    public decimal? Cost { get; init; }

    /// <summary>Always <c>USD</c>.</summary>
    public string Currency => "USD";

    /// <summary>What providers say they took, in their own credits; null when none says so.</summary>
    public decimal? Credits { get; init; }

    /// <summary>From the order to the end at the provider, on average over the jobs that were received; null when none was.</summary>
    public TimeSpan? MeanTime { get; init; }

    /// <summary>The begin of what was counted, UTC.</summary>
    public DateTimeOffset From { get; init; }

    /// <summary>The end of what was counted, UTC; not counted itself.</summary>
    public DateTimeOffset Until { get; init; }
}
