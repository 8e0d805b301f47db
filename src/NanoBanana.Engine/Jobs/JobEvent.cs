using NanoBanana.Engine.Transport;

namespace NanoBanana.Engine.Jobs;

/// <summary>Something that happened while pictures were made, in the order in which it happened to each job.</summary>
public abstract record JobEvent;

/// <summary>A job was written down: its pictures are ordered next.</summary>
/// <param name="JobId">The job.</param>
/// <param name="Provider">Who makes them.</param>
/// <param name="Prompt">Its prompt; null where it is not known.</param>
/// <param name="State">Where it stands: further on when it is taken up again.</param>
public sealed record JobStarted(string JobId, string Provider, string? Prompt, NBJobState State) : JobEvent;

/// <summary>A job went on.</summary>
/// <param name="JobId">The job.</param>
/// <param name="State">Where it stands.</param>
/// <param name="QueuePosition">Its place in the provider's queue, from 0; null when not known.</param>
public sealed record JobProgressed(string JobId, NBJobState State, int? QueuePosition) : JobEvent;

/// <summary>A picture is there.</summary>
/// <param name="Image">The picture.</param>
public sealed record ImageReceived(NBImage Image) : JobEvent;

/// <summary>A request came to nothing, or to nothing yet.</summary>
/// <param name="Error">Why.</param>
/// <param name="Prompt">The request's prompt; null where it is not known.</param>
/// <param name="JobId">Its job; null when it was refused before one was made.</param>
public sealed record JobFailed(NBException Error, string? Prompt, string? JobId) : JobEvent
{
    /// <summary>Where the job stands now; null when there is none.</summary>
    public NBJobState? State { get; init; }

    /// <summary>The <see cref="Requests.ImageRequest.Input"/> of the request; null for a job that is resumed.</summary>
    public object? Input { get; init; }
}

/// <summary>How a job stands: taken by the provider (-NoWait), looked at, or waited for.</summary>
/// <param name="Job">The job.</param>
public sealed record JobSeen(NBJob Job) : JobEvent;

/// <summary>Nobody works on a job any more.</summary>
/// <param name="JobId">The job.</param>
public sealed record JobEnded(string JobId) : JobEvent
{
    /// <summary>Whether the provider has it and it is not over: nobody waits for it any more, but it can be carried on.</summary>
    public bool IsLeft { get; init; }
}

/// <summary>A line for the user; free of secrets.</summary>
/// <param name="Level">How loud.</param>
/// <param name="Text">The line.</param>
public sealed record LogLine(LogLevel Level, string Text) : JobEvent;
