using System.Diagnostics;
using NanoBanana.Engine.Pricing;
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

    /// <summary>The prompt; null when the user asked that prompts are not kept.</summary>
    public required string? Prompt { get; init; }

    /// <summary>SHA-256 of a prompt that is not kept, in hexadecimal digits; null otherwise.</summary>
    public string? PromptHash { get; init; }

    public int Count { get; init; } = 1;

    public ImageResolution? Resolution { get; init; }

    public AspectRatio? AspectRatio { get; init; }

    public ImageFormat? OutputFormat { get; init; }

    public long? Seed { get; init; }

    /// <summary>What else was asked.</summary>
    public RequestSettings Settings { get; init; } = RequestSettings.None;

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

    /// <summary>The JSON body of a submit that may be repeated under its idempotency key; null where none may.</summary>
    public string? SubmitBody { get; init; }

    /// <summary>
    /// Whether the first byte of the submit may have left. False is written with the intent and true just before that byte; null
    /// in records of versions that wrote neither.
    /// </summary>
    public bool? SendStarted { get; init; }

    /// <summary>The pictures, from the moment in which they exist at the provider.</summary>
    public IReadOnlyList<JobPicture> Pictures { get; init; } = [];

    /// <summary>Addresses of images beyond those that were asked for; nothing is fetched from them.</summary>
    public IReadOnlyList<Uri> FurtherUris { get; init; } = [];

    /// <summary>What the model said.</summary>
    public string? Description { get; init; }

    /// <summary>What the provider says the job cost in US dollars, where that is known to be unreliable.</summary>
    public decimal? ReportedCost { get; init; }

    /// <summary>Who says what it costs: Catalogue or Provider; null when the cost is not known.</summary>
    public string? CostSource { get; init; }

    /// <summary>When the provider took it, UTC; null before.</summary>
    public DateTimeOffset? SubmittedAt { get; init; }

    /// <summary>When it was first seen running, UTC; null for one that was not seen running.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When it was known to have ended at the provider, UTC; null before.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>From the submit to the last byte; null before that.</summary>
    public TimeSpan? Duration { get; init; }

    /// <summary>The process that wrote this.</summary>
    public int? ProcessId { get; init; }

    /// <summary>The machine of that process.</summary>
    public string? MachineName { get; init; }

    public NBErrorId? ErrorId { get; init; }

    public string? ErrorMessage { get; init; }

    /// <summary>The HTTP status that the error came with; null when it came with none.</summary>
    public int? ErrorStatus { get; init; }

    /// <summary>The provider's own type of the error; null when it names none.</summary>
    public string? ErrorType { get; init; }

    /// <summary>The tier that is paid for; providers take 1K where none is named.</summary>
    public ImageResolution ResolutionOrDefault => Resolution ?? ImageResolution.OneK;

    /// <summary>Whether the process that wrote this has ended; only known on its own machine.</summary>
    public bool IsOwnerGone
    {
        get
        {
            if (MachineName != Environment.MachineName || ProcessId is not { } processId) return false;
            try
            {
                using Process process = Process.GetProcessById(processId);
                return process.StartTime.ToUniversalTime() > UpdatedAt.UtcDateTime; // Another process has its number now.
            }
            catch (Exception exception) when (exception is ArgumentException or InvalidOperationException)
            {
                return true;
            }
            catch (System.ComponentModel.Win32Exception)
            {
                return false; // Another user's: it runs, and tells no more.
            }
        }
    }

    /// <summary>Whether nothing more can come of it.</summary>
    public bool IsOver => State.IsOver();

    /// <summary>Whether certainly nothing was sent for it; true also while its process is about to send it.</summary>
    public bool WasNotSent => State == NBJobState.Intent && SendStarted == false;

    /// <summary>Whether the provider is done with it, well or not.</summary>
    public bool HasEnded => State.HasEnded();

    /// <summary>Whether its pictures were made.</summary>
    public bool HasPictures => State is NBJobState.Succeeded or NBJobState.Received or NBJobState.Expired && Pictures.Count > 0;

    /// <summary>US dollars for all pictures that were asked for; null when not known.</summary>
    public decimal? Estimate => UnitCost * Count;

    /// <summary>US dollars for the job as it stands; null when not known. See <see cref="JobCost"/>.</summary>
    public decimal? Cost => JobCost.Of(this).Amount;

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
        Settings = RequestSettings.Of(request),
        Sandbox = sandbox,
        IdempotencyKey = request.IdempotencyKey,
        SendStarted = false,
        Part = request.Part,
        Output = request.Output,
        CreatedAt = now,
        UpdatedAt = now,
        UnitCost = price.UnitPrice,
        CostSource = price.UnitPrice is null ? null : JobCost.Catalogue,
        ProcessId = Environment.ProcessId,
        MachineName = Environment.MachineName,
    };

    /// <summary>The end of a job whose process ended before it sent anything.</summary>
    public NBException NotSent() => new(NBErrorId.JobCancelled, $"{Provider}: the process ended before the request was sent. Nothing was sent or paid; submit it again.");

    /// <summary>The same, as users see it.</summary>
    /// <param name="webhookVerified">Whether the delivery it comes from was proved; null when it comes from none.</param>
    /// <param name="webhookDuplicate">Whether that delivery told nothing new; null when it comes from none.</param>
    public NBJob ToPublic(bool? webhookVerified = null, bool? webhookDuplicate = null)
    {
        JobCost cost = JobCost.Of(this);
        var job = new NBJob
        {
            Id = Id,
            RemoteId = Remote?.Id,
            Provider = Provider,
            Model = Model,
            Operation = Operation,
            State = State,
            Prompt = Prompt,
            PromptHash = Prompt is null ? PromptHash : null, // Of a prompt that is here it makes the hash itself, once somebody asks.
            Count = Count,
            Resolution = ResolutionOrDefault.ToName(),
            QueuePosition = QueuePosition,
            Cost = cost.Amount,
            CostSource = cost.Source,
            IsCostUncertain = cost.IsUncertain,
            Credits = Credits,
            CreatedAt = CreatedAt,
            UpdatedAt = UpdatedAt,
            ErrorId = ErrorId,
            ErrorMessage = ErrorMessage,
            Path = [.. Pictures.Select(picture => picture.Path).OfType<string>()],
            Sandbox = Sandbox,
            WebhookVerified = webhookVerified,
            WebhookDuplicate = webhookDuplicate,
        };
        Settings.Show(this, job);
        return job;
    }
}

/// <summary>One picture of a job: where it is to be had, and where it lies once it has been fetched.</summary>
internal sealed record JobPicture
{
    /// <summary>The provider's address; null when the picture came inside the answer.</summary>
    public Uri? Uri { get; init; }

    /// <summary>The full path of the file; null until it is whole and has its name.</summary>
    public string? Path { get; init; }

    /// <summary>Where a picture that came inside the answer lies until it has its name.</summary>
    public string? PartialPath { get; init; }

    public int? Width { get; init; }

    public int? Height { get; init; }

    public ImageFormat? Format { get; init; }

    /// <summary>Bytes.</summary>
    public long? Length { get; init; }
}
