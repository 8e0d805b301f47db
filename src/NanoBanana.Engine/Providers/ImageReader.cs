using System.Globalization;
using System.Text;
using System.Text.Json;
using NanoBanana.Engine.Transport;

namespace NanoBanana.Engine.Providers;

/// <summary>The images in an answer, in order, and what stood in their place and is no image.</summary>
/// <param name="Outputs">The images.</param>
/// <param name="Unusable">What is neither an address nor an image, as it was written.</param>
internal sealed record ImagesFound(IReadOnlyList<ImageOutput> Outputs, IReadOnlyList<string> Unusable);

/// <summary>
/// Finds the images in an answer, whatever shape it has: a text, a list, an object with an address or base64 in it, or one that
/// holds such further inside. Only the address or the bytes decide; what else is said of an image may be of any type.
/// </summary>
internal static class ImageReader
{
    private const int MaxDepth = 6;
    private const int MaxAddressLength = 8192;
    private const int MaxQuoted = 80;

    /// <summary>What may stand around an address and is no part of it.</summary>
    private static readonly char[] Around = [' ', '\t', '\r', '\n', '\u00A0', '\u200B', '\uFEFF', '"', '\''];

    /// <summary>
    /// Where images stand; the first that holds one is taken, for the others repeat it. Lists come before a single image, which may
    /// be a preview of them all, and bytes that came along before an address that may expire.
    /// </summary>
    private static readonly string[] Names =
    [
        "images", "files", "outputs", "output_urls", "urls", "results",
        "b64_json", "base64", "url", "file_url", "image_url", "output_url", "uri", "src",
        "image", "output", "result", "data", "imageUrls",
    ];

    /// <summary>Reads the images of an answer.</summary>
    /// <param name="value">The answer, or the part of it that holds them.</param>
    /// <param name="answer">The whole answer, for images that the transport wrote to files.</param>
    public static ImagesFound Read(JsonElement value, ApiAnswer answer)
    {
        var outputs = new List<ImageOutput>();
        var unusable = new List<string>();
        Collect(value, default, answer, outputs, unusable, depth: 0);
        return new ImagesFound(outputs, unusable);
    }

    private static void Collect(JsonElement value, AnswerFields owner, ApiAnswer answer, List<ImageOutput> outputs, List<string> unusable, int depth)
    {
        if (depth > MaxDepth) return;
        switch (value.ValueKind)
        {
            case JsonValueKind.String when Inner(value) is { } inner:
                Collect(inner, owner, answer, outputs, unusable, depth + 1);
                break;
            case JsonValueKind.String:
                Add(value, owner, answer, outputs, unusable);
                break;
            case JsonValueKind.Array:
                foreach (JsonElement item in value.EnumerateArray()) Collect(item, owner, answer, outputs, unusable, depth + 1);
                break;
            case JsonValueKind.Object:
                CollectObject(new AnswerFields(value), answer, outputs, unusable, depth);
                break;
        }
    }

    /// <summary>JSON that was written as a text; null for any other text.</summary>
    private static JsonElement? Inner(JsonElement value)
    {
        string? text = AnswerFields.Text(value)?.TrimStart();
        if (text is null || !text.StartsWith('[') && !text.StartsWith('{')) return null;
        try
        {
            return AnswerJson.Parse(Encoding.UTF8.GetBytes(text));
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static void CollectObject(AnswerFields fields, ApiAnswer answer, List<ImageOutput> outputs, List<string> unusable, int depth)
    {
        int before = outputs.Count;
        int unusableBefore = unusable.Count;
        foreach (string name in Names)
        {
            if (fields.Element(name) is not { } inner) continue;
            int firstUnusable = unusable.Count;
            Collect(inner, fields, answer, outputs, unusable, depth + 1);
            if (outputs.Count == before) continue;
            unusable.RemoveRange(unusableBefore, firstUnusable - unusableBefore); // Another field of the same image had it.
            return;
        }
    }

    private static void Add(JsonElement value, AnswerFields owner, ApiAnswer answer, List<ImageOutput> outputs, List<string> unusable)
    {
        string? text = AnswerFields.Text(value)?.Trim(Around);
        string? file = InAnswer(text, answer);
        bool isMark = text?.StartsWith(JsonPictureSplitter.Mark, StringComparison.Ordinal) == true;
        Uri? uri = isMark ? null : Address(text, answer.Uri);
        if (uri is null && file is null)
        {
            if (isMark) text = "base64 that cannot be decoded";
            if (!string.IsNullOrEmpty(text)) unusable.Add(text.Length > MaxQuoted ? string.Concat(text.AsSpan(0, MaxQuoted), "...") : text);
            return;
        }

        outputs.Add(new ImageOutput
        {
            Uri = uri,
            File = file,
            Width = Pixels(owner, "width"),
            Height = Pixels(owner, "height"),
            Length = owner.Number("file_size") is > 0 and { } length ? length : null,
            Format = Vocabulary.TryParseFormat(owner.Text("content_type")?.Replace("image/", string.Empty, StringComparison.OrdinalIgnoreCase), out ImageFormat format) ? format : null,
        });
    }

    private static int? Pixels(AnswerFields owner, string name) => owner.Number(name) is > 0 and <= int.MaxValue and { } number ? (int)number : null;

    /// <summary>Where it leads is checked when it is fetched; here it only has to be an address, if need be one relative to the call's.</summary>
    private static Uri? Address(string? text, Uri? called)
    {
        if (text is null or { Length: > MaxAddressLength }) return null;
        if (text.StartsWith("//", StringComparison.Ordinal)) text = "https:" + text;
        if (!text.StartsWith('/')) return Uri.TryCreate(text, UriKind.Absolute, out Uri? uri) ? uri : null;
        bool isJpeg = text.StartsWith("/9j/", StringComparison.Ordinal); // The beginning of every JPEG in base64.
        return called is not null && !isJpeg && Uri.TryCreate(called, text, out Uri? resolved) ? resolved : null;
    }

    /// <summary>The file that the transport wrote an image of the answer to.</summary>
    private static string? InAnswer(string? text, ApiAnswer answer)
    {
        if (text is null || !text.StartsWith(JsonPictureSplitter.Mark, StringComparison.Ordinal)) return null;
        bool isKnown = int.TryParse(text.AsSpan(JsonPictureSplitter.Mark.Length), NumberStyles.None, CultureInfo.InvariantCulture, out int index) && index < answer.Pictures.Count;
        return isKnown ? answer.Pictures[index] : null;
    }
}
