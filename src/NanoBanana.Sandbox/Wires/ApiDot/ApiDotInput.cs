using System.Text.Json;

namespace NanoBanana.Sandbox.Wires.ApiDot;

/// <summary>A submit's body (S1, the table of fields and "Common error classes").</summary>
internal sealed record ApiDotInput
{
    public const string Model = "nano-banana-2";
    public const string EditModel = "nano-banana-2-edit";

    private const int MostReferences = 14;

    private static readonly string[] Sizes =
        ["auto", "1:1", "2:3", "3:2", "3:4", "4:3", "4:5", "5:4", "9:16", "16:9", "21:9", "4:1", "1:4", "8:1", "1:8"];

    public bool Edit { get; private init; }

    public string? CallbackUrl { get; private init; }

    public string Prompt { get; private init; } = "";

    public string Resolution { get; private init; } = "";

    public string Size { get; private init; } = "";

    public string Format { get; private init; } = "";

    public bool GoogleSearch { get; private init; }

    public long? Seed { get; private init; }

    public IReadOnlyList<string> ImageUrls { get; private init; } = [];

    /// <summary>
    /// Reads and checks a body. Left out, a resolution is 1K, a size auto and a format png: S1's samples write them so, a
    /// default of each is not documented. Nor is what becomes of unknown fields; they are passed over.
    /// </summary>
    public static ApiDotInput Read(JsonElement body, out IReadOnlyList<FieldProblem> problems)
    {
        var root = new BodyFields(body);
        problems = root.Problems;
        var model = root.Text("model", required: true);
        if (model is not (null or Model or EditModel))
            root.Add("model", $"is not supported: {model}");
        var edit = string.Equals(model, EditModel, StringComparison.Ordinal);
        var callback = root.Address("callback_url", secure: true);
        var input = root.Object("input", required: true);
        if (!edit && input.Has("image_urls"))
            input.Add("image_urls", $"is taken by {EditModel} only");
        return new ApiDotInput
        {
            Edit = edit,
            CallbackUrl = callback,
            Prompt = input.Text("prompt", required: true) ?? "",
            Resolution = input.OneOf("resolution", "1K", ["0.5K", "1K", "2K", "4K"]),
            Size = input.OneOf("size", "auto", Sizes),
            Format = input.OneOf("output_format", "png", ["png", "jpeg", "webp"]),
            GoogleSearch = input.Boolean("google_search"),
            Seed = input.Integer("seed"),
            ImageUrls = edit ? input.Addresses("image_urls", least: 1, MostReferences) : [],
        };
    }
}
