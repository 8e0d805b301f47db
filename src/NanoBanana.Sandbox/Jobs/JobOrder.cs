using NanoBanana.Sandbox.Painting;

namespace NanoBanana.Sandbox.Jobs;

/// <summary>A job as a provider's wire understood it, in no provider's words.</summary>
internal sealed record JobOrder
{
    public required string Provider { get; init; }

    /// <summary><c>generate</c> or <c>edit</c>.</summary>
    public required string Operation { get; init; }

    /// <summary>The model's id on the wire.</summary>
    public required string Model { get; init; }

    public required string Prompt { get; init; }

    /// <summary>Null: the job's id takes its place, so that the same prompt gives another picture each time.</summary>
    public long? Seed { get; init; }

    /// <summary>A ratio of the <see cref="SizeTable"/>, or <c>auto</c>.</summary>
    public required string AspectRatio { get; init; }

    /// <summary>A tier of the <see cref="SizeTable"/>.</summary>
    public required string Tier { get; init; }

    /// <summary>The tier as the provider spells it, where that is not <see cref="Tier"/>.</summary>
    public string? TierOnWire { get; init; }

    public required int Count { get; init; }

    public required PictureFormat Format { get; init; }

    /// <summary>Addresses or data URIs of the references, in order.</summary>
    public IReadOnlyList<string> References { get; init; } = [];

    /// <summary>US dollars billed on success.</summary>
    public required decimal Amount { get; init; }

    public string? IdempotencyKey { get; init; }

    /// <summary>The request's body as JSON text, where the provider keeps it for a history; null where it does not.</summary>
    public string? Input { get; init; }

    public IReadOnlyDictionary<string, string> Notes { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>The output goes into the answer itself, so it is held as bytes and given no address.</summary>
    public bool Inline { get; init; }

    /// <summary>How long the output can be fetched; null for as long as the simulator lives.</summary>
    public TimeSpan? OutputLifetime { get; init; }

    /// <summary>How long the job waits before it starts.</summary>
    public required TimeSpan QueueTime { get; init; }

    /// <summary>How long it runs once started.</summary>
    public required TimeSpan RunTime { get; init; }

    /// <summary>The job fails when it has waited this long without starting; null waits for ever.</summary>
    public TimeSpan? StartTimeout { get; init; }

    public JobEnd? Doom { get; init; }
}

/// <summary>How a job came to its end.</summary>
internal enum JobEnd
{
    Succeeded,

    /// <summary>Well, but without a picture.</summary>
    Empty,

    /// <summary>The content was refused.</summary>
    Rejected,

    /// <summary>The provider broke.</summary>
    Failed,

    Cancelled,

    /// <summary>It did not start in the time the caller gave it.</summary>
    StartTimeout,

    /// <summary>A reference could not be fetched.</summary>
    ReferenceUnreachable,

    /// <summary>A reference is no picture.</summary>
    ReferenceUnreadable,
}

internal enum JobPhase
{
    Queued,
    Running,
    Ended,
}

/// <summary>One finished picture of a job.</summary>
internal sealed record JobPicture(string Path, PixelSize Size, Storage.MediaItem Media);

/// <summary>A line a job wrote while it ran.</summary>
internal readonly record struct JobLog(string Message, DateTimeOffset At);
