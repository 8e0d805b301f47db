using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.RegularExpressions;
using NanoBanana.Engine.Requests;
using NanoBanana.Engine.Transport;
using NanoBanana.Engine.Webhooks;

namespace NanoBanana.Engine.Providers.Fal;

/// <summary>fal.ai: the queue (default) and the synchronous endpoint (fal.ai's pages "Nano Banana 2 API" and "Queue").</summary>
/// <param name="capabilities">Its row of models.json.</param>
internal sealed partial class FalProvider(ProviderCapabilities capabilities) : ProviderBase(capabilities)
{
    public const string Queue = "https://queue.fal.run/";
    private const string InitiateUploadAddress = "https://rest.fal.ai/storage/upload/initiate?storage_type=fal-cdn-v3";
    private const string PricingAddress = "https://api.fal.ai/v1/models/pricing?endpoint_id=";
    private const string EditSuffix = "/edit";
    private const int LongestAddress = 8192;

    private readonly FalErrors errors = new(capabilities);

    public override IReadOnlyList<string> Hosts { get; } = ["queue.fal.run", "fal.run", "queue.falrun.com", "rest.fal.ai", "api.fal.ai"];

    public override TimeSpan? UsualDuration => null;

    public override void Validate(ImageRequest request)
    {
        if (Capabilities.Models.Contains(request.Model!, StringComparer.Ordinal) || ModelId().IsMatch(request.Model!)) return;
        throw new NBException(
            NBErrorId.InvalidRequest,
            $"Fal has no model '{request.Model}'. Its models: {string.Join(", ", Capabilities.Models)}; others are written like owner/name.")
        { Parameter = "Model" };
    }

    public override void Authorize(HttpRequestHeaders headers, string key) => headers.TryAddWithoutValidation("Authorization", "Key " + key);

    public override ApiCall Submit(ImageRequest request, IReadOnlyList<PreparedReference> references)
    {
        string endpoint = Endpoint(request);
        byte[] body = JsonBody.Merge(FalSubmit.Body(request, references), request.AdditionalProperties);
        return new ApiCall(CallKind.Submit, HttpMethod.Post, FalSubmit.Address(request, endpoint))
        {
            Headers = FalSubmit.Headers(request),
            Content = () => Json(body),
            AttemptTimeout = request.Direct ? TimeSpan.FromMinutes(15) : TimeSpan.FromSeconds(60),
            MayHoldPictures = request.Direct,
            IsSynchronous = request.Direct,
        };
    }

    public override Submission ReadSubmission(ImageRequest request, ApiAnswer answer)
    {
        string model = Application(Endpoint(request));
        if (request.Direct)
        {
            string id = answer.Header("x-fal-request-id") ?? "direct";
            return new Submission { Job = new RemoteJob { Id = id, Model = model }, Result = ReadResult(answer) };
        }

        AnswerFields fields = AnswerFields.Read(answer.Body);
        return new Submission
        {
            Job = new RemoteJob
            {
                Id = Id(fields.Text("request_id")),
                Model = model,
                StatusUri = TryAddress(fields.Text("status_url")),
                ResultUri = TryAddress(fields.Text("response_url")),
                CancelUri = TryAddress(fields.Text("cancel_url")),
            },
            QueuePosition = QueuePosition(fields),
        };
    }

    public override ApiCall? FindSubmits(LostSubmit lost) => FalHistory.Find(Endpoint(lost.Model, lost.Operation), lost);

    public override SubmitPage ReadSubmits(LostSubmit lost, ApiAnswer answer)
    {
        string endpoint = Endpoint(lost.Model, lost.Operation);
        (IReadOnlyList<string> ids, string? cursor) = FalHistory.Read(endpoint, lost, answer.Body);
        return new SubmitPage(
            [.. ids.Select(id => new RemoteJob { Id = id, Model = Application(endpoint) })],
            cursor is null ? null : FalHistory.Find(endpoint, lost, cursor));
    }

    public override ApiCall Status(RemoteJob job) =>
        new(CallKind.Status, HttpMethod.Get, WithLogs(job.StatusUri ?? Build(job, "/status"))) { AttemptTimeout = TimeSpan.FromSeconds(30) };

