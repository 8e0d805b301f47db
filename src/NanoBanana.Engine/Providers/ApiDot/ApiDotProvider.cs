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
        ApiDotTask task = ReadTask(answer.Body);
        return new Submission
        {
            Job = new RemoteJob { Id = Id(task.TaskId), Model = Model(request) },
        };
    }

    public override ApiCall Status(RemoteJob job) =>
        new(CallKind.Status, HttpMethod.Get, new Uri(StatusAddress + Uri.EscapeDataString(job.Id))) { AttemptTimeout = TimeSpan.FromSeconds(30) };

    public override RemoteStatus ReadStatus(ReadOnlyMemory<byte> body)
    {
        ApiDotTask task = ReadTask(body);
        return task.Status switch
        {
            "not_started" => new RemoteStatus { State = RemoteState.Queued },
            "running" => new RemoteStatus { State = RemoteState.Running },
            "finished" => new RemoteStatus { State = RemoteState.Completed, Result = ReadFiles(task) },
            "failed" => new RemoteStatus { State = RemoteState.Failed, Error = ApiDotErrors.OfTask(Capabilities, task) },
            _ => throw new JsonException($"status '{task.Status}' is unknown"),
        };
    }

    public override bool SendsWebhook(JsonElement body) =>
        body.TryGetProperty("data", out JsonElement data) && data.ValueKind == JsonValueKind.Object && data.TryGetProperty("task_id", out _);

    /// <summary>The same form as a status (the webhook samples of APIDotAI/nano-banana-2-api).</summary>
    public override WebhookEvent ReadWebhook(ReadOnlyMemory<byte> body) => WebhookEvent.Of(Capabilities.Provider, ReadTask(body).TaskId, () => ReadStatus(body));

    /// <summary>A body code of 400 or more is an error even under HTTP 200 (node/index.mjs of the provider's own example).</summary>
    public override ApiAnswer Normalise(ApiAnswer answer)
    {
        if (!answer.IsSuccess) return answer;
        int code = ProviderErrors.Parse(answer.Body, static root =>
            root.TryGetProperty("code", out JsonElement value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int number) ? number : 0);
        return code is >= 400 and < 600 ? answer with { StatusCode = code } : answer;
    }

    public override NBException ReadError(ApiAnswer answer, CallKind kind) => ApiDotErrors.Read(Capabilities, answer, kind);

    private static string Model(ImageRequest request)
    {
        string model = request.Model!;
        bool needsSuffix = request.Operation == ImageOperation.Edit && !model.EndsWith(EditSuffix, StringComparison.Ordinal);
        return needsSuffix ? model + EditSuffix : model;
    }

    private static ApiDotTask ReadTask(ReadOnlyMemory<byte> body) =>
        Read(body, ApiDotJson.Default.ApiDotAnswer).Data ?? throw new JsonException("data is missing");

    /// <summary>The files stand in data.output.files or in data.files: the provider documents both.</summary>
    private ImageResult ReadFiles(ApiDotTask task)
    {
        IEnumerable<ApiDotFile?> files = task.Output?.Files is { Count: > 0 } inOutput ? inOutput : task.Files ?? [];
        ImageOutput[] outputs = [.. files.Where(file => file?.FileUrl is not null).Select(file => new ImageOutput { Uri = Address(file!.FileUrl) })];
        if (outputs.Length == 0) throw NoPicture(task.TaskId);
        return new ImageResult { Outputs = outputs, RequestId = task.TaskId };
    }
}
