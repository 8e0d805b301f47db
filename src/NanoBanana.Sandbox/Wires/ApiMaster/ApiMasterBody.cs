using System.Text.Json;

namespace NanoBanana.Sandbox.Wires.ApiMaster;

/// <summary>
/// A body taken apart. Fourteen references of ten megabytes make one of nearly two hundred as base64, so data URIs stay
/// pieces of the bytes that came and never become text.
/// </summary>
internal sealed class ApiMasterBody
{
    /// <summary>Bytes of one request.</summary>
    public const int Most = 256 << 20;

    private const string References = "image_urls";

    /// <summary>Every field but the references.</summary>
    public Dictionary<string, JsonElement> Fields { get; } = new(StringComparer.Ordinal);

    /// <summary>The references; null when there is no such field.</summary>
    public IReadOnlyList<ApiMasterReference>? ImageUrls { get; private set; }

    /// <summary>The body of a request, or null when it is no JSON object.</summary>
    /// <exception cref="JsonException">It is no JSON at all.</exception>
    public static ApiMasterBody? Parse(ReadOnlyMemory<byte> bytes)
    {
        var reader = new Utf8JsonReader(bytes.Span);
        var body = new ApiMasterBody();
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            return null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            reader.Read();
            if (string.Equals(name, References, StringComparison.Ordinal) && reader.TokenType == JsonTokenType.StartArray)
                body.ImageUrls = ReadReferences(bytes, ref reader);
            else
                body.Fields[name] = JsonElement.ParseValue(ref reader);
        }

        // Anything after the object is no JSON, and the reader says so.
        reader.Read();
        return body;
    }

    private static List<ApiMasterReference> ReadReferences(ReadOnlyMemory<byte> bytes, ref Utf8JsonReader reader)
    {
        var references = new List<ApiMasterReference>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.String)
            {
                reader.Skip();
                references.Add(default);
                continue;
            }

            references.Add(ReadReference(bytes, ref reader));
        }

        return references;
    }

    private static ApiMasterReference ReadReference(ReadOnlyMemory<byte> bytes, ref Utf8JsonReader reader)
    {
        if (!reader.ValueSpan.StartsWith("data:"u8))
            return new ApiMasterReference(reader.GetString(), default);
        if (!reader.ValueIsEscaped)
            return new ApiMasterReference(null, bytes.Slice((int)reader.TokenStartIndex + 1, reader.ValueSpan.Length));

        // Some writers escape the plus of base64.
        var plain = new byte[reader.ValueSpan.Length];
        return new ApiMasterReference(null, plain.AsMemory(0, reader.CopyString(plain)));
    }
}
