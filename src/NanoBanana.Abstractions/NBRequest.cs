namespace NanoBanana;

/// <summary>
/// The settings of a request, under the names of the parameters of New-NBImage and Edit-NBImage. A job and an image carry them,
/// so that piping one to the cmdlet submits the same request again. IdempotencyKey, OutFile and Force are not among them.
/// </summary>
public abstract class NBRequest
{
    private protected NBRequest()
    {
    }

    /// <summary>The seed that was sent; null when none was.</summary>
    public long? Seed { get; internal set; }

    /// <summary>The ratio that was asked for, for example <c>16:9</c>; null when it was left to the provider.</summary>
    public string? AspectRatio { get; internal set; }

    /// <summary>The format that was asked for: png, jpeg or webp; null when it was left to the provider.</summary>
    public string? OutputFormat { get; internal set; }

    /// <summary>1 (strict) to 6; null when it was left to the provider.</summary>
    public int? SafetyTolerance { get; internal set; }

    /// <summary>Whether the web was to be searched first.</summary>
    public bool WebSearch { get; internal set; }

    /// <summary>Whether images were to be searched for first.</summary>
    public bool ImageSearch { get; internal set; }

    /// <summary>How much the model was to think; null when it was left to the provider.</summary>
    public ThinkingLevel? ThinkingLevel { get; internal set; }

    /// <summary>The system prompt; null when there was none, or when the user asked that prompts are not kept.</summary>
    public string? SystemPrompt { get; internal set; }

    /// <summary>Whether each round of prompting was limited to one image; null when it was left to the provider.</summary>
    public bool? LimitGenerations { get; internal set; }

    /// <summary>Whether the image was to come inside the answer.</summary>
    public bool SyncMode { get; internal set; }

    /// <summary>Whether the synchronous endpoint was to be used.</summary>
    public bool Direct { get; internal set; }

    /// <summary>Whether the command was not to wait for the job.</summary>
    public bool NoWait { get; internal set; }

    /// <summary>Whether the job was to be cancelled when the command is stopped.</summary>
    public bool CancelOnStop { get; internal set; }

    /// <summary>The place in the provider's queue.</summary>
    public QueuePriority Priority { get; internal set; }

    /// <summary>The limit for the time until the job starts, in seconds; null when there was none.</summary>
    public double? StartTimeoutSec { get; internal set; }

    /// <summary>Whether the provider's own retries were switched off.</summary>
    public bool NoProviderRetry { get; internal set; }

    /// <summary>The webhook address; null when there was none, or when the user asked that prompts are not kept.</summary>
    public Uri? CallbackUri { get; internal set; }

    /// <summary>The provider through which local references got an address; null when none was named.</summary>
    public string? UploadVia { get; internal set; }

    /// <summary>The additional fields as a JSON object; null when there were none, or when the user asked that prompts are not kept.</summary>
    public string? AdditionalProperties { get; internal set; }

    /// <summary>The folder of the output, a full path.</summary>
    public string? OutDirectory { get; internal set; }

    /// <summary>How files are named.</summary>
    public string? FileNameFormat { get; internal set; }

    /// <summary>Whether the addresses were to be handed out instead of files.</summary>
    public bool NoDownload { get; internal set; }

    /// <summary>
    /// The references of an edit, in order: full paths and https addresses. Of a data URI only <c>data:</c> is kept. Empty for an
    /// image that was made from a prompt alone.
    /// </summary>
    public IReadOnlyList<string> References { get; internal set; } = [];
}
