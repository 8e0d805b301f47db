using System.Globalization;
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

    public static FalInput Input(ImageRequest request, IReadOnlyList<PreparedReference> references) => new()
    {
        Prompt = request.Prompt,
        NumImages = request.Count == 1 ? null : request.Count,
        Seed = request.Seed,
        AspectRatio = request.AspectRatio?.ToString(),
        OutputFormat = request.OutputFormat?.ToName(),
        SafetyTolerance = request.SafetyTolerance?.ToString(CultureInfo.InvariantCulture),
        SyncMode = request.SyncMode ? true : null,
        Resolution = request.Resolution?.ToName(),
        LimitGenerations = request.LimitGenerations,
        EnableWebSearch = request.WebSearch ? true : null,
        ThinkingLevel = request.ThinkingLevel switch { null => null, ThinkingLevel.High => "high", _ => "minimal" },
        SystemPrompt = request.SystemPrompt,
        ImageUrls = references.Count == 0 ? null : [.. references.Select(reference => reference.Address!)],
    };

    public static List<KeyValuePair<string, string>> Headers(ImageRequest request)
    {
        var headers = new List<KeyValuePair<string, string>>();
        if (request.StartTimeout is { } wait) headers.Add(new("X-Fal-Request-Timeout", wait.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture)));
        if (request.LowPriority) headers.Add(new("X-Fal-Queue-Priority", "low"));
        if (request.NoProviderRetry) headers.Add(new("X-Fal-No-Retry", "1"));
        return headers;
    }
}
