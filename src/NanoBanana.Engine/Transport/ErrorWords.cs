using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace NanoBanana.Engine.Transport;

/// <summary>What an answer says went wrong, in whatever shape it says so.</summary>
/// <param name="Text">The words; null where there are none.</param>
/// <param name="Type">The provider's own type or code of the error.</param>
/// <param name="Field">The field of the request that is at fault.</param>
/// <param name="RequestId">The request's id, where the body names it.</param>
internal sealed partial record ErrorWords(string? Text, string? Type = null, string? Field = null, string? RequestId = null)
{
    private const int MaxTitle = 200;
    private const int MaxItems = 10;
    private const int MaxDepth = 4;

    /// <summary>Where the words of an error stand, the first that has any.</summary>
    private static readonly string[] Names =
        ["detail", "error", "errors", "error_message", "message", "msg", "error_description", "reason", "failure_reason", "fail_reason", "failReason", "status_message", "statusMessage", "title"];

    /// <summary>Whether it is the page of somebody in between: a proxy, a gateway, a CDN.</summary>
    public bool IsPage { get; private init; }

    /// <summary>Reads an answer: JSON of any shape, a page of HTML or XML, or plain text.</summary>
    public static ErrorWords Read(ReadOnlyMemory<byte> body)
    {
        try
        {
            return Read(AnswerJson.Parse(body));
        }
        catch (JsonException)
        {
            return ReadText(Encoding.UTF8.GetString(body.Span).Trim('\uFEFF', '\0', ' ', '\t', '\r', '\n', '"'));
        }
    }

    /// <summary>Reads an error, or an object with an error in it.</summary>
    public static ErrorWords Read(JsonElement value) => Read(value, depth: 0) ?? new ErrorWords(Text: null);

    /// <summary>An answer that cannot be understood, as far as it helps to see it; null where it is empty, a page, or no text.</summary>
    public static string? Quote(ReadOnlyMemory<byte> body)
    {
        string text = Encoding.UTF8.GetString(body.Span).Trim('\uFEFF', '\0', ' ', '\t', '\r', '\n');
        if (text.Length <= 2 || text[0] is not ('{' or '[') || text.Contains('\uFFFD', StringComparison.Ordinal)) return null;
        return text.Length > MaxTitle ? string.Concat(text.AsSpan(0, MaxTitle), "...") : text;
    }

    /// <summary>The title of a page, or its first heading; null for what is no page.</summary>
    public static string? PageTitle(string text)
    {
        if (!text.StartsWith('<')) return null;
        try
        {
            Match match = Title().Match(text);
            if (!match.Success) match = Heading().Match(text);
            string title = match.Success ? WebUtility.HtmlDecode(Tag().Replace(match.Groups["text"].Value, " ")) : string.Empty;
            title = Space().Replace(title, " ").Trim();
            return title.Length > MaxTitle ? string.Concat(title.AsSpan(0, MaxTitle), "...") : title;
        }
        catch (RegexMatchTimeoutException)
        {
            return string.Empty;
        }
    }

    private static ErrorWords ReadText(string text)
    {
        if (text.Length == 0 || text.Contains('\uFFFD', StringComparison.Ordinal)) return new ErrorWords(Text: null);
        if (PageTitle(text) is not { } title) return new ErrorWords(text.Any(char.IsLetter) ? text : null);
        bool isXmlError = XmlMessage().Match(text) is { Success: true };
        if (isXmlError) return new ErrorWords(WebUtility.HtmlDecode(XmlMessage().Match(text).Groups["text"].Value).Trim());
        return new ErrorWords(title.Length == 0 ? null : title) { IsPage = true };
    }

    private static ErrorWords? Read(JsonElement value, int depth)
    {
        if (depth > MaxDepth) return null;
        return value.ValueKind switch
        {
            JsonValueKind.String => ReadWords(AnswerFields.Text(value)),
            JsonValueKind.Array => ReadList(value, depth),
            JsonValueKind.Object => ReadObject(value, depth),
            _ => null,
        };
    }

