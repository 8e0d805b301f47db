using System.Globalization;
using System.Text.Json;
using NanoBanana.Sandbox.Painting;

namespace NanoBanana.Sandbox.Wires.Apiframe;

/// <summary>
/// A submit's body (OpenAPI, GenerateImageRequest for <c>nano-banana-2</c>; defaults from S2's table). Fields that the
/// schema does not name are refused, at both levels; the spellings of S2's own sample (<c>webhook_url</c>, and
/// <c>image_input</c> as one text) are taken too.
/// </summary>
internal sealed record ApiframeInput
{
    public const string Model = "nano-banana-2";

    private const int LongestPrompt = 2000;
    private const int MostReferences = 14;
    private static readonly string[] Events = ["progress", "completed", "failed"];

    public string Prompt { get; private init; } = "";

    /// <summary>Any text, or null: the schema does not say which are understood.</summary>
    public string? AspectRatio { get; private init; }

    public string Resolution { get; private init; } = "";

    public string Format { get; private init; } = "";

    public bool GoogleSearch { get; private init; }

    public bool ImageSearch { get; private init; }

    public IReadOnlyList<string> ImageInput { get; private init; } = [];

    public string? WebhookUrl { get; private init; }

    public IReadOnlyList<string> WebhookEvents { get; private init; } = [];

    /// <summary>The ratio painted: the nearest to the one asked for, or auto for what is no ratio.</summary>
    public string PaintedRatio
    {
        get
        {
            var parts = AspectRatio?.Split(':');
            return parts is { Length: 2 } && TrySide(parts[0], out var width) && TrySide(parts[1], out var height)
                ? SizeTable.Nearest(width, height)
                : "auto";
        }
    }

    /// <summary>The tier painted.</summary>
    public string Tier => string.Equals(Resolution, "512px", StringComparison.Ordinal) ? "0.5K" : Resolution;

    public static ApiframeInput Read(JsonElement body, out IReadOnlyList<FieldProblem> problems)
    {
        var root = new BodyFields(body);
        problems = root.Problems;
        var model = root.Text("model", required: true);
        if (model is not (null or Model))
            root.Add("model", "must be " + Model);
        var settings = root.Object("nanoBananaParams", required: false);
        var input = new ApiframeInput
        {
            Prompt = root.Text("prompt", required: true, LongestPrompt) ?? "",
            WebhookUrl = root.Address("webhookUrl", secure: true) ?? root.Address("webhook_url", secure: true),
            WebhookEvents = root.Has("webhookEvents") ? root.Texts("webhookEvents", least: 1, Events.Length) : [],
            AspectRatio = settings.Text("aspect_ratio", required: false),
            Resolution = settings.OneOf("resolution", "1K", ["512px", "1K", "2K", "4K"]),
            Format = settings.OneOf("output_format", "jpg", ["jpg", "png", "webp"]),
            GoogleSearch = settings.Boolean("google_search"),
            ImageSearch = settings.Boolean("image_search"),
            ImageInput = settings.Addresses("image_input", least: 0, MostReferences, mayBeOne: true),
        };
        for (var i = 0; i < input.WebhookEvents.Count; i++)
        {
            if (Array.IndexOf(Events, input.WebhookEvents[i]) < 0)
                root.Add(BodyFields.Item("webhookEvents", i), "must be one of " + string.Join(", ", Events));
        }

        root.RefuseOthers();
        settings.RefuseOthers();
        return input;
    }

    private static bool TrySide(string text, out int side) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out side) && side > 0;
}
