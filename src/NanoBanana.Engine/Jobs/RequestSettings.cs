using System.Text.Json;
using System.Text.Json.Serialization;
using NanoBanana.Engine.Requests;

namespace NanoBanana.Engine.Jobs;

/// <summary>
/// The settings of a request that nothing in the job's life depends on. They are kept so that the same request can be submitted
/// again. The names in the file never change, see <see cref="Journal.JobFile"/>.
/// </summary>
internal sealed record RequestSettings
{
    /// <summary>Of a data URI only this is kept: it can be as large as an image.</summary>
    private const string DataScheme = "data:";

    /// <summary>No settings.</summary>
    public static RequestSettings None { get; } = new();

    [JsonPropertyName("references")]
    public IReadOnlyList<string>? References { get; init; }

    [JsonPropertyName("safetyTolerance")]
    public int? SafetyTolerance { get; init; }

    [JsonPropertyName("webSearch")]
    public bool WebSearch { get; init; }

    [JsonPropertyName("imageSearch")]
    public bool ImageSearch { get; init; }

    [JsonPropertyName("thinkingLevel")]
    public string? ThinkingLevel { get; init; }

    [JsonPropertyName("systemPrompt")]
    public string? SystemPrompt { get; init; }

    [JsonPropertyName("limitGenerations")]
    public bool? LimitGenerations { get; init; }

    [JsonPropertyName("syncMode")]
    public bool SyncMode { get; init; }

    [JsonPropertyName("direct")]
    public bool Direct { get; init; }

    [JsonPropertyName("noWait")]
    public bool NoWait { get; init; }

    [JsonPropertyName("cancelOnStop")]
    public bool CancelOnStop { get; init; }

    [JsonPropertyName("lowPriority")]
    public bool LowPriority { get; init; }

    [JsonPropertyName("startTimeoutSeconds")]
    public double? StartTimeoutSeconds { get; init; }

    [JsonPropertyName("noProviderRetry")]
    public bool NoProviderRetry { get; init; }

    [JsonPropertyName("callbackUri")]
    public string? CallbackUri { get; init; }

    [JsonPropertyName("uploadVia")]
    public string? UploadVia { get; init; }

    /// <summary>A JSON object as text.</summary>
    [JsonPropertyName("additionalProperties")]
    public string? AdditionalProperties { get; init; }

    /// <summary>The settings of a request.</summary>
    public static RequestSettings Of(ImageRequest request) => new()
    {
        References = request.References.Count == 0 ? null : [.. request.References.Select(Text)],
        SafetyTolerance = request.SafetyTolerance,
        WebSearch = request.WebSearch,
        ImageSearch = request.ImageSearch,
        ThinkingLevel = request.ThinkingLevel?.ToString(),
        SystemPrompt = request.SystemPrompt,
        LimitGenerations = request.LimitGenerations,
        SyncMode = request.SyncMode,
        Direct = request.Direct,
        NoWait = request.NoWait,
        CancelOnStop = request.CancelOnStop,
        LowPriority = request.LowPriority,
        StartTimeoutSeconds = request.StartTimeout?.TotalSeconds,
        NoProviderRetry = request.NoProviderRetry,
        CallbackUri = request.CallbackUri?.OriginalString,
        UploadVia = request.UploadVia,
        AdditionalProperties = request.AdditionalProperties.Count == 0
            ? null
            : JsonSerializer.Serialize(request.AdditionalProperties, Journal.JobFileContext.Default.IReadOnlyDictionaryStringJsonElement),
    };

    /// <summary>What is written of them; null for nothing.</summary>
    /// <param name="keepPrompt">Whether prompts are kept; what may hold the user's words or secrets is kept or not like them.</param>
    public RequestSettings? ToKeep(bool keepPrompt)
    {
        RequestSettings kept = keepPrompt ? this : this with { SystemPrompt = null, AdditionalProperties = null, CallbackUri = null };
        return kept == None ? null : kept;
    }

    /// <summary>Shows the settings of a job on what users hold.</summary>
    public void Show(JobRecord job, NBRequest shown)
    {
        shown.Seed = job.Seed;
        shown.AspectRatio = job.AspectRatio?.ToString();
        shown.OutputFormat = job.OutputFormat?.ToName();
        shown.SafetyTolerance = SafetyTolerance;
        shown.WebSearch = WebSearch;
        shown.ImageSearch = ImageSearch;
        shown.ThinkingLevel = Enum.TryParse(ThinkingLevel, out ThinkingLevel level) ? level : null;
        shown.SystemPrompt = SystemPrompt;
        shown.LimitGenerations = LimitGenerations;
        shown.SyncMode = SyncMode;
        shown.Direct = Direct;
        shown.NoWait = NoWait;
        shown.CancelOnStop = CancelOnStop;
        shown.Priority = LowPriority ? QueuePriority.Low : QueuePriority.Normal;
        shown.StartTimeoutSec = StartTimeoutSeconds;
        shown.NoProviderRetry = NoProviderRetry;
        shown.CallbackUri = Uri.TryCreate(CallbackUri, UriKind.Absolute, out Uri? callback) ? callback : null;
        shown.UploadVia = UploadVia;
        shown.AdditionalProperties = AdditionalProperties;
        shown.OutDirectory = job.Output.Directory;
        shown.FileNameFormat = job.Output.FileNameTemplate;
        shown.NoDownload = job.Output.NoDownload;
        shown.References = References ?? [];
    }

    private static string Text(ReferenceImage reference) => reference.Path
        ?? (reference.Address!.StartsWith(DataScheme, StringComparison.OrdinalIgnoreCase) ? DataScheme : reference.Address);
}
