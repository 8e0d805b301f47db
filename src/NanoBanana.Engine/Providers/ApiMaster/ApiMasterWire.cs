using System.Text.Json.Serialization;

namespace NanoBanana.Engine.Providers.ApiMaster;

/// <summary>The body of a submit, synchronous or not (apimaster-ai/agent-skills, api-notes.md; S3).</summary>
internal sealed record ApiMasterRequest
{
    public required string Model { get; init; }

    public required string Prompt { get; init; }

    public int? N { get; init; }

    /// <summary>The ratio; this wire calls it size.</summary>
    public string? Size { get; init; }

    /// <summary>1k, 2k or 4k: lower case on this wire.</summary>
    public string? Resolution { get; init; }

    public string? OutputFormat { get; init; }

    public IReadOnlyList<string>? ImageUrls { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ApiMasterRequest))]
internal sealed partial class ApiMasterJson : JsonSerializerContext;
