using System.Text.Json;
using System.Text.Json.Serialization;

namespace NanoBanana.Engine.Jobs.Journal;

/// <summary>
/// A job as it is read from its file; <see cref="JobWriter"/> writes it. Every name is written out in both and every word in
/// <see cref="JobWords"/>: files outlive versions, so nothing that is renamed in the code may change them. A new field is
/// added as it is; a field that changes its meaning needs the next <see cref="CurrentSchema"/> and a reader for the old one.
/// </summary>
internal sealed record JobFile
{
    /// <summary>The version that is written.</summary>
    public const int CurrentSchema = 1;

    [JsonPropertyName("schema")]
    public int Schema { get; init; }

    [JsonPropertyName("id")]
    public string? Id { get; init; }

    [JsonPropertyName("state")]
    public string? State { get; init; }

    [JsonPropertyName("provider")]
    public string? Provider { get; init; }

    [JsonPropertyName("model")]
    public string? Model { get; init; }

    [JsonPropertyName("operation")]
    public string? Operation { get; init; }

    [JsonPropertyName("prompt")]
    public string? Prompt { get; init; }

    [JsonPropertyName("promptHash")]
    public string? PromptHash { get; init; }

    [JsonPropertyName("count")]
    public int Count { get; init; } = 1;

    [JsonPropertyName("resolution")]
    public string? Resolution { get; init; }

    [JsonPropertyName("aspectRatio")]
    public string? AspectRatio { get; init; }

    [JsonPropertyName("outputFormat")]
    public string? OutputFormat { get; init; }

    [JsonPropertyName("seed")]
    public long? Seed { get; init; }

    [JsonPropertyName("request")]
    public RequestSettings? Request { get; init; }

    [JsonPropertyName("sandbox")]
    public bool Sandbox { get; init; }

    [JsonPropertyName("createdAt")]
    public DateTimeOffset? CreatedAt { get; init; }

    [JsonPropertyName("updatedAt")]
    public DateTimeOffset? UpdatedAt { get; init; }

    [JsonPropertyName("submittedAt")]
    public DateTimeOffset? SubmittedAt { get; init; }

    [JsonPropertyName("startedAt")]
    public DateTimeOffset? StartedAt { get; init; }

    [JsonPropertyName("endedAt")]
    public DateTimeOffset? EndedAt { get; init; }

    [JsonPropertyName("durationSeconds")]
    public decimal? DurationSeconds { get; init; }

    [JsonPropertyName("remote")]
    public JobFileRemote? Remote { get; init; }

    [JsonPropertyName("queuePosition")]
    public int? QueuePosition { get; init; }

    [JsonPropertyName("unitCost")]
    public decimal? UnitCost { get; init; }

    [JsonPropertyName("costSource")]
    public string? CostSource { get; init; }

    [JsonPropertyName("reportedCost")]
    public decimal? ReportedCost { get; init; }

    [JsonPropertyName("credits")]
    public decimal? Credits { get; init; }

    [JsonPropertyName("idempotencyKey")]
    public string? IdempotencyKey { get; init; }

    [JsonPropertyName("submitBody")]
    public string? SubmitBody { get; init; }

    [JsonPropertyName("sendStarted")]
    public bool? SendStarted { get; init; }

    [JsonPropertyName("part")]
    public JobFilePart? Part { get; init; }

    [JsonPropertyName("output")]
    public JobFileOutput? Output { get; init; }

    [JsonPropertyName("pictures")]
    public IReadOnlyList<JobFilePicture>? Pictures { get; init; }

    [JsonPropertyName("furtherUris")]
    public IReadOnlyList<string?>? FurtherUris { get; init; }

    [JsonPropertyName("description")]
    public string? Description { get; init; }

    [JsonPropertyName("errorId")]
    public string? ErrorId { get; init; }

    [JsonPropertyName("errorMessage")]
    public string? ErrorMessage { get; init; }

    [JsonPropertyName("errorStatus")]
    public int? ErrorStatus { get; init; }

    [JsonPropertyName("errorType")]
    public string? ErrorType { get; init; }

    [JsonPropertyName("processId")]
    public int? ProcessId { get; init; }

    [JsonPropertyName("machineName")]
    public string? MachineName { get; init; }
}

/// <summary>How the provider knows the job.</summary>
internal sealed record JobFileRemote
{
    [JsonPropertyName("id")]
    public string? Id { get; init; }

    [JsonPropertyName("model")]
    public string? Model { get; init; }

    [JsonPropertyName("statusUri")]
    public string? StatusUri { get; init; }

    [JsonPropertyName("resultUri")]
    public string? ResultUri { get; init; }

    [JsonPropertyName("cancelUri")]
    public string? CancelUri { get; init; }
}

/// <summary>Which of several jobs this is.</summary>
internal sealed record JobFilePart
{
    [JsonPropertyName("index")]
    public int Index { get; init; }

    [JsonPropertyName("of")]
    public int Of { get; init; }
}

/// <summary>Where the pictures go.</summary>
internal sealed record JobFileOutput
{
    [JsonPropertyName("directory")]
    public string? Directory { get; init; }

    [JsonPropertyName("fileName")]
    public string? FileName { get; init; }

    [JsonPropertyName("fileNameTemplate")]
    public string? FileNameTemplate { get; init; }

    [JsonPropertyName("force")]
    public bool Force { get; init; }

    [JsonPropertyName("noDownload")]
    public bool NoDownload { get; init; }
}

/// <summary>One picture.</summary>
internal sealed record JobFilePicture
{
    [JsonPropertyName("uri")]
    public string? Uri { get; init; }

    [JsonPropertyName("path")]
    public string? Path { get; init; }

    [JsonPropertyName("partialPath")]
    public string? PartialPath { get; init; }

    [JsonPropertyName("width")]
    public int? Width { get; init; }

    [JsonPropertyName("height")]
    public int? Height { get; init; }

    [JsonPropertyName("format")]
    public string? Format { get; init; }

    [JsonPropertyName("length")]
    public long? Length { get; init; }
}

/// <summary>The schema alone: what a newer version wrote may not fit the rest.</summary>
internal sealed record JobFileSchema
{
    [JsonPropertyName("schema")]
    public int? Schema { get; init; }
}

[JsonSerializable(typeof(JobFile))]
[JsonSerializable(typeof(JobFileSchema))]
[JsonSerializable(typeof(RequestSettings))]
[JsonSerializable(typeof(IReadOnlyDictionary<string, JsonElement>))]
[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
internal sealed partial class JobFileContext : JsonSerializerContext;
