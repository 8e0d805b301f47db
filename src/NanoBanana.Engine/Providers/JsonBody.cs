using System.Buffers;
using System.Text.Json;

namespace NanoBanana.Engine.Providers;

/// <summary>Request bodies with the fields that the user adds.</summary>
internal static class JsonBody
{
    /// <summary>Puts fields on the top level of a JSON object; a field of the same name is replaced.</summary>
    /// <param name="body">The object.</param>
    /// <param name="additional">The fields; a JSON null takes the field out.</param>
    /// <returns>The object with the fields.</returns>
    public static byte[] Merge(byte[] body, IReadOnlyDictionary<string, JsonElement> additional)
    {
        if (additional.Count == 0) return body;
        using JsonDocument document = JsonDocument.Parse(body);
        var merged = new ArrayBufferWriter<byte>(body.Length + 256);
        using (var writer = new Utf8JsonWriter(merged))
        {
            writer.WriteStartObject();
            foreach (JsonProperty property in document.RootElement.EnumerateObject())
            {
                if (!additional.ContainsKey(property.Name)) property.WriteTo(writer);
            }

            foreach ((string name, JsonElement value) in additional)
            {
                if (value.ValueKind is JsonValueKind.Null or JsonValueKind.Undefined) continue;
                writer.WritePropertyName(name);
                value.WriteTo(writer);
            }

            writer.WriteEndObject();
        }

        return merged.WrittenSpan.ToArray();
    }
}
