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

    /// <summary>Carried out, but a gateway answers an error in its place.</summary>
    Taken,

    /// <summary>The body comes a little at a time.</summary>
    Drip,

    /// <summary>The body stops halfway, and the connection stays open.</summary>
    Stall,

    /// <summary>The request arrives twice with its idempotency key.</summary>
    Replay,

    /// <summary>The idempotency key was used with another body before.</summary>
    Conflict,
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

    /// <summary>Everything else: prices, histories, balances, tokens.</summary>
    Other,
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

    /// <summary>How long a Slow waits before it goes on, and a Drip before each piece.</summary>
    public TimeSpan Delay { get; init; }

    /// <summary>What Retry-After says; null sends none.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Retry-After is written as a date instead of seconds.</summary>
    public bool RetryAfterAsDate { get; init; }

    /// <summary>How far the provider's clock is ahead (negative: behind) when it writes that date.</summary>
    public TimeSpan ClockSkew { get; init; }

    /// <summary>What a BadLength announces, in bytes; negative: so many fewer than come; null: 1000 more than come.</summary>
    public int? Length { get; init; }

    /// <summary>Where a Redirect points.</summary>
    public string? Location { get; init; }

    /// <summary>How often it strikes; <see cref="Always"/> has no end. With a <see cref="Chance"/>: how many matching requests in a row.</summary>
    public int Count { get; init; } = 1;

    /// <summary>The first matching request it strikes, counted from 1.</summary>
    public int From { get; init; } = 1;

    /// <summary>The chance of each matching request to be struck, above 0 and up to 1; null strikes by count.</summary>
    public double? Chance { get; init; }
}
