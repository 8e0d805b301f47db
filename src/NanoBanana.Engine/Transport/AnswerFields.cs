using System.Globalization;
using System.Text.Json;

namespace NanoBanana.Engine.Transport;

/// <summary>
/// The fields of an object in a provider's answer, read liberally: null where one is missing, null, or of a type that cannot be
/// read. Only a reader that cannot do without a field throws.
/// </summary>
internal readonly struct AnswerFields
{
    private static readonly JsonValueKind[] Objects = [JsonValueKind.Object];
    private static readonly JsonValueKind[] Texts = [JsonValueKind.String, JsonValueKind.Number, JsonValueKind.True, JsonValueKind.False];
    private readonly JsonElement row;

    /// <summary>Takes an object; the first one of a list; no fields of anything else.</summary>
    public AnswerFields(JsonElement row) => this.row = First(row, Objects) ?? default;

    /// <summary>Whether there is an object at all.</summary>
    public bool IsObject => row.ValueKind == JsonValueKind.Object;

    /// <summary>The object itself; undefined without one.</summary>
    public JsonElement Value => row;

    /// <summary>Reads an answer that must be an object, or a list with one in it.</summary>
    /// <exception cref="JsonException">There is no object in it.</exception>
    public static AnswerFields Read(ReadOnlyMemory<byte> body)
    {
        var fields = new AnswerFields(AnswerJson.Parse(body));
        return fields.IsObject ? fields : throw new JsonException("an object is expected");
    }

    /// <summary>A text; also a number, and the first text of a list.</summary>
    public string? Text(string name) => Element(name) is { } value ? Text(value) : null;

    /// <summary>A whole number, also one written as 512.0 or as text.</summary>
    public long? Number(string name) =>
        Amount(name) is { } value && decimal.Truncate(value) == value && value is >= long.MinValue and <= long.MaxValue ? (long)value : null;

    /// <summary>A number, also one in a text.</summary>
    public decimal? Amount(string name) =>
        Text(name) is { } text && decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out decimal value) ? value : null;

    /// <summary>A truth value; also as text.</summary>
    public bool IsTrue(string name) => string.Equals(Text(name), "true", StringComparison.OrdinalIgnoreCase);

    /// <summary>An object inside; the first one of a list.</summary>
    public AnswerFields Object(string name) => Element(name) is { } value ? new AnswerFields(value) : default;

    /// <summary>The items of a list; a single value counts as a list of one.</summary>
    public IEnumerable<JsonElement> List(string name)
    {
        if (Element(name) is not { } value) return [];
        return value.ValueKind == JsonValueKind.Array ? value.EnumerateArray() : [value];
    }

    /// <summary>Anything; a name in another case, or without its underscores, is the same name.</summary>
    public JsonElement? Element(string name)
    {
        if (row.ValueKind != JsonValueKind.Object) return null;
        try
        {
            if (row.TryGetProperty(name, out JsonElement value)) return value.ValueKind == JsonValueKind.Null ? null : value;
        }
        catch (InvalidOperationException)
        {
            // A name before it is no Unicode.
        }

        foreach (JsonProperty property in row.EnumerateObject())
        {
            if (property.Value.ValueKind != JsonValueKind.Null && Safely(() => IsSame(property.Name, name))) return property.Value;
        }

        return null;
    }

    /// <summary>A text; a number or truth value as it is written; the first such of a list. Null for anything else, and for what is no Unicode.</summary>
    public static string? Text(JsonElement value) => First(value, Texts) switch
    {
        null => null,
        { ValueKind: JsonValueKind.String } text => Safely(text.GetString),
        { } other => other.GetRawText(),
    };

    /// <summary>Reads from a JSON element; what is no Unicode, in a name or a text, gives the default.</summary>
    public static T? Safely<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (InvalidOperationException)
        {
            return default;
        }
    }

    private static JsonElement? First(JsonElement value, JsonValueKind[] kinds)
    {
        for (int depth = 0; value.ValueKind == JsonValueKind.Array && depth < 4; depth++)
        {
            JsonElement list = value;
            value = default;
            foreach (JsonElement item in list.EnumerateArray())
            {
                value = item;
                if (item.ValueKind == JsonValueKind.Array || Array.IndexOf(kinds, item.ValueKind) >= 0) break;
            }
        }

        return Array.IndexOf(kinds, value.ValueKind) >= 0 ? value : null;
    }

    private static bool IsSame(string written, string name)
    {
        if (string.Equals(written, name, StringComparison.OrdinalIgnoreCase)) return true;
        return string.Equals(Plain(written), Plain(name), StringComparison.OrdinalIgnoreCase);
    }

    private static string Plain(string name) => name.Replace("_", string.Empty, StringComparison.Ordinal).Replace("-", string.Empty, StringComparison.Ordinal);
}
