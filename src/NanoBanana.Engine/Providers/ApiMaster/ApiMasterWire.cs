using System.Text.Json;
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

/// <summary>The answer of the synchronous endpoint, and of the submit: data is an array in both.</summary>
internal sealed record ApiMasterAnswer
{
    public IReadOnlyList<ApiMasterItem?>? Data { get; init; }
}

internal sealed record ApiMasterItem
{
    public string? TaskId { get; init; }

    /// <summary>An address, or an array of them.</summary>
    public JsonElement Url { get; init; }
}

/// <summary>The answer to a look: data is an object.</summary>
internal sealed record ApiMasterLook
{
    public ApiMasterTask? Data { get; init; }
}

internal sealed record ApiMasterTask
{
    public string? Status { get; init; }

    public ApiMasterResult? Result { get; init; }

    public JsonElement Error { get; init; }
}

internal sealed record ApiMasterResult
{
    public IReadOnlyList<ApiMasterItem?>? Images { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ApiMasterRequest))]
[JsonSerializable(typeof(ApiMasterAnswer))]
[JsonSerializable(typeof(ApiMasterLook))]
internal sealed partial class ApiMasterJson : JsonSerializerContext;
