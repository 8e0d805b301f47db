using System.Text.Json;
using NanoBanana.Engine.Requests;
using NanoBanana.Engine.Transport;
using NanoBanana.Engine.Webhooks;

namespace NanoBanana.Engine.Providers.ApiDot;

/// <summary>APIDot: one endpoint to submit to, one to look at (S1; APIDotAI/nano-banana-2-api, curl/generate.md).</summary>
/// <param name="capabilities">Its row of models.json.</param>
internal sealed class ApiDotProvider(ProviderCapabilities capabilities) : ProviderBase(capabilities)
{
    private const string SubmitAddress = "https://api.apidot.ai/api/generate/submit";
    private const string StatusAddress = "https://api.apidot.ai/api/generate/status/";
    private const string EditSuffix = "-edit";

    public override IReadOnlyList<string> Hosts { get; } = ["api.apidot.ai"];

    /// <summary>Inferred: the same model takes about 12 s elsewhere (S2).</summary>
    public override TimeSpan? UsualDuration { get; } = TimeSpan.FromSeconds(12);

    public override ApiCall Submit(ImageRequest request, IReadOnlyList<PreparedReference> references)
    {
        var body = new ApiDotRequest
        {
            Model = Model(request),
            CallbackUrl = request.CallbackUri?.AbsoluteUri,
            Input = new ApiDotInput
            {
                Prompt = request.Prompt,
                Resolution = request.Resolution?.ToName(),
                Size = request.AspectRatio?.ToString(),
                OutputFormat = request.OutputFormat?.ToName(),
                GoogleSearch = request.WebSearch ? true : null,
                Seed = request.Seed,
                ImageUrls = Addresses(references),
            },
        };
        byte[] json = JsonBody.Merge(JsonSerializer.SerializeToUtf8Bytes(body, ApiDotJson.Default.ApiDotRequest), request.AdditionalProperties, "input");
        return new ApiCall(CallKind.Submit, HttpMethod.Post, new Uri(SubmitAddress)) { Content = () => Json(json) };
    }

    public override Submission ReadSubmission(ImageRequest request, ApiAnswer answer)
    {
        return new Submission
        {
            Job = new RemoteJob { Id = Id(ReadTask(answer.Body).Text("task_id")), Model = Model(request) },
        };
    }

    public override ApiCall Status(RemoteJob job) =>
        new(CallKind.Status, HttpMethod.Get, new Uri(StatusAddress + Uri.EscapeDataString(job.Id))) { AttemptTimeout = TimeSpan.FromSeconds(30), MayHoldPictures = true };

    public override RemoteStatus ReadStatus(ApiAnswer answer)
    {
        AnswerFields task = ReadTask(answer.Body);
        RemoteState state = RemoteStates.Read(task.Text("status")) ?? throw new JsonException("status is missing");
        return new RemoteStatus
        {
            State = state,
            Result = state == RemoteState.Completed ? ReadFiles(task, answer) : null,
            Error = state == RemoteState.Failed ? ApiDotErrors.OfTask(Capabilities, task) : null,
        };
    }

    public override bool SendsWebhook(JsonElement body) =>
        body.TryGetProperty("data", out JsonElement data) && data.ValueKind == JsonValueKind.Object && data.TryGetProperty("task_id", out _);

    /// <summary>The same form as a status (the webhook samples of APIDotAI/nano-banana-2-api).</summary>
    public override WebhookEvent ReadWebhook(ReadOnlyMemory<byte> body) => WebhookEvent.Of(Capabilities.Provider, ReadTask(body).Text("task_id"), () => this.ReadStatus(body));

    /// <summary>A body code of 400 or more is an error even under HTTP 200 (node/index.mjs of the provider's own example).</summary>
    public override ApiAnswer Normalise(ApiAnswer answer)
    {
        if (!answer.IsSuccess) return answer;
        long code = CodeIn(answer.Body);
        return code is >= 400 and < 600 ? answer with { StatusCode = (int)code } : answer;
    }

    public override NBException ReadError(ApiAnswer answer, CallKind kind) => ApiDotErrors.Read(Capabilities, answer, kind);

    private static string Model(ImageRequest request)
    {
        string model = request.Model!;
        bool needsSuffix = request.Operation == ImageOperation.Edit && !model.EndsWith(EditSuffix, StringComparison.Ordinal);
        return needsSuffix ? model + EditSuffix : model;
    }

    protected override NBErrorId? Classify(ErrorWords words) => ApiDotErrors.ByType(words.Type) ?? base.Classify(words);

    private static long CodeIn(ReadOnlyMemory<byte> body)
    {
        try
        {
            return AnswerFields.Read(body).Number("code") ?? 0;
        }
        catch (JsonException)
        {
            return 0; // Whoever reads the answer says what is wrong with it.
        }
    }

    private static AnswerFields ReadTask(ReadOnlyMemory<byte> body)
    {
        AnswerFields root = AnswerFields.Read(body);
        AnswerFields data = root.Object("data");
        return data.IsObject ? data : root;
    }

    /// <summary>The files stand in data.output.files or in data.files: the provider documents both.</summary>
    private ImageResult ReadFiles(AnswerFields task, ApiAnswer answer)
    {
        JsonElement output = task.Element("output") ?? default;
        bool isInOutput = ImageReader.Read(output, answer).Outputs.Count > 0;
        return ReadImages(isInOutput ? output : task.Element("files") ?? output, answer, task.Text("task_id"));
    }
}
