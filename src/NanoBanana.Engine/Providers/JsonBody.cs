using System.Text.Json;
using System.Text.Json.Nodes;

namespace NanoBanana.Engine.Providers;

/// <summary>Request bodies with the fields that the user adds.</summary>
internal static class JsonBody
{
    /// <summary>Puts fields into a body. None of them is a field that the body already has; objects are merged.</summary>
    /// <param name="body">The body, a JSON object.</param>
    /// <param name="additional">The fields.</param>
    /// <param name="nested">
    /// The object inside the body that holds the model's own parameters, where the wire has one. Fields go there, except
    /// those of <paramref name="outer"/>.
    /// </param>
    /// <param name="outer">Further fields of the body itself.</param>
    /// <returns>The body with the fields.</returns>
    public static byte[] Merge(
        byte[] body, IReadOnlyDictionary<string, JsonElement> additional, string? nested = null, params ReadOnlySpan<string> outer)
    {
        if (additional.Count == 0) return body;
        JsonObject root = JsonNode.Parse(body)!.AsObject();
        foreach ((string name, JsonElement value) in additional)
        {
            bool isOuter = nested is null || name == nested || outer.Contains(name);
            Put(isOuter ? root : Nested(root, nested!), name, value);
        }

        return JsonSerializer.SerializeToUtf8Bytes(root, JsonNodeJson.Default.JsonObject);
    }

    private static void Put(JsonObject target, string name, JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Object && target[name] is JsonObject known)
        {
            foreach (JsonProperty property in value.EnumerateObject()) Put(known, property.Name, property.Value);
        }
        else
        {
            target[name] = value.ValueKind == JsonValueKind.Undefined ? null : JsonNode.Parse(value.GetRawText());
        }
    }

    private static JsonObject Nested(JsonObject root, string name)
    {
        if (root[name] is JsonObject known) return known;
        var made = new JsonObject();
        root[name] = made;
        return made;
    }
}

[System.Text.Json.Serialization.JsonSerializable(typeof(JsonObject))]
internal sealed partial class JsonNodeJson : System.Text.Json.Serialization.JsonSerializerContext;
