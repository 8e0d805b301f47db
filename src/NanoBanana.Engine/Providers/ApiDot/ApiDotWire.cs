using System.Text.Json.Serialization;

namespace NanoBanana.Engine.Providers.ApiDot;

/// <summary>The body of a submit (S1: "Primary payload" and its table of fields).</summary>
internal sealed record ApiDotRequest
{
    public required string Model { get; init; }

    public string? CallbackUrl { get; init; }

    public required ApiDotInput Input { get; init; }
}

internal sealed record ApiDotInput
{
    public required string Prompt { get; init; }

    public string? Resolution { get; init; }

    /// <summary>The ratio; this wire calls it size.</summary>
    public string? Size { get; init; }

    public string? OutputFormat { get; init; }

    public bool? GoogleSearch { get; init; }

    public long? Seed { get; init; }

    public IReadOnlyList<string>? ImageUrls { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ApiDotRequest))]
internal sealed partial class ApiDotJson : JsonSerializerContext;
