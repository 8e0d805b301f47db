using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using NanoBanana.Engine.Requests;
using NanoBanana.Engine.Transport;
using NanoBanana.Engine.Webhooks;

namespace NanoBanana.Engine.Providers.Apiframe;

/// <summary>Apiframe v2: the one provider with a documented idempotency key (its OpenAPI 2.0.0, apiframe-ai/apiframe-nodejs-sdk; S2).</summary>
/// <param name="capabilities">Its row of models.json.</param>
internal sealed class ApiframeProvider(ProviderCapabilities capabilities) : ProviderBase(capabilities)
{
    private const string Api = "https://api.apiframe.ai/v2/";
    private const int LongestPrompt = 2000;
    private const int LongestKey = 255;

    public override IReadOnlyList<string> Hosts { get; } = ["api.apiframe.ai"];

    /// <summary>"Avg. completion ~12s" (S2).</summary>
    public override TimeSpan? UsualDuration { get; } = TimeSpan.FromSeconds(12);

    public override void Validate(ImageRequest request)
    {
        if (request.Prompt.Length > LongestPrompt)
        {
            throw new NBException(
                NBErrorId.InvalidRequest,
                $"Apiframe takes prompts of at most {LongestPrompt:N0} characters; this one has {request.Prompt.Length:N0}. Shorten it, or choose another provider.")
            { Parameter = "Prompt" };
        }

        if (request.IdempotencyKey?.Length > LongestKey)
        {
            throw new NBException(NBErrorId.InvalidRequest, $"An idempotency key has at most {LongestKey} characters.") { Parameter = "IdempotencyKey" };
        }
    }

    public override void Authorize(HttpRequestHeaders headers, string key) => headers.TryAddWithoutValidation("X-API-Key", key);

    public override ApiCall Submit(ImageRequest request, IReadOnlyList<PreparedReference> references)
    {
        var parameters = new ApiframeParams
        {
            AspectRatio = request.AspectRatio is { IsAuto: false } ratio ? ratio.ToString() : null, // "auto" has no spelling here: left out.
            Resolution = request.Resolution is { } resolution ? (resolution == ImageResolution.HalfK ? "512px" : resolution.ToName()) : null,
            ImageInput = Addresses(references),
            OutputFormat = request.OutputFormat is { } format ? (format == ImageFormat.Jpeg ? "jpg" : format.ToName()) : null,
            GoogleSearch = request.WebSearch ? true : null,
            ImageSearch = request.ImageSearch ? true : null,
        };
        var body = new ApiframeRequest
        {
            Model = request.Model!,
            Prompt = request.Prompt,
            NanoBananaParams = parameters == new ApiframeParams() ? null : parameters,
            WebhookUrl = request.CallbackUri?.AbsoluteUri,
        };
        byte[] json = JsonBody.Merge(
            JsonSerializer.SerializeToUtf8Bytes(body, ApiframeJson.Default.ApiframeRequest), request.AdditionalProperties, "nanoBananaParams", "webhookEvents");
        string key = request.IdempotencyKey ?? throw new InvalidOperationException("A submit to Apiframe needs its idempotency key.");
        return Submit(json, key);
    }

    public override ApiCall SubmitAgain(string body, string idempotencyKey) => Submit(Encoding.UTF8.GetBytes(body), idempotencyKey);

    /// <summary>"replay within 24 h returns the original job" (OpenAPI); an hour is left for clocks that differ.</summary>
    public override TimeSpan IdempotencyWindow { get; } = TimeSpan.FromHours(23);

    public override Submission ReadSubmission(ImageRequest request, ApiAnswer answer)
    {
        AnswerFields job = AnswerFields.Read(answer.Body);
        return new Submission
        {
            Job = new RemoteJob { Id = Id(job.Text("jobId") ?? job.Text("id")), Model = request.Model! },
        };
    }

    public override ApiCall Status(RemoteJob job) =>
        new(CallKind.Status, HttpMethod.Get, new Uri(Api + "jobs/" + Uri.EscapeDataString(job.Id))) { AttemptTimeout = TimeSpan.FromSeconds(30), MayHoldPictures = true };

