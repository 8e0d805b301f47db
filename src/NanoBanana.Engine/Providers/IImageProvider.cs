using System.Net.Http.Headers;
using System.Text.Json;
using NanoBanana.Engine.Requests;
using NanoBanana.Engine.Transport;
using NanoBanana.Engine.Webhooks;

namespace NanoBanana.Engine.Providers;

/// <summary>
/// One provider's wire: what to send, and what an answer means. A provider does no retrying, waiting, file or journal
/// work. Its addresses are the official ones; the transport moves them under a base address where one is set.
/// </summary>
internal interface IImageProvider
{
    /// <summary>What it takes.</summary>
    ProviderCapabilities Capabilities { get; }

    /// <summary>Its own hosts, exactly; the key goes nowhere else.</summary>
    IReadOnlyList<string> Hosts { get; }

    /// <summary>How long a job usually takes, for the first look where there is no stream; null when nothing is known.</summary>
    TimeSpan? UsualDuration { get; }

    /// <summary>Checks what only this provider knows, after the checks that are the same for all.</summary>
    /// <exception cref="NBException">InvalidRequest.</exception>
    void Validate(ImageRequest request);

    /// <summary>Puts the key on a request.</summary>
    void Authorize(HttpRequestHeaders headers, string key);

    /// <summary>The call that makes the job.</summary>
    /// <param name="request">The validated request.</param>
    /// <param name="references">The references as the provider can take them, in order.</param>
    ApiCall Submit(ImageRequest request, IReadOnlyList<PreparedReference> references);

    /// <summary>Reads the answer to a submit.</summary>
    Submission ReadSubmission(ImageRequest request, ApiAnswer answer);

    /// <summary>The submit of a body that may have been sent before, under the same idempotency key; null where there is no such key.</summary>
    /// <param name="body">The JSON body, see <see cref="ApiCall.RepeatableBody"/>.</param>
    /// <param name="idempotencyKey">The key it was first sent under.</param>
    ApiCall? SubmitAgain(string body, string idempotencyKey);

    /// <summary>How long after the first submit the provider still knows an idempotency key.</summary>
    TimeSpan IdempotencyWindow { get; }

    /// <summary>The call that lists what an account ordered around a time; null where none is documented.</summary>
    /// <param name="lost">The submit whose answer was lost.</param>
    ApiCall? FindSubmits(LostSubmit lost);

    /// <summary>Reads a page of the list, and keeps what can be the lost submit: same endpoint, same words, the right time.</summary>
    SubmitPage ReadSubmits(LostSubmit lost, ApiAnswer answer);

    /// <summary>The call that asks how the job stands.</summary>
    ApiCall Status(RemoteJob job);

    /// <summary>Reads how the job stands.</summary>
    RemoteStatus ReadStatus(ApiAnswer answer);

    /// <summary>The call that listens to the job; null where there is none.</summary>
    ApiCall? Stream(RemoteJob job);

    /// <summary>The call that fetches the result; null where the status holds it.</summary>
    ApiCall? Result(RemoteJob job);

    /// <summary>Reads the pictures.</summary>
    ImageResult ReadResult(ApiAnswer answer);

    /// <summary>The call that cancels; null where there is none.</summary>
    ApiCall? Cancel(RemoteJob job);

    /// <summary>Reads whether cancelling was still possible.</summary>
    CancelOutcome ReadCancel(ApiAnswer answer);

    /// <summary>Whether local files travel inside the submit, as data URIs.</summary>
    bool InlinesFiles { get; }

    /// <summary>The call that sends a file, or asks for a place to send it to; null where files cannot be sent ahead.</summary>
    ApiCall? Upload(LocalPicture file);

    /// <summary>Reads the file's address, and the place to send it to if it has not been sent yet.</summary>
    UploadTarget ReadUpload(ApiAnswer answer);

    /// <summary>A free call that only a good key gets through; null where none is documented.</summary>
    ApiCall? CheckKey();

    /// <summary>Whether a body has the form of what this provider sends to -CallbackUri. Says nothing of who sent it.</summary>
    /// <param name="body">A JSON object.</param>
    bool SendsWebhook(JsonElement body);

    /// <summary>Reads what this provider sends to -CallbackUri. Says nothing of who sent it.</summary>
    /// <exception cref="NBException">InvalidRequest: it documents no such thing.</exception>
    /// <exception cref="JsonException">The body is none.</exception>
    WebhookEvent ReadWebhook(ReadOnlyMemory<byte> body);

    /// <summary>The free call that asks what a model costs today; null where none is documented.</summary>
    ApiCall? Prices(string model, ImageOperation operation);

    /// <summary>Reads what it costs; null where the list does not have the model.</summary>
    LivePrice? ReadPrices(string model, ImageOperation operation, ApiAnswer answer);

    /// <summary>An answer as its status should have been: some providers put an error's code into the body of a 200.</summary>
    ApiAnswer Normalise(ApiAnswer answer);

    /// <summary>Reads an error answer into its cause, with the provider's own words and request id.</summary>
    NBException ReadError(ApiAnswer answer, CallKind kind);

    /// <summary>Whether an error answer to a submit proves that no job was made, or that the job ended unpaid.</summary>
    bool IsDefiniteRefusal(ApiAnswer answer, ApiCall call);

    /// <summary>Whether an error answer is the last word, though its status looks as if it might pass.</summary>
    bool IsFinal(ApiAnswer answer);
}

/// <summary>Reads what came without an HTTP answer around it: an event of a stream, a delivery.</summary>
internal static class ImageProviderExtensions
{
    /// <summary>Reads how the job stands.</summary>
    public static RemoteStatus ReadStatus(this IImageProvider provider, ReadOnlyMemory<byte> body) => provider.ReadStatus(ApiAnswer.Of(body));
}

