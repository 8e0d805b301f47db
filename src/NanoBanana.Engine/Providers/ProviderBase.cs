using System.Diagnostics.CodeAnalysis;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using NanoBanana.Engine.Requests;
using NanoBanana.Engine.Transport;
using NanoBanana.Engine.Webhooks;

namespace NanoBanana.Engine.Providers;

/// <summary>What a provider is that documents nothing beyond submitting and looking; each overrides what it has more.</summary>
/// <param name="capabilities">Its row of models.json.</param>
internal abstract class ProviderBase(ProviderCapabilities capabilities) : IImageProvider
{
    private const int LongestId = 512;

    public ProviderCapabilities Capabilities { get; } = capabilities;

    public abstract IReadOnlyList<string> Hosts { get; }

    public abstract TimeSpan? UsualDuration { get; }

    public virtual bool InlinesFiles => false;

    public virtual void Validate(ImageRequest request)
    {
    }

    public virtual void Authorize(HttpRequestHeaders headers, string key) => headers.TryAddWithoutValidation("Authorization", "Bearer " + key);

    public abstract ApiCall Submit(ImageRequest request, IReadOnlyList<PreparedReference> references);

    public abstract Submission ReadSubmission(ImageRequest request, ApiAnswer answer);

    public virtual ApiCall? SubmitAgain(string body, string idempotencyKey) => null;

    public virtual TimeSpan IdempotencyWindow => TimeSpan.Zero;

    public virtual ApiCall? FindSubmits(LostSubmit lost) => null;

    public virtual SubmitPage ReadSubmits(LostSubmit lost, ApiAnswer answer) => new([], Next: null);

    public abstract ApiCall Status(RemoteJob job);

    public abstract RemoteStatus ReadStatus(ApiAnswer answer);

    public virtual ApiCall? Stream(RemoteJob job) => null;

    public virtual ApiCall? Result(RemoteJob job) => null;

    public virtual ImageResult ReadResult(ApiAnswer answer) =>
        throw new NotSupportedException($"The status of {Capabilities.Provider} holds the result.");

    public virtual ApiCall? Cancel(RemoteJob job) => null;

    public virtual CancelOutcome ReadCancel(ApiAnswer answer) =>
        throw new NotSupportedException($"{Capabilities.Provider} cannot cancel.");

    public virtual ApiCall? Upload(LocalPicture file) => null;

    public virtual UploadTarget ReadUpload(ApiAnswer answer) =>
        throw new NotSupportedException($"{Capabilities.Provider} takes no files.");

    public virtual ApiCall? CheckKey() => null;

    public virtual bool SendsWebhook(JsonElement body) => false;

    public virtual WebhookEvent ReadWebhook(ReadOnlyMemory<byte> body) => throw new NBException(
        NBErrorId.InvalidRequest, $"{Capabilities.DisplayName} documents nothing that it sends when a job has ended, so the delivery cannot be read. Nothing was changed.")
    { Provider = Capabilities.Provider, Parameter = "Provider" };

    public virtual ApiCall? Prices(string model, ImageOperation operation) => null;

    public virtual LivePrice? ReadPrices(string model, ImageOperation operation, ApiAnswer answer) =>
        throw new NotSupportedException($"{Capabilities.Provider} has no price list to ask.");

    public virtual ApiAnswer Normalise(ApiAnswer answer) => answer;

    public abstract NBException ReadError(ApiAnswer answer, CallKind kind);

    public virtual bool IsDefiniteRefusal(ApiAnswer answer, ApiCall call) => answer.StatusCode is >= 400 and < 500 and not 408 and not 499;

    public virtual bool IsFinal(ApiAnswer answer) => false;

    /// <summary>A body of JSON.</summary>
    protected static ByteArrayContent Json(byte[] body) => new(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };

    /// <summary>Reads JSON.</summary>
    /// <exception cref="JsonException">It is none, or null.</exception>
    protected static T Read<T>(ReadOnlyMemory<byte> body, JsonTypeInfo<T> type) =>
        JsonSerializer.Deserialize(body.Span, type) ?? throw new JsonException("the answer is null");

    /// <summary>Reads a job's id, which becomes part of addresses.</summary>
    /// <exception cref="JsonException">It is none, or would lead to another place than that of a job.</exception>
    protected static string Id(string? text)
    {
        if (string.IsNullOrWhiteSpace(text)) throw new JsonException("the job's id is missing");
        return IsId(text) ? text : throw new JsonException("the job's id is no id");
    }

    /// <summary>Whether a text can be a job's id.</summary>
    protected static bool IsId([NotNullWhen(true)] string? text) =>
        !string.IsNullOrWhiteSpace(text) && text.Length <= LongestId && text is not ("." or "..") && TerminalText.SafeLine(text) == text;

    /// <summary>The addresses of references, for providers that take nothing else.</summary>
    protected static string[]? Addresses(IReadOnlyList<PreparedReference> references) =>
        references.Count == 0 ? null : [.. references.Select(reference => reference.Address!)];

    /// <summary>The cause that the words of an error stand for; null for what says nothing.</summary>
    protected virtual NBErrorId? Classify(ErrorWords words) => ProviderErrors.ByWords(words);

    /// <summary>Reads the images of a job that ended well.</summary>
    /// <param name="images">The part of the answer that holds them.</param>
    /// <param name="answer">The whole answer.</param>
    /// <param name="requestId">The provider's id of the request.</param>
    /// <param name="description">What the model said.</param>
    /// <exception cref="NBException">There is none; with the words that say why.</exception>
    protected ImageResult ReadImages(JsonElement images, ApiAnswer answer, string? requestId, string? description = null)
    {
        ImagesFound found = ImageReader.Read(images, answer);
        if (found.Outputs.Count == 0) throw NoImage(answer, found.Unusable, requestId, description);
        return new ImageResult
        {
            Outputs = found.Outputs,
            Unusable = found.Unusable,
            RequestId = requestId,
            Description = string.IsNullOrWhiteSpace(description) ? null : TerminalText.Safe(description),
        };
    }

    /// <summary>A job that ended well without an image.</summary>
    protected NBException NoImage(ApiAnswer answer, IReadOnlyList<string> unusable, string? requestId, string? description)
    {
        ErrorWords words = ErrorWords.Read(answer.Body);
        var detail = new ErrorDetail { RequestId = requestId, Type = words.Type };
        if (words.Text is { } text && Classify(words) is { } id) return ProviderErrors.Make(Capabilities, id, text, detail);
        if (words.Text is null && unusable.Count > 0)
        {
            detail = detail with { NextStep = $"The job was taken and may have been billed: look for the image at {Capabilities.Dashboard}." };
            return ProviderErrors.Make(Capabilities, NBErrorId.InvalidImageContent, $"the image's address '{unusable[0]}' is not an address", detail);
        }

        string? said = words.Text ?? (string.IsNullOrWhiteSpace(description) ? null : description);
        bool isNoReason = said is null ? words.Type is null : RemoteStates.Read(said) == RemoteState.Completed; // "message": "success"
        if (answer.StatusCode == 202 || isNoReason) return ProviderErrors.Unexplained(Capabilities, answer, detail);
        return ProviderErrors.Make(Capabilities, NBErrorId.NoImageReturned, $"the job ended without an image{(said is null ? string.Empty : $" ({said})")}", detail);
    }
}
