using System.Text.Json;

namespace NanoBanana.Engine.Requests;

/// <summary>One request for one job, in the words of the product. Null means: left to the provider.</summary>
public sealed record ImageRequest
{
    /// <summary>The prompt; must not be blank.</summary>
    public required string Prompt { get; init; }

    /// <summary>The provider's name; null for the default.</summary>
    public string? Provider { get; init; }

    /// <summary>
    /// The providers that may make it, in the order in which they are asked; <c>Auto</c> alone for the cheapest that can.
    /// Empty to use <see cref="Provider"/>.
    /// </summary>
    public IReadOnlyList<string> Providers { get; init; } = [];

    /// <summary>The model as the provider names it; null for the provider's default.</summary>
    public string? Model { get; init; }

    /// <summary>A picture from words, or from pictures and words.</summary>
    public ImageOperation Operation { get; init; }

    /// <summary>The pictures to work from, for an edit.</summary>
    public IReadOnlyList<ReferenceImage> References { get; init; } = [];

    /// <summary>The tier.</summary>
    public ImageResolution? Resolution { get; init; }

    /// <summary>The ratio.</summary>
    public AspectRatio? AspectRatio { get; init; }

    /// <summary>The format of the bytes.</summary>
    public ImageFormat? OutputFormat { get; init; }

    /// <summary>How many pictures; each is paid for.</summary>
    public int Count { get; init; } = 1;

    /// <summary>The seed.</summary>
    public long? Seed { get; init; }

    /// <summary>1 (strict) to 6.</summary>
    public int? SafetyTolerance { get; init; }

    /// <summary>Search the web first.</summary>
    public bool WebSearch { get; init; }

    /// <summary>Search for pictures first.</summary>
    public bool ImageSearch { get; init; }

    /// <summary>How much to think.</summary>
    public ThinkingLevel? ThinkingLevel { get; init; }

    /// <summary>Words to the model that stand above the prompt.</summary>
    public string? SystemPrompt { get; init; }

    /// <summary>Limit to one picture for each round of prompting.</summary>
    public bool? LimitGenerations { get; init; }

    /// <summary>The picture inside the answer instead of an address; the provider keeps no copy.</summary>
    public bool SyncMode { get; init; }

    /// <summary>The synchronous endpoint instead of the queue.</summary>
    public bool Direct { get; init; }

    /// <summary>Go on as soon as the provider has taken the job; its pictures are fetched later.</summary>
    public bool NoWait { get; init; }

    /// <summary>Ask the provider to cancel the job when the user stops, or the time is over.</summary>
    public bool CancelOnStop { get; init; }

    /// <summary>Behind everybody else's jobs in the provider's queue.</summary>
    public bool LowPriority { get; init; }

    /// <summary>Give up when the job has not started within this time.</summary>
    public TimeSpan? StartTimeout { get; init; }

    /// <summary>Switch the provider's own retries off.</summary>
    public bool NoProviderRetry { get; init; }

    /// <summary>Whether it may be submitted under a limit although its price is not known.</summary>
    public bool AllowUnknownPrice { get; init; }

    /// <summary>Further fields to send as they are; none that a property of this record sets.</summary>
    public IReadOnlyDictionary<string, JsonElement> AdditionalProperties { get; init; } =
        new Dictionary<string, JsonElement>(StringComparer.Ordinal);

    /// <summary>Where the provider tells that the job has ended; https.</summary>
    public Uri? CallbackUri { get; init; }

    /// <summary>The provider through which local references get an address; null for the request's own provider.</summary>
    public string? UploadVia { get; init; }

    /// <summary>Tells a repeated submit from a new one, where the provider documents such a key; null to make one.</summary>
    public string? IdempotencyKey { get; init; }

    /// <summary>Which of several requests this is, when a count was split; null when it was not.</summary>
    public RequestPart? Part { get; init; }

    /// <summary>Where the pictures go.</summary>
    public required OutputOptions Output { get; init; }

    /// <summary>What the caller made the request from, such as a row of a table; handed back with its errors and kept nowhere.</summary>
    public object? Input { get; init; }
}

/// <summary>One of the requests that a count was split into, because the provider makes one picture a request.</summary>
/// <param name="Index">Its number, from 0.</param>
/// <param name="Of">How many there are.</param>
public sealed record RequestPart(int Index, int Of);

/// <summary>Where pictures go and how they are named.</summary>
public sealed record OutputOptions
{
    /// <summary>The folder, a full path; made when it does not exist.</summary>
    public required string Directory { get; init; }

    /// <summary>The file name the user chose, with or without an extension; null to use <see cref="FileNameTemplate"/>.</summary>
    public string? FileName { get; init; }

    /// <summary>The template for names, see <see cref="Imaging.FileNames"/>.</summary>
    public string FileNameTemplate { get; init; } = Imaging.FileNames.DefaultTemplate;

    /// <summary>Write over an existing file.</summary>
    public bool Force { get; init; }

    /// <summary>Do not download; hand out the addresses.</summary>
    public bool NoDownload { get; init; }
}

/// <summary>A picture to work from: a file here, or an address that the provider can read.</summary>
/// <param name="Path">The full path of a file; null for an address.</param>
/// <param name="Address">An https address or a data URI, as text: a data URI is too long for System.Uri.</param>
public sealed record ReferenceImage(string? Path, string? Address)
{
    /// <summary>A file.</summary>
    /// <param name="path">Its full path.</param>
    /// <returns>The reference.</returns>
    public static ReferenceImage FromFile(string path) => new(path, Address: null);

    /// <summary>An address.</summary>
    /// <param name="address">An https address or a data URI.</param>
    /// <returns>The reference.</returns>
    public static ReferenceImage FromAddress(string address) => new(Path: null, address);
}
