namespace NanoBanana.Sandbox.Faults;

/// <summary>What goes wrong; the words of the written list are in <see cref="FaultPlan"/>.</summary>
public enum FaultKind
{
    Status,
    Lost,
    Refused,
    Reset,
    Truncate,
    Slow,
    Html,
    Malformed,
    Empty,
    Rejected,
    Failed,
    Credits,
    Unauthorized,
    Expired,
    Redirect,
    WrongType,
    BadLength,
    NoStream,
    StreamBreak,
    BodyCode,
}

/// <summary>Which requests a fault waits for.</summary>
public enum FaultTarget
{
    Any,
    Submit,
    Status,
    Stream,
    Result,
    Download,
    Upload,
    Cancel,
    Direct,
}

/// <summary>One item of a <see cref="FaultPlan"/>.</summary>
public sealed record FaultRule
{
    /// <summary>The count that never runs out.</summary>
    public const int Always = int.MaxValue;

    public required FaultTarget Target { get; init; }

    public required FaultKind Kind { get; init; }

    /// <summary>The HTTP status answered, where the kind answers one; otherwise 0.</summary>
    public int Status { get; init; }

    /// <summary>How long a Slow waits before it goes on.</summary>
    public TimeSpan Delay { get; init; }

    /// <summary>What Retry-After says; null sends none.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Retry-After is written as a date instead of seconds.</summary>
    public bool RetryAfterAsDate { get; init; }

    /// <summary>Where a Redirect points.</summary>
    public string? Location { get; init; }

    /// <summary>How often it strikes; <see cref="Always"/> has no end.</summary>
    public int Count { get; init; } = 1;

    /// <summary>The first matching request it strikes, counted from 1.</summary>
    public int From { get; init; } = 1;
}
