namespace NanoBanana.Survivor;

/// <summary>What one life of the program is told.</summary>
public sealed record Orders
{
    /// <summary>The sandbox's server.</summary>
    public required Uri Server { get; init; }

    /// <summary>The state folder, a full path.</summary>
    public required string State { get; init; }

    /// <summary>The folder for the pictures, a full path.</summary>
    public required string Output { get; init; }

    /// <summary>The pictures to order; those whose prompt is in the journal already are not ordered again.</summary>
    public IReadOnlyList<Order> Pictures { get; init; } = [];

    /// <summary>Whether unfinished jobs of the journal are carried on first.</summary>
    public bool Resumes { get; init; } = true;

    /// <summary>Whether that includes the submits with an unknown outcome.</summary>
    public bool AsksAgain { get; init; }

    /// <summary>How many jobs at once.</summary>
    public int ThrottleLimit { get; init; } = 1;

    /// <summary>When the clock showed the real time.</summary>
    public required DateTimeOffset Epoch { get; init; }

    /// <summary>How many times as fast the clock is.</summary>
    public int Haste { get; init; } = 1;

    /// <summary>What ends this life; null for a peaceful end.</summary>
    public Death? Death { get; init; }
}

/// <summary>One picture, or several of one job.</summary>
/// <param name="Provider">The provider's name.</param>
/// <param name="Prompt">The prompt; it tells the jobs of a journal apart.</param>
public sealed record Order(string Provider, string Prompt)
{
    public int Count { get; init; } = 1;

    public bool Direct { get; init; }

    /// <summary>Whether the picture comes inside the answer.</summary>
    public bool SyncMode { get; init; }

    /// <summary>A file to edit, a full path; null for none.</summary>
    public string? Reference { get; init; }

    /// <summary>Whether the smallest picture will do; not every provider makes one.</summary>
    public bool IsSmall { get; init; }
}

/// <summary>When the program is killed.</summary>
/// <param name="At">What is counted.</param>
/// <param name="Number">The one it does not survive, from 1.</param>
public sealed record Death(DeathCause At, int Number)
{
    /// <summary>Whether the writes of each job are counted apart, and all jobs are killed at the same write of theirs.</summary>
    public bool IsOfEachJob { get; init; }
}

/// <summary>What a death waits for.</summary>
public enum DeathCause
{
    /// <summary>Right before a write of the journal.</summary>
    BeforeWrite,

    /// <summary>Right after a write of the journal.</summary>
    AfterWrite,

    /// <summary>The beginning of a request, or the head of its answer.</summary>
    Call,
}
