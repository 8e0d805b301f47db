using System.Buffers;
using System.Globalization;
using System.Text.Json;
using NanoBanana.Engine.Requests;

namespace NanoBanana.Engine.Providers.Fal;

/// <summary>A submit as fal.ai documents it: where it goes, its headers and its body.</summary>
internal static class FalSubmit
{
    private const string Sync = "https://fal.run/";

    public static Uri Address(ImageRequest request, string endpoint)
    {
        string query = request.CallbackUri is null ? string.Empty : "?fal_webhook=" + Uri.EscapeDataString(request.CallbackUri.AbsoluteUri);
        return new Uri((request.Direct ? Sync : FalProvider.Queue) + endpoint + query);
    }

    /// <summary>fal.ai's page "Nano Banana 2 API", input schema; system_prompt from the schema of August 2026. What is not asked for is left out.</summary>
    public static byte[] Body(ImageRequest request, IReadOnlyList<PreparedReference> references)
    {
        var body = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(body))
        {
            json.WriteStartObject();
            json.WriteString("prompt", request.Prompt);
            if (request.Count != 1) json.WriteNumber("num_images", request.Count);
            json.WriteKnown("seed", request.Seed);
            json.WriteKnown("aspect_ratio", request.AspectRatio?.ToString());
            json.WriteKnown("output_format", request.OutputFormat?.ToName());
            json.WriteKnown("safety_tolerance", request.SafetyTolerance?.ToString(CultureInfo.InvariantCulture)); // "1" to "6": a string on this wire.
            if (request.SyncMode) json.WriteBoolean("sync_mode", true);
            json.WriteKnown("resolution", request.Resolution?.ToName());
            if (request.LimitGenerations is { } isLimited) json.WriteBoolean("limit_generations", isLimited);
            if (request.WebSearch) json.WriteBoolean("enable_web_search", true);
            json.WriteKnown("thinking_level", request.ThinkingLevel switch { null => null, ThinkingLevel.High => "high", _ => "minimal" });
            json.WriteKnown("system_prompt", request.SystemPrompt);
            WriteAddresses(json, references);
            json.WriteEndObject();
        }

        return body.WrittenSpan.ToArray();
    }

    public static List<KeyValuePair<string, string>> Headers(ImageRequest request)
    {
        var headers = new List<KeyValuePair<string, string>>();
        if (request.StartTimeout is { } wait) headers.Add(new("X-Fal-Request-Timeout", wait.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture)));
        if (request.LowPriority) headers.Add(new("X-Fal-Queue-Priority", "low"));
        if (request.NoProviderRetry) headers.Add(new("X-Fal-No-Retry", "1"));
        return headers;
    }

    private static void WriteAddresses(Utf8JsonWriter json, IReadOnlyList<PreparedReference> references)
    {
        if (references.Count == 0) return;
        json.WriteStartArray("image_urls");
        foreach (PreparedReference reference in references) json.WriteStringValue(reference.Address!);
        json.WriteEndArray();
    }
}
