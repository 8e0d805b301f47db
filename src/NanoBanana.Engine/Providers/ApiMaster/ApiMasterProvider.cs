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
            MayHoldPictures = request.Direct,
            IsSynchronous = request.Direct,
        };
    }

    public override Submission ReadSubmission(ImageRequest request, ApiAnswer answer)
    {
        AnswerFields root = AnswerFields.Read(answer.Body);
        if (request.Direct)
        {
            string id = answer.Header("x-request-id") ?? "direct";
            return new Submission { Job = new RemoteJob { Id = id, Model = request.Model! }, Result = ReadImages(root.Value, answer, id) };
        }

        string? task = root.List("data").Select(static item => new AnswerFields(item).Text("task_id")).FirstOrDefault(static found => found is not null);
        return new Submission { Job = new RemoteJob { Id = Id(task ?? root.Text("task_id")), Model = request.Model! } };
    }

    public override ApiCall Status(RemoteJob job)
    {
        var address = new Uri($"{Api}tasks/{Uri.EscapeDataString(job.Id)}?model={Uri.EscapeDataString(job.Model)}");
        return new ApiCall(CallKind.Status, HttpMethod.Get, address) { AttemptTimeout = TimeSpan.FromSeconds(30), MayHoldPictures = true };
    }

    public override RemoteStatus ReadStatus(ApiAnswer answer)
    {
        AnswerFields root = AnswerFields.Read(answer.Body);
        AnswerFields task = root.Object("data") is { IsObject: true } data ? data : root;
        RemoteState state = RemoteStates.Read(task.Text("status")) ?? throw new JsonException("status is missing");
        return new RemoteStatus
        {
            State = state,
            Result = state == RemoteState.Completed ? ReadImages(task.Element("result") ?? task.Value, answer, requestId: null) : null,
            Error = state == RemoteState.Failed ? ApiMasterErrors.OfTask(Capabilities, task) : null,
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
}