    public override ApiCall? Stream(RemoteJob job)
    {
        Uri status = job.StatusUri ?? Build(job, "/status");
        return new ApiCall(CallKind.Stream, HttpMethod.Get, WithLogs(new Uri(status.GetLeftPart(UriPartial.Path) + "/stream")))
        {
            Headers = [new("Accept", "text/event-stream")],
        };
    }

    public override RemoteStatus ReadStatus(ApiAnswer answer)
    {
        AnswerFields fields = AnswerFields.Read(answer.Body);
        RemoteState state = RemoteStates.Read(fields.Text("status")) ?? throw new JsonException("status is missing");
        return new RemoteStatus
        {
            State = state,
            QueuePosition = QueuePosition(fields),
            Logs = [.. fields.List("logs").Select(Line).Where(static line => line.Length > 0)],
            Error = state is RemoteState.Queued or RemoteState.Running
                ? null
                : errors.ReadJobError(fields.Element("error") ?? fields.Element("detail"), fields.Text("error_type"), fields.Text("request_id")),
        };
    }

    public override ApiCall? Result(RemoteJob job) => new(CallKind.Result, HttpMethod.Get, job.ResultUri ?? Build(job, string.Empty))
    {
        AttemptTimeout = TimeSpan.FromMinutes(5),
        MayHoldPictures = true,
    };

    public override ImageResult ReadResult(ApiAnswer answer)
    {
        AnswerFields fields = AnswerFields.Read(answer.Body);
        return ReadImages(fields.Value, answer, answer.Header("x-fal-request-id"), fields.Text("description"));
    }

    public override ApiCall? Cancel(RemoteJob job) => new(CallKind.Cancel, HttpMethod.Put, job.CancelUri ?? Build(job, "/cancel"));

    public override CancelOutcome ReadCancel(ApiAnswer answer)
    {
        string? status = AnswerFields.Read(answer.Body).Text("status")?.ToUpperInvariant();
        return status switch
        {
            "ALREADY_COMPLETED" => CancelOutcome.AlreadyCompleted,
            "NOT_FOUND" => CancelOutcome.NotFound,
            "OK" or "CANCELLATION_REQUESTED" => CancelOutcome.Requested,
            _ => throw ReadError(answer, CallKind.Cancel),
        };
    }

    public override ApiCall? Upload(LocalPicture file)
    {
        var request = new FalUploadRequest(file.MediaType, Path.GetFileName(file.Path));
        byte[] body = JsonSerializer.SerializeToUtf8Bytes(request, FalJson.Default.FalUploadRequest);
        return new ApiCall(CallKind.Upload, HttpMethod.Post, new Uri(InitiateUploadAddress)) { Content = () => Json(body) };
    }

    public override ApiCall? CheckKey() => Pricing(Capabilities.Models[0]);

    public override ApiCall? Prices(string model, ImageOperation operation) => Pricing(Endpoint(model, operation));

    /// <summary>"Base unit only": the list knows no tiers (fal.ai's Platform OpenAPI).</summary>
    public override LivePrice? ReadPrices(string model, ImageOperation operation, ApiAnswer answer)
    {
        FalPrice? price = Read(answer.Body, FalJson.Default.FalPriceList).Prices?.FirstOrDefault(item => item?.EndpointId == Endpoint(model, operation));
        if (price is null) return null;
        bool isPerImage = price is { UnitPrice: >= 0m, Unit: "images" or "image", Currency: "USD" };
        return isPerImage ? new LivePrice(price.UnitPrice) : throw new JsonException($"the unit is '{price.Unit}' in '{price.Currency}', not images in US dollars");
    }

    public override UploadTarget ReadUpload(ApiAnswer answer)
    {
        AnswerFields upload = AnswerFields.Read(answer.Body);
        return new UploadTarget(
            TryAddress(upload.Text("upload_url")) ?? throw new JsonException("upload_url is missing"),
            upload.Text("file_url") ?? throw new JsonException("file_url is missing"));
    }

    public override bool SendsWebhook(JsonElement body) => body.TryGetProperty("request_id", out _) && body.TryGetProperty("status", out _);

