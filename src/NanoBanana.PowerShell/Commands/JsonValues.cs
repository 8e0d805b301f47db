using System.Buffers;
using System.Collections;
using System.Globalization;
using System.Management.Automation;
using System.Text.Json;

namespace NanoBanana.PowerShell.Commands;

/// <summary>Makes JSON of what PowerShell users write in a hashtable.</summary>
internal static class JsonValues
{
    private const int DeepestNesting = 20;

    /// <summary>Reads a hashtable.</summary>
    /// <param name="table">The hashtable; null for none.</param>
    /// <exception cref="NBException">InvalidRequest: something in it has no JSON, or it is nested too deep.</exception>
    public static IReadOnlyDictionary<string, JsonElement> Read(IDictionary? table)
    {
        if (table is null || table.Count == 0) return new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer)) Write(writer, table, 0);
        using JsonDocument document = JsonDocument.Parse(buffer.WrittenMemory);
        return document.RootElement.EnumerateObject().ToDictionary(property => property.Name, property => property.Value.Clone(), StringComparer.Ordinal);
    }

    private static void Write(Utf8JsonWriter writer, object? value, int depth)
    {
        if (depth > DeepestNesting) throw Invalid($"-AdditionalProperties is nested deeper than {DeepestNesting} levels.");
        object? plain = value is PSObject { BaseObject: not PSCustomObject } wrapped ? wrapped.BaseObject : value;
        switch (plain)
        {
            case null:
                writer.WriteNullValue();
                break;
            case string text:
                writer.WriteStringValue(text);
                break;
            case bool or SwitchParameter:
                writer.WriteBooleanValue(LanguagePrimitives.IsTrue(plain));
                break;
            case byte or sbyte or short or ushort or int or uint or long:
                writer.WriteNumberValue(Convert.ToInt64(plain, CultureInfo.InvariantCulture));
                break;
            case decimal number:
                writer.WriteNumberValue(number);
                break;
            case double or float:
                double real = Convert.ToDouble(plain, CultureInfo.InvariantCulture);
                if (!double.IsFinite(real)) throw Invalid("-AdditionalProperties holds a number that JSON cannot hold.");
                writer.WriteNumberValue(real);
                break;
            case JsonElement element:
                element.WriteTo(writer);
                break;
            case IDictionary table:
                writer.WriteStartObject();
                foreach (DictionaryEntry entry in table)
                {
                    writer.WritePropertyName(Convert.ToString(entry.Key, CultureInfo.InvariantCulture) ?? string.Empty);
                    Write(writer, entry.Value, depth + 1);
                }

                writer.WriteEndObject();
                break;
            case PSObject custom:
                writer.WriteStartObject();
                foreach (PSPropertyInfo property in custom.Properties)
                {
                    writer.WritePropertyName(property.Name);
                    Write(writer, property.Value, depth + 1);
                }

                writer.WriteEndObject();
                break;
            case IEnumerable items:
                writer.WriteStartArray();
                foreach (object? item in items) Write(writer, item, depth + 1);
                writer.WriteEndArray();
                break;
            case Uri or Guid or Enum or char:
                writer.WriteStringValue(plain.ToString());
                break;
            default:
                throw Invalid($"-AdditionalProperties holds a {plain.GetType().Name}, which has no JSON. Use text, numbers, booleans, arrays and hashtables.");
        }
    }

    private static NBException Invalid(string message) => new(NBErrorId.InvalidRequest, message) { Parameter = "AdditionalProperties" };
}
