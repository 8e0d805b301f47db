using System.Text.Json;

namespace NanoBanana.Sandbox.Wires.Prospolabs;

/// <summary>
/// The flat body of S0 ("Supported parameters for Generate"). The references of an edit are in <c>image_urls</c>, as at
/// fal, which S0 names as what is behind it; S0 shows no field for them.
/// </summary>
internal sealed record ProspolabsInput
{
    public const string Model = "nano-banana-2";

    private const int MostReferences = 14;

    private static readonly string[] Ratios = ["auto", "1:1", "21:9", "16:9", "3:2", "4:3", "5:4", "4:5", "3:4", "2:3", "9:16"];

    public string Mode { get; private init; } = "";

    public string Prompt { get; private init; } = "";

    public string AspectRatio { get; private init; } = "";

    public string Resolution { get; private init; } = "";

    public int Count { get; private init; }

    public string Format { get; private init; } = "";

    public bool WebSearch { get; private init; }

    public long? Seed { get; private init; }

    public IReadOnlyList<string> ImageUrls { get; private init; } = [];

    /// <summary>Reads and checks a body. What becomes of unknown fields is not documented; they are passed over.</summary>
    public static ProspolabsInput Read(JsonElement body, out IReadOnlyList<FieldProblem> problems)
    {
        var fields = new BodyFields(body);
        problems = fields.Problems;
        var model = fields.Text("model", required: true);
        if (model is not (null or Model))
            fields.Add("model", $"is not known: {model}");
        if (!fields.Has("mode"))
            fields.Add("mode", "is required");
        var mode = fields.OneOf("mode", "generate", ["generate", "edit"]);
        var edit = string.Equals(mode, "edit", StringComparison.Ordinal);
        fields.OneOf("safety_tolerance", "4", ["1", "2", "3", "4", "5", "6"]);
        return new ProspolabsInput
        {
            Mode = mode,
            Prompt = fields.Text("prompt", required: true) ?? "",
            AspectRatio = fields.OneOf("aspect_ratio", "1:1", Ratios),
            Resolution = fields.OneOf("resolution", "1K", ["1K", "2K", "4K"]),
            Count = (int)(fields.Integer("num_images", 1, 4) ?? 1),
            Format = fields.OneOf("output_format", "png", ["png", "jpeg", "webp"]),
            WebSearch = string.Equals(fields.OneOf("enable_web_search", "false", ["false", "true"]), "true", StringComparison.Ordinal),
            Seed = fields.Integer("seed"),
            ImageUrls = edit ? fields.Addresses("image_urls", least: 1, MostReferences) : [],
        };
    }
}