    private static ErrorWords? ReadWords(string? text) => string.IsNullOrWhiteSpace(text) ? null : new ErrorWords(text.Trim());

    private static ErrorWords? ReadList(JsonElement list, int depth)
    {
        ErrorWords[] items = [.. list.EnumerateArray().Take(MaxItems).Select(item => Read(item, depth + 1)).OfType<ErrorWords>()];
        if (items.Length == 0) return null;
        return new ErrorWords(
            string.Join("; ", items.Select(static item => item.Field is null || item.Text is null ? item.Text : $"{item.Field}: {item.Text}").OfType<string>()),
            items.Select(static item => item.Type).FirstOrDefault(static type => type is not null),
            items.Select(static item => item.Field).FirstOrDefault(static field => field is not null));
    }

    private static ErrorWords? ReadObject(JsonElement value, int depth)
    {
        var fields = new AnswerFields(value);
        string? type = fields.Text("error_type") ?? TypeOf(fields.Text("code")) ?? TypeOf(fields.Text("type"));
        string? requestId = fields.Text("request_id");
        foreach (string name in Names)
        {
            if (fields.Element(name) is not { } inner) continue;
            ErrorWords? words = name == "errors" && inner.ValueKind == JsonValueKind.Object ? ReadMap(inner, depth) : Read(inner, depth + 1);
            if (words is null) continue;
            return words with
            {
                Type = words.Type ?? type,
                Field = words.Field ?? Place(fields),
                RequestId = words.RequestId ?? requestId,
            };
        }

        // An error that has nothing but a name: of an object that is no error, a type or a code says nothing.
        if (fields.Element("data") is { ValueKind: JsonValueKind.Object } data && Read(data, depth + 1) is { } within) return within;
        return type is not null && depth > 0 ? new ErrorWords(type, type, Place(fields), requestId) : type is null ? null : new ErrorWords(Text: null, type, RequestId: requestId);
    }

    /// <summary>Errors by the name of their field: {"prompt": ["too long"]}.</summary>
    private static ErrorWords? ReadMap(JsonElement map, int depth)
    {
        if (ReadObject(map, depth + 1) is { Text: not null } words) return words;
        var texts = new List<string>();
        string? field = null;
        foreach (JsonProperty property in map.EnumerateObject().Take(MaxItems))
        {
            if (AnswerFields.Safely(() => property.Name) is not { } name || Read(property.Value, depth + 1)?.Text is not { } text) continue;
            field ??= name;
            texts.Add($"{name}: {text}");
        }

        return texts.Count == 0 ? null : new ErrorWords(string.Join("; ", texts), Field: field);
    }

    /// <summary>A number is an HTTP status, and no type.</summary>
    private static string? TypeOf(string? text) => text is null || text.All(char.IsAsciiDigit) || text is "true" or "false" ? null : text;

    /// <summary>fal.ai and FastAPI: loc is ["body", "prompt"].</summary>
    private static string? Place(AnswerFields detail) =>
        detail.List("loc").Select(AnswerFields.Text).FirstOrDefault(static name => name is not (null or "body")) ?? detail.Text("param") ?? detail.Text("field");

    [GeneratedRegex("<title[^>]*>(?<text>.*?)</title>", RegexOptions.IgnoreCase | RegexOptions.Singleline, 1000)]
    private static partial Regex Title();

    [GeneratedRegex("<h[1-3][^>]*>(?<text>.*?)</h[1-3]>", RegexOptions.IgnoreCase | RegexOptions.Singleline, 1000)]
    private static partial Regex Heading();

    [GeneratedRegex("<Error>.*?<Message>(?<text>.*?)</Message>", RegexOptions.Singleline, 1000)]
    private static partial Regex XmlMessage();

    [GeneratedRegex("<[^>]*>", RegexOptions.None, 1000)]
    private static partial Regex Tag();

    [GeneratedRegex("\\s+", RegexOptions.None, 1000)]
    private static partial Regex Space();
}
