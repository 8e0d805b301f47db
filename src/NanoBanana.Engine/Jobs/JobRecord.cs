using NanoBanana.Engine.Providers;
using NanoBanana.Engine.Requests;

namespace NanoBanana.Engine.Jobs;

/// <summary>All that is known of a job; immutable, each step makes the next record.</summary>
internal sealed record JobRecord
{
    public required string Id { get; init; }

    public required NBJobState State { get; init; }

    public required string Provider { get; init; }

    public required string Model { get; init; }

    public required ImageOperation Operation { get; init; }

    public required string Prompt { get; init; }

    public int Count { get; init; } = 1;

    public ImageResolution? Resolution { get; init; }

    public AspectRatio? AspectRatio { get; init; }

    public ImageFormat? OutputFormat { get; init; }

    public long? Seed { get; init; }

    public bool Sandbox { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset UpdatedAt { get; init; }

    public RemoteJob? Remote { get; init; }

    public int? QueuePosition { get; init; }

    /// <summary>US dollars for one picture; null when not known.</summary>
    public decimal? UnitCost { get; init; }

    /// <summary>Where the pictures go.</summary>
    public required OutputOptions Output { get; init; }

    /// <summary>What the provider took, in its own credits; null when it does not say.</summary>
    public decimal? Credits { get; init; }

    /// <summary>Tells a repeated submit from a new one, where the provider documents such a key.</summary>
    public string? IdempotencyKey { get; init; }

    /// <summary>Which of several jobs this is, when a count was split.</summary>
    public RequestPart? Part { get; init; }

    public IReadOnlyList<Uri> Outputs { get; init; } = [];

    public IReadOnlyList<string> Files { get; init; } = [];

    public NBErrorId? ErrorId { get; init; }

    public string? ErrorMessage { get; init; }

    /// <summary>The tier that is paid for; providers take 1K where none is named.</summary>
    public ImageResolution ResolutionOrDefault => Resolution ?? ImageResolution.OneK;

    /// <summary>US dollars for all pictures; null when not known.</summary>
    public decimal? Cost => UnitCost * Count;

    /// <summary>The record of a request that is about to be sent.</summary>
    public static JobRecord Intend(ImageRequest request, NBPrice price, DateTimeOffset now, bool sandbox) => new()
    {
        Id = JobId.New(now),
        State = NBJobState.Intent,
        Provider = request.Provider!,
        Model = request.Model!,
        Operation = request.Operation,
        Prompt = request.Prompt,
        Count = request.Count,
        Resolution = request.Resolution,
        AspectRatio = request.AspectRatio,
        OutputFormat = request.OutputFormat,
        Seed = request.Seed,
        Sandbox = sandbox,
        IdempotencyKey = request.IdempotencyKey,
        Part = request.Part,
        Output = request.Output,
        CreatedAt = now,
        UpdatedAt = now,
        UnitCost = price.UnitPrice,
    };

    /// <summary>The same, as users see it.</summary>
    public NBJob ToPublic() => new()
    {
        Id = Id,
        RemoteId = Remote?.Id,
        Provider = Provider,
        Model = Model,
        Operation = Operation,
        State = State,
        Prompt = Prompt,
        Count = Count,
        Resolution = ResolutionOrDefault.ToName(),
        QueuePosition = QueuePosition,
        Cost = Cost,
        CostSource = Cost is null ? null : "Catalogue",
        Credits = Credits,
        CreatedAt = CreatedAt,
        UpdatedAt = UpdatedAt,
        ErrorId = ErrorId,
        ErrorMessage = ErrorMessage,
        Path = Files,
        Sandbox = Sandbox,
    };
}
