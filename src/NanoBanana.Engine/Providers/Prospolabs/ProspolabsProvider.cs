using System.Globalization;
using System.Text.Json;
using NanoBanana.Engine.Requests;
using NanoBanana.Engine.Transport;

namespace NanoBanana.Engine.Providers.Prospolabs;

/// <summary>Prospolabs: one synchronous call, one picture (S0). How its jobs are asked for later is not documented.</summary>
/// <param name="capabilities">Its row of models.json.</param>
internal sealed class ProspolabsProvider(ProviderCapabilities capabilities) : ProviderBase(capabilities)
{
    private const string GenerateAddress = "https://api.prospolabs.com/v1/generate";

    private static readonly string[] OutputNames = ["output_url", "output_urls", "outputs", "images"];
    private static readonly string[] WrapperNames = ["data", "result", "output"];

    public override IReadOnlyList<string> Hosts { get; } = ["api.prospolabs.com"];

    public override TimeSpan? UsualDuration => null;

    public override ApiCall Submit(ImageRequest request, IReadOnlyList<PreparedReference> references)
    {
        var body = new ProspolabsRequest
        {
            Model = request.Model!,
            Mode = request.Operation == ImageOperation.Edit ? "edit" : "generate",
            Prompt = request.Prompt,
            AspectRatio = request.AspectRatio?.ToString(),
            Resolution = request.Resolution?.ToName(),
            OutputFormat = request.OutputFormat?.ToName(),
            SafetyTolerance = request.SafetyTolerance?.ToString(CultureInfo.InvariantCulture),
            EnableWebSearch = request.WebSearch ? "true" : null,
            Seed = request.Seed,
            ImageUrls = Addresses(references),
        };
        byte[] json = JsonBody.Merge(JsonSerializer.SerializeToUtf8Bytes(body, ProspolabsJson.Default.ProspolabsRequest), request.AdditionalProperties);
        return new ApiCall(CallKind.Submit, HttpMethod.Post, new Uri(GenerateAddress))
        {
            Content = () => Json(json),
            AttemptTimeout = TimeSpan.FromMinutes(10),
            MayHoldPictures = true,
            IsSynchronous = true,
        };
    }

    public override Submission ReadSubmission(ImageRequest request, ApiAnswer answer)
    {
        AnswerFields root = AnswerFields.Read(answer.Body);
        AnswerFields generation = Unwrap(root);
        string? known = generation.Text("generation_id");
        ImagesFound[] found = [.. OutputNames.Select(name => ImageReader.Read(generation.Element(name) ?? default, answer))];
        if (found.All(static images => images.Outputs.Count == 0)) found = [ReadAnywhere(request, root, generation, answer)];
        ImageOutput[] outputs = [.. found.SelectMany(static images => images.Outputs).DistinctBy(static output => output.Uri?.AbsoluteUri ?? output.File, StringComparer.Ordinal)];
        if (outputs.Length == 0) throw NotMade(generation, Id(known), answer);
        string id = IsId(known) ? known : answer.Header("x-request-id") ?? "direct";
        return new Submission
        {
            Job = new RemoteJob { Id = id, Model = request.Model! },
            Result = new ImageResult
            {
                Outputs = outputs,
                Unusable = [.. found.SelectMany(static images => images.Unusable)],
                RequestId = id,
                ReportedCost = generation.Amount("estimated_cost_usd"),
            },
        };
    }

    public override ApiCall Status(RemoteJob job) => throw new NBException(
        NBErrorId.InvalidRequest, "Prospolabs answers at once; it documents no way to ask for a job later.")
    { Provider = Capabilities.Provider };

    public override RemoteStatus ReadStatus(ApiAnswer answer) => throw new NotSupportedException("Prospolabs has no status.");

    /// <summary>Known by its form, so that the refusal names the provider; nothing says how it would be proved or read.</summary>
    public override bool SendsWebhook(JsonElement body) => body.TryGetProperty("generation_id", out _);

    public override NBException ReadError(ApiAnswer answer, CallKind kind) => ProspolabsErrors.Read(Capabilities, answer, kind);

    /// <summary>The generation itself, where it stands inside another object.</summary>
    private static AnswerFields Unwrap(AnswerFields root)
    {
        if (root.Text("generation_id") is not null) return root;
        AnswerFields inner = WrapperNames.Select(root.Object).FirstOrDefault(static fields => fields.Text("generation_id") is not null || fields.Text("status") is not null);
        return inner.IsObject ? inner : root;
    }

    /// <summary>Images outside the documented fields: the answer comes once, so every place is read. References that an edit repeats are no images.</summary>
    private static ImagesFound ReadAnywhere(ImageRequest request, AnswerFields root, AnswerFields generation, ApiAnswer answer)
    {
        ImagesFound found = ImageReader.Read(root.Value, answer);
        Uri?[] references = request.Operation == ImageOperation.Edit
            ? [.. ImageReader.Read(generation.Element("image_urls") ?? default, answer).Outputs.Select(static output => output.Uri)]
            : [];
        return found with { Outputs = [.. found.Outputs.Where(output => output.File is not null || (output.Uri!.Scheme is "https" or "http" && !references.Contains(output.Uri)))] };
    }

    /// <summary>An answer without an image: the generation failed, or its words say why there is none.</summary>
    private Exception NotMade(AnswerFields generation, string id, ApiAnswer answer)
    {
        RemoteState? state = RemoteStates.Read(generation.Text("status"));
        if (state is null or RemoteState.Queued or RemoteState.Running) return new JsonException($"status '{generation.Text("status")}' is unknown");
        if (state is RemoteState.Failed or RemoteState.Cancelled) return ProspolabsErrors.OfGeneration(Capabilities, id, ErrorWords.Read(answer.Body).Text);
        return NoImage(answer, [], id, description: null);
    }
}