/// <summary>How the provider knows a job: all that is needed to go on with it, later or elsewhere.</summary>
internal sealed record RemoteJob
{
    /// <summary>The provider's id.</summary>
    public required string Id { get; init; }

    /// <summary>The model.</summary>
    public required string Model { get; init; }

    /// <summary>Where to ask; null to build it.</summary>
    public Uri? StatusUri { get; init; }

    /// <summary>Where to fetch; null to build it.</summary>
    public Uri? ResultUri { get; init; }

    /// <summary>Where to cancel; null to build it.</summary>
    public Uri? CancelUri { get; init; }
}

/// <summary>A page of an account's list.</summary>
/// <param name="Jobs">Those of its requests that can be the one that is looked for.</param>
/// <param name="Next">The call for the next page; null after the last.</param>
internal sealed record SubmitPage(IReadOnlyList<RemoteJob> Jobs, ApiCall? Next);

/// <summary>A submit whose answer was lost: what is known of it, to find it in the provider's own list.</summary>
internal sealed record LostSubmit
{
    /// <summary>The model as the provider names it.</summary>
    public required string Model { get; init; }

    public required ImageOperation Operation { get; init; }

    /// <summary>Sent between this, UTC,</summary>
    public required DateTimeOffset From { get; init; }

    /// <summary>and this.</summary>
    public required DateTimeOffset Until { get; init; }

    /// <summary>Whether a prompt is the one that was sent.</summary>
    public required Func<string, bool> IsPrompt { get; init; }

    public required int Count { get; init; }

    public ImageResolution? Resolution { get; init; }

    public AspectRatio? AspectRatio { get; init; }

    public ImageFormat? OutputFormat { get; init; }

    public long? Seed { get; init; }
}

/// <summary>What a submit brought: a job to wait for, or the pictures at once.</summary>
internal sealed record Submission
{
    public required RemoteJob Job { get; init; }

    public int? QueuePosition { get; init; }

    /// <summary>The pictures, where the endpoint is synchronous.</summary>
    public ImageResult? Result { get; init; }
}

/// <summary>How far a job is.</summary>
internal enum RemoteState
{
    Queued,
    Running,
    Completed,
    Failed,
    Cancelled,
}

/// <summary>How a job stands.</summary>
internal sealed record RemoteStatus
{
    public required RemoteState State { get; init; }

    public bool HasEnded => State is RemoteState.Completed or RemoteState.Failed or RemoteState.Cancelled;

    public int? QueuePosition { get; init; }

    /// <summary>The provider's log so far; lines repeat from look to look.</summary>
    public IReadOnlyList<string> Logs { get; init; } = [];

    /// <summary>Why it failed, where the status says so.</summary>
    public NBException? Error { get; init; }

    /// <summary>The pictures, where the status holds them.</summary>
    public ImageResult? Result { get; init; }
}

/// <summary>The pictures of a job.</summary>
internal sealed record ImageResult
{
    public required IReadOnlyList<ImageOutput> Outputs { get; init; }

    /// <summary>What stood in the place of an image and is no address, as it was written.</summary>
    public IReadOnlyList<string> Unusable { get; init; } = [];

    /// <summary>What the model said.</summary>
    public string? Description { get; init; }

    /// <summary>The provider's id of the request, for messages.</summary>
    public string? RequestId { get; init; }

    /// <summary>What the provider took for the whole job, in its own credits; null when it does not say.</summary>
    public decimal? Credits { get; init; }

    /// <summary>What the provider says the job cost in US dollars, where that is known to be unreliable.</summary>
    public decimal? ReportedCost { get; init; }
}

/// <summary>One picture: at an address, or in a file that the transport wrote.</summary>
internal sealed record ImageOutput
{
    public Uri? Uri { get; init; }

    public string? File { get; init; }

    public int? Width { get; init; }

    public int? Height { get; init; }

    public long? Length { get; init; }

    public ImageFormat? Format { get; init; }
}

/// <summary>Where a file is sent, and how it is called afterwards.</summary>
/// <param name="PutUri">The signed address to PUT to, without the key; null when the file has been sent already.</param>
/// <param name="FileUri">The address to name in requests.</param>
internal sealed record UploadTarget(Uri? PutUri, string FileUri);

/// <summary>A picture on this machine.</summary>
/// <param name="Path">The full path.</param>
/// <param name="MediaType">What its first bytes say, for example image/png.</param>
internal sealed record LocalPicture(string Path, string MediaType);

/// <summary>A reference as a provider can take it: an address, or a file that travels inside the submit.</summary>
/// <param name="Address">The address; null for a file.</param>
/// <param name="File">The file; null for an address.</param>
internal sealed record PreparedReference(string? Address, LocalPicture? File = null)
{
    public static implicit operator PreparedReference(string address) => new(address);
}

/// <summary>What a provider's own price list says of a model.</summary>
/// <param name="Amount">US dollars for one picture at 1K; null where the list does not count in dollars.</param>
/// <param name="Credits">The provider's credits for one picture, the least of a range.</param>
/// <param name="MostCredits">The most of a range; null where there is no range.</param>
internal sealed record LivePrice(decimal? Amount, decimal? Credits = null, decimal? MostCredits = null);

/// <summary>What became of cancelling.</summary>
public enum CancelOutcome
{
    /// <summary>The provider will end the job; whether it still costs something is the provider's to say.</summary>
    Requested,

    /// <summary>Too late: the job had ended, and is paid for if it ended well.</summary>
    AlreadyCompleted,

    /// <summary>The provider does not know the job.</summary>
    NotFound,
}