    /// <summary>The result, or the error, in an envelope (fal.ai's page "Webhooks"); request_id is the id of the queue.</summary>
    public override WebhookEvent ReadWebhook(ReadOnlyMemory<byte> body)
    {
        AnswerFields delivery = AnswerFields.Read(body);
        return WebhookEvent.Of(Capabilities.Provider, delivery.Text("request_id"), () => delivery.Text("status")?.ToUpperInvariant() switch
        {
            "OK" when delivery.Object("payload").IsObject => new RemoteStatus
            {
                State = RemoteState.Completed,
                Result = ReadResult(FalErrors.Envelope(delivery, statusCode: 200)),
            },

            // "payload": null with a payload_error: the result is there, but was not sent along.
            "OK" => new RemoteStatus { State = RemoteState.Completed },
            "ERROR" => new RemoteStatus { State = RemoteState.Failed, Error = errors.ReadDelivery(delivery) },
            var other => throw new JsonException($"status '{other}' is unknown"),
        });
    }

    protected override NBErrorId? Classify(ErrorWords words) => FalErrors.Classify(words) ?? base.Classify(words);

    public override NBException ReadError(ApiAnswer answer, CallKind kind) => errors.Read(answer, kind);

    public override bool IsDefiniteRefusal(ApiAnswer answer, ApiCall call)
    {
        if (answer.StatusCode is >= 400 and < 500 and not 408 and not 499) return true;
        if (FalErrors.IsStartTimeout(answer)) return true;

        // "5xx never charged" (fal.ai's FAQ) holds for the model's own answer, not for a gateway that lost it.
        return call.IsSynchronous && answer.StatusCode >= 500 && FalErrors.IsOwn(answer);
    }

    public override bool IsFinal(ApiAnswer answer)
    {
        string? retryable = answer.Header("X-Fal-Retryable") ?? answer.Header("X-Fal-Needs-Retry");
        return FalErrors.IsStartTimeout(answer) || retryable is "false" or "False" or "0";
    }

    private static ApiCall Pricing(string endpoint) => new(CallKind.Status, HttpMethod.Get, new Uri(PricingAddress + Uri.EscapeDataString(endpoint)));

    private static string Endpoint(ImageRequest request) => Endpoint(request.Model!, request.Operation);

    private static string Endpoint(string model, ImageOperation operation)
    {
        bool needsSuffix = operation == ImageOperation.Edit && !model.EndsWith(EditSuffix, StringComparison.Ordinal);
        return needsSuffix ? model + EditSuffix : model;
    }

    /// <summary>Status, result and cancel know only owner and application (fal.ai's page "Queue": the subpath is dropped).</summary>
    private static string Application(string endpoint)
    {
        string[] parts = endpoint.Split('/');
        int kept = parts[0] is "workflows" or "comfy" ? 3 : 2;
        return string.Join('/', parts.Take(kept));
    }

    private static int? QueuePosition(AnswerFields fields) => fields.Number("queue_position") is >= 0 and <= int.MaxValue and { } position ? (int)position : null;

    /// <summary>When, and what; a log may also be a text.</summary>
    private static string Line(JsonElement log) =>
        TerminalText.SafeLine((AnswerFields.Text(log) ?? $"{new AnswerFields(log).Text("timestamp")} {new AnswerFields(log).Text("message")}").Trim());

    private static Uri Build(RemoteJob job, string suffix) => new($"{Queue}{job.Model}/requests/{Uri.EscapeDataString(job.Id)}{suffix}");

    private static Uri WithLogs(Uri uri) => uri.Query.Contains("logs=", StringComparison.Ordinal) ? uri : new Uri(uri + (uri.Query.Length == 0 ? "?" : "&") + "logs=1");

    /// <summary>What is no address, or one too long to add to, is not used; where it leads is checked when it is.</summary>
    private static Uri? TryAddress(string? text) => text?.Length <= LongestAddress && Uri.TryCreate(text, UriKind.Absolute, out Uri? uri) ? uri : null;

    [GeneratedRegex("^[A-Za-z0-9][A-Za-z0-9._-]*(?:/[A-Za-z0-9][A-Za-z0-9._-]*){1,4}$", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex ModelId();
}
