using System.Globalization;
using NanoBanana.Sandbox.Painting;

namespace NanoBanana.Sandbox.Wires.ApiMaster;

/// <summary>
/// The fields of both image endpoints (notes, "Image parameters"; S3). The ratios are the model's own, extreme ones
/// included (S3); what becomes of unknown fields is not documented, they are passed over. Of <c>response_format</c> only
/// <c>url</c> is taken, for no answer with the picture in it is documented.
/// </summary>
internal sealed record ApiMasterInput
{
    private const int MostPictures = 4;
    private const int MostReferences = 14;
    private const int LongestSide = 4096 * 4;

    /// <summary>"These narrow the eligible channels and can raise the price": noted, and nothing else.</summary>
    private static readonly string[] Narrowing = ["quality", "background", "moderation"];

    private static readonly string[] Ratios =
        ["auto", "1:1", "1:4", "1:8", "2:3", "3:2", "3:4", "4:1", "4:3", "4:5", "5:4", "8:1", "9:16", "16:9", "21:9"];

    public string Model { get; private init; } = "";

    public string Prompt { get; private init; } = "";

    public int Count { get; private init; }

    /// <summary>The ratio painted: pixels are met by the nearest.</summary>
    public string Ratio { get; private init; } = "";

    public string Resolution { get; private init; } = "";

    public string Format { get; private init; } = "";

    public IReadOnlyList<ApiMasterReference> References { get; private init; } = [];

    public IReadOnlyDictionary<string, string> Notes { get; private init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    public static ApiMasterInput Read(ApiMasterBody body, out IReadOnlyList<FieldProblem> problems)
    {
        var fields = new BodyFields(body.Fields);
        problems = fields.Problems;
        var model = fields.Text("model", required: true) ?? "";
        if (model.Length > 0 && Array.IndexOf(ApiMasterModels.Known, model) < 0)
            fields.Add("model", "is not known");
        fields.OneOf("response_format", "url", ["url"]);
        fields.Integer("output_compression", 0, 100);
        fields.Address("mask_url", secure: true);
        if (body.Fields.ContainsKey("image_urls"))
            fields.Add("image_urls", "must be an array");
        var references = body.ImageUrls ?? [];
        Check(fields, references);
        return new ApiMasterInput
        {
            Model = model,
            Prompt = fields.Text("prompt", required: true) ?? "",
            Count = (int)(fields.Integer("n", 1, MostPictures) ?? 1),
            Ratio = ReadSize(fields),
            Resolution = fields.OneOf("resolution", "1k", ["1k", "2k", "4k"]),
            Format = fields.OneOf("output_format", "png", ["png", "jpeg", "webp"]),
            References = references,
            Notes = ReadNotes(fields, references),
        };
    }

    private static void Check(BodyFields fields, IReadOnlyList<ApiMasterReference> references)
    {
        if (references.Count > MostReferences)
        {
            fields.Add("image_urls", FormattableString.Invariant($"must hold at most {MostReferences}"));
            return;
        }

        for (var i = 0; i < references.Count; i++)
        {
            if (references[i].Problem() is { } problem)
                fields.Add(BodyFields.Item("image_urls", i), problem);
        }
    }

    private static string ReadSize(BodyFields fields)
    {
        var size = fields.Text("size", required: false) ?? "auto";
        if (Array.IndexOf(Ratios, size) >= 0)
            return size;
        var parts = size.Split('x');
        if (parts.Length == 2 && TrySide(parts[0], out var width) && TrySide(parts[1], out var height))
            return SizeTable.Nearest(width, height);
        fields.Add("size", "must be pixels such as 1024x1024, or one of " + string.Join(", ", Ratios));
        return "auto";
    }

    private static Dictionary<string, string> ReadNotes(BodyFields fields, IReadOnlyList<ApiMasterReference> references)
    {
        var notes = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var name in Narrowing)
        {
            if (fields.Text(name, required: false) is { } value)
                notes[name] = value;
        }

        if (references.Any(static reference => reference.Address is null))
            notes["data_uris"] = references.Count(static reference => reference.Address is null).ToString(CultureInfo.InvariantCulture);
        return notes;
    }

    private static bool TrySide(string text, out int side) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out side) && side is > 0 and <= LongestSide;
}