    public override RemoteStatus ReadStatus(ApiAnswer answer)
    {
        AnswerFields job = AnswerFields.Read(answer.Body);
        return ReadStatus(job, job.Text("status"), answer);
    }

    public override bool SendsWebhook(JsonElement body) => body.TryGetProperty("jobId", out _);

    /// <summary>The form of a job, and the event (Apiframe's page "Webhooks"), which stands in where there is no status.</summary>
    public override WebhookEvent ReadWebhook(ReadOnlyMemory<byte> body)
    {
        AnswerFields job = AnswerFields.Read(body);
        string? status = job.Text("status") ?? job.Text("event") switch
        {
            "progress" => "PROCESSING",
            "completed" => "COMPLETED",
            "failed" => "FAILED",
            _ => null,
        };
        return WebhookEvent.Of(Capabilities.Provider, job.Text("jobId") ?? job.Text("id"), () => ReadStatus(job, status, ApiAnswer.Of(body)));
    }

    private RemoteStatus ReadStatus(AnswerFields job, string? word, ApiAnswer answer)
    {
        RemoteState state = RemoteStates.Read(word) ?? throw new JsonException("status is missing");
        return new RemoteStatus
        {
            State = state,
            Result = state == RemoteState.Completed ? ReadResult(job, answer) : null,
            Error = state == RemoteState.Failed ? ApiframeErrors.OfJob(Capabilities, job) : null,
        };
    }

    public override ApiCall? Upload(LocalPicture file) => new(CallKind.Upload, HttpMethod.Post, new Uri(Api + "uploads"))
    {
        AttemptTimeout = TimeSpan.FromMinutes(5),
        Content = () => new MultipartFormDataContent { { FileContents.Open(file), "file", Path.GetFileName(file.Path) } },
    };

    public override UploadTarget ReadUpload(ApiAnswer answer) =>
        new(PutUri: null, AnswerFields.Read(answer.Body).Text("url") ?? throw new JsonException("url is missing"));

    public override ApiCall? CheckKey() => new(CallKind.Status, HttpMethod.Get, new Uri(Api + "me"));

    /// <summary>The list of models is public: asked without the key.</summary>
    public override ApiCall? Prices(string model, ImageOperation operation) => new(CallKind.Status, HttpMethod.Get, new Uri(Api + "models")) { Anonymous = true };

    /// <summary>In credits, from the least to the most: the list says nothing of tiers, nor what a credit is worth.</summary>
    public override LivePrice? ReadPrices(string model, ImageOperation operation, ApiAnswer answer)
    {
        ApiframeModel? entry = Read(answer.Body, ApiframeJson.Default.ApiframeModels).Models?.FirstOrDefault(item => item?.Id == model);
        if (entry?.CostMin is not { } least || entry.PricingMode is not (null or "flat" or "per-output")) return null;
        decimal most = entry.CostMax ?? least;
        return least >= 0m && most >= least ? new LivePrice(Amount: null, least, most > least ? most : null) : throw new JsonException("costMin and costMax make no range");
    }

    public override NBException ReadError(ApiAnswer answer, CallKind kind) => ApiframeErrors.Read(Capabilities, answer, kind);

    private static ApiCall Submit(byte[] json, string key) => new(CallKind.SubmitIdempotent, HttpMethod.Post, new Uri(Api + "images/generate"))
    {
        Headers = [new("Idempotency-Key", key)],
        Content = () => Json(json),
        RepeatableBody = Encoding.UTF8.GetString(json),
    };

    /// <summary>Apiframe's OpenAPI leaves <c>result</c> untyped.</summary>
    private ImageResult ReadResult(AnswerFields job, ApiAnswer answer)
    {
        string? id = job.Text("id") ?? job.Text("jobId");
        JsonElement result = job.Element("result") ?? default;
        if (job.IsTrue("expired") && ImageReader.Read(result, answer).Outputs.Count == 0)
        {
            throw ProviderErrors.Make(Capabilities, NBErrorId.OutputExpired, "the job's output has expired", new ErrorDetail { RequestId = id });
        }

        return ReadImages(result, answer, id) with { Credits = job.Amount("creditCost") };
    }
}
