using System.Text.Json;
using NanoBanana.Sandbox.Painting;

namespace NanoBanana.Sandbox.Wires.Fal;

/// <summary>The model's input (S4, "Input Schema"), as far as the simulator acts on it.</summary>
internal sealed record FalInput
{
    public string Prompt { get; init; } = "";

    public int Count { get; init; }

    public long? Seed { get; init; }

    public string AspectRatio { get; init; } = "";

    public string Resolution { get; init; } = "";

    public PictureFormat Format { get; init; }

    public bool SyncMode { get; init; }

    public bool WebSearch { get; init; }

    public bool HighThinking { get; init; }

    public IReadOnlyList<string> ImageUrls { get; init; } = [];

    private static readonly string[] Ratios =
        ["auto", "21:9", "16:9", "3:2", "4:3", "5:4", "1:1", "4:5", "3:4", "2:3", "9:16", "4:1", "1:4", "8:1", "1:8"];

    private const int MostReferences = 14;

    /// <summary>Reads and checks a body; the problems, if any, are all of them. Unknown fields are passed over, as fal does.</summary>
    public static FalInput Read(JsonElement body, bool edit, out IReadOnlyList<FalProblem> problems)
    {
        var fields = new FalFields(body);
        problems = fields.Problems;
        if (!fields.IsObject)
            return new FalInput();
        var format = fields.OneOf("output_format", "png", ["jpeg", "png", "webp"]);
        fields.OneOf("safety_tolerance", "4", ["1", "2", "3", "4", "5", "6"]);
        fields.Boolean("limit_generations", standard: true);
        fields.Text("system_prompt", required: false);
        return new FalInput
        {
            Prompt = fields.Text("prompt", required: true) ?? "",
            Count = (int)(fields.Integer("num_images", 1, 4) ?? 1),
            Seed = fields.Integer("seed", long.MinValue, long.MaxValue),
            AspectRatio = fields.OneOf("aspect_ratio", "auto", Ratios)!,
            Resolution = fields.OneOf("resolution", "1K", ["0.5K", "1K", "2K", "4K"])!,
            Format = format switch { "jpeg" => PictureFormat.Jpeg, "webp" => PictureFormat.Webp, _ => PictureFormat.Png },
            SyncMode = fields.Boolean("sync_mode", standard: false),
            WebSearch = fields.Boolean("enable_web_search", standard: false) | fields.Boolean("enable_google_search", standard: false),
            HighThinking = string.Equals(fields.OneOf("thinking_level", null, ["minimal", "high"]), "high", StringComparison.Ordinal),
            ImageUrls = edit ? fields.Addresses("image_urls", required: !HasOtherMedia(body), MostReferences) : [],
        };
    }

    /// <summary>The newer schema lets a video, a sound or a document stand in for the pictures.</summary>
    private static bool HasOtherMedia(JsonElement body) =>
        HasText(body, "video_url") || HasText(body, "audio_url") || HasText(body, "pdf_url");

    private static bool HasText(JsonElement body, string name) =>
        body.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String;
}
