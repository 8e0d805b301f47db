using System.Text.Json;
using NanoBanana.Engine.Requests;
using NanoBanana.Engine.Transport;

namespace NanoBanana.Engine.Providers.ApiMaster;

/// <summary>APIMaster: an endpoint in the manner of OpenAI, synchronous or with tasks (S3; apimaster-ai/agent-skills, api-notes.md).</summary>
/// <param name="capabilities">Its row of models.json.</param>
internal sealed class ApiMasterProvider(ProviderCapabilities capabilities) : ProviderBase(capabilities)
{
    private const string Api = "https://apimaster.ai/v1/";

    public override IReadOnlyList<string> Hosts { get; } = ["apimaster.ai"];

    /// <summary>The provider's own clients look first after 12 s (apimaster-cli, src/commands/image.js).</summary>
    public override TimeSpan? UsualDuration { get; } = TimeSpan.FromSeconds(12);

    public override bool InlinesFiles => true;

    public override ApiCall Submit(ImageRequest request, IReadOnlyList<PreparedReference> references)
    {
        LocalPicture[] files = [.. references.Select(reference => reference.File).OfType<LocalPicture>()];
        int file = 0;
        var body = new ApiMasterRequest
        {
            Model = request.Model!,
            Prompt = request.Prompt,
            N = request.Count == 1 ? null : request.Count,
            Size = request.AspectRatio?.ToString(),
            Resolution = request.Resolution?.ToName().ToLowerInvariant(),
            OutputFormat = request.OutputFormat?.ToName(),
            ImageUrls = references.Count == 0 ? null : [.. references.Select(reference => reference.Address ?? JsonWithPicturesContent.Mark(file++))],
        };
        byte[] json = JsonBody.Merge(JsonSerializer.SerializeToUtf8Bytes(body, ApiMasterJson.Default.ApiMasterRequest), request.AdditionalProperties);
        return new ApiCall(CallKind.Submit, HttpMethod.Post, new Uri(Api + (request.Direct ? "images/generations" : "images/generations/async")))
        {
            Content = files.Length == 0 ? () => Json(json) : () => new JsonWithPicturesContent(json, files),
            AttemptTimeout = request.Direct ? DirectTimeout(request) : TimeSpan.FromMinutes(2),
            IsSynchronous = request.Direct,
        };
    }

    public override Submission ReadSubmission(ImageRequest request, ApiAnswer answer)
    {
        IReadOnlyList<ApiMasterItem?> data = Read(answer.Body, ApiMasterJson.Default.ApiMasterAnswer).Data ?? throw new JsonException("data is missing");
        if (request.Direct)
        {
            string id = answer.Header("x-request-id") ?? "direct";
            return new Submission { Job = new RemoteJob { Id = id, Model = request.Model! }, Result = ReadPictures(data, id) };
        }

        string? task = data.FirstOrDefault(item => item?.TaskId is not null)?.TaskId;
        return new Submission { Job = new RemoteJob { Id = Id(task), Model = request.Model! } };
    }

    public override ApiCall Status(RemoteJob job)
    {
        var address = new Uri($"{Api}tasks/{Uri.EscapeDataString(job.Id)}?model={Uri.EscapeDataString(job.Model)}");
        return new ApiCall(CallKind.Status, HttpMethod.Get, address) { AttemptTimeout = TimeSpan.FromSeconds(30) };
    }

    public override RemoteStatus ReadStatus(ReadOnlyMemory<byte> body)
    {
        ApiMasterTask task = Read(body, ApiMasterJson.Default.ApiMasterLook).Data ?? throw new JsonException("data is missing");
        return task.Status?.ToLowerInvariant() switch
        {
            "submitted" or "pending" => new RemoteStatus { State = RemoteState.Queued },
            "processing" or "in_progress" => new RemoteStatus { State = RemoteState.Running },
            "completed" => new RemoteStatus { State = RemoteState.Completed, Result = ReadPictures(task.Result?.Images ?? [], requestId: null) },
            "failed" or "error" => new RemoteStatus { State = RemoteState.Failed, Error = ApiMasterErrors.OfTask(Capabilities, task.Error) },
            "cancelled" => new RemoteStatus { State = RemoteState.Cancelled },
            _ => throw new JsonException($"status '{task.Status}' is unknown"),
        };
    }

    public override ApiCall? CheckKey() => new(CallKind.Status, HttpMethod.Get, new Uri(Api + "models"));

    public override NBException ReadError(ApiAnswer answer, CallKind kind) => ApiMasterErrors.Read(Capabilities, answer, kind);

    /// <summary>A shorter limit would break off healthy jobs that are charged all the same (S3; api-notes.md, "Timeouts").</summary>
    private static TimeSpan DirectTimeout(ImageRequest request) => request.Resolution switch
    {
        ImageResolution.FourK => TimeSpan.FromSeconds(600),
        ImageResolution.TwoK => TimeSpan.FromSeconds(300),
        _ => TimeSpan.FromSeconds(180),
    };

    private ImageResult ReadPictures(IReadOnlyList<ApiMasterItem?> items, string? requestId)
    {
        ImageOutput[] outputs = [.. items.OfType<ApiMasterItem>().SelectMany(ReadAddresses).Select(address => new ImageOutput { Uri = Address(address) })];
        return outputs.Length == 0 ? throw NoPicture(requestId) : new ImageResult { Outputs = outputs, RequestId = requestId };
    }

    /// <summary>url is an array in a task's result and a text in a synchronous answer; both are taken in both.</summary>
    private static IEnumerable<string?> ReadAddresses(ApiMasterItem item) => item.Url.ValueKind switch
    {
        JsonValueKind.String => [ProviderErrors.Text(item.Url)],
        JsonValueKind.Array => item.Url.EnumerateArray().Select(ProviderErrors.Text),
        _ => [],
    };
}
