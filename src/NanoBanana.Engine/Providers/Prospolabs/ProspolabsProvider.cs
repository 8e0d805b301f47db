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
            IsSynchronous = true,
        };
    }

    public override Submission ReadSubmission(ImageRequest request, ApiAnswer answer)
    {
        ProspolabsAnswer generation = Read(answer.Body, ProspolabsJson.Default.ProspolabsAnswer);
        string id = Id(generation.GenerationId);
        if (generation.Status == "failed")
        {
            throw ProspolabsErrors.OfGeneration(Capabilities, id, generation.Error);
        }

        IEnumerable<string?> several = generation.OutputUrls ?? generation.Outputs ?? [];
        string[] addresses = [.. several.Prepend(generation.OutputUrl).OfType<string>().Distinct(StringComparer.Ordinal)];
        if (generation.Status != "completed") throw new JsonException($"status '{generation.Status}' is unknown");
        if (addresses.Length == 0) throw NoPicture(id);
        return new Submission
        {
            Job = new RemoteJob { Id = id, Model = request.Model! },
            Result = new ImageResult
            {
                Outputs = [.. addresses.Select(address => new ImageOutput { Uri = Address(address) })],
                RequestId = id,
                ReportedCost = generation.EstimatedCostUsd,
            },
        };
    }

    public override ApiCall Status(RemoteJob job) => throw new NBException(
        NBErrorId.InvalidRequest, "Prospolabs answers at once; it documents no way to ask for a job later.")
    { Provider = Capabilities.Provider };

    public override RemoteStatus ReadStatus(ReadOnlyMemory<byte> body) => throw new NotSupportedException("Prospolabs has no status.");

    /// <summary>Known by its form, so that the refusal names the provider; nothing says how it would be proved or read.</summary>
    public override bool SendsWebhook(JsonElement body) => body.TryGetProperty("generation_id", out _);

    public override NBException ReadError(ApiAnswer answer, CallKind kind) => ProspolabsErrors.Read(Capabilities, answer, kind);
}
