using System.Text.Json;

namespace NanoBanana.Engine.Providers;

/// <summary>
/// The fields of an object in a provider's answer; null where one is missing or null. Read so, an answer needs no serializer,
/// whose setting up is a good part of the time of a session's first picture.
/// </summary>
internal readonly struct AnswerFields
{
    private readonly JsonElement row;

    /// <summary>Takes an object.</summary>
    /// <exception cref="JsonException">It is something else.</exception>
    public AnswerFields(JsonElement row)
    {
        if (row.ValueKind != JsonValueKind.Object) throw new JsonException($"an object is expected, not {row.ValueKind}");
        this.row = row;
    }

    /// <summary>A text.</summary>
    /// <exception cref="JsonException">It is something else, or no Unicode.</exception>
    public string? Text(string name)
    {
        if (Element(name) is not { } value) return null;
        if (value.ValueKind != JsonValueKind.String) throw Wrong(name, "text");
        try
        {
            return value.GetString();
        }
        catch (InvalidOperationException)
        {
            throw Wrong(name, "Unicode");
        }
    }

    /// <summary>A whole number.</summary>
    /// <exception cref="JsonException">It is something else, or too large.</exception>
    public int? Number(string name)
    {
        if (Element(name) is not { } value) return null;
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int number) ? number : throw Wrong(name, "whole number");
    }

    /// <summary>A large whole number.</summary>
    /// <exception cref="JsonException">It is something else, or too large.</exception>
    public long? LongNumber(string name)
    {
        if (Element(name) is not { } value) return null;
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out long number) ? number : throw Wrong(name, "whole number");
    }

    /// <summary>The objects of a list; those that are null are left out.</summary>
    /// <exception cref="JsonException">It is something else, or has others in it.</exception>
    public IEnumerable<AnswerFields> List(string name)
    {
        if (Element(name) is not { } value) yield break;
        if (value.ValueKind != JsonValueKind.Array) throw Wrong(name, "list");
        foreach (JsonElement item in value.EnumerateArray())
        {
            if (item.ValueKind != JsonValueKind.Null) yield return new AnswerFields(item);
        }
    }

    /// <summary>Anything.</summary>
    /// <exception cref="JsonException">A name of the object is no Unicode.</exception>
    public JsonElement? Element(string name)
    {
        try
        {
            return row.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;
        }
        catch (InvalidOperationException)
        {
            throw Wrong("a name", "Unicode");
        }
    }

    private static JsonException Wrong(string name, string kind) => new($"{name} is no {kind}");
}
