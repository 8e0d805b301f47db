using System.Text.Json.Serialization;

namespace NanoBanana.Engine.Providers.Prospolabs;

/// <summary>The body of a call: flat, as in the provider's own cURL sample (S0).</summary>
internal sealed record ProspolabsRequest
{
    public required string Model { get; init; }

    public required string Mode { get; init; }

    public required string Prompt { get; init; }

    public string? AspectRatio { get; init; }

    public string? Resolution { get; init; }

    public string? OutputFormat { get; init; }

    /// <summary>"1" to "6": a string on this wire.</summary>
    public string? SafetyTolerance { get; init; }

    /// <summary>"true" or "false": a string on this wire.</summary>
    public string? EnableWebSearch { get; init; }

    public long? Seed { get; init; }

    /// <summary>Inferred: the provider is backed by fal, which calls it so.</summary>
    public IReadOnlyList<string>? ImageUrls { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ProspolabsRequest))]
internal sealed partial class ProspolabsJson : JsonSerializerContext;
