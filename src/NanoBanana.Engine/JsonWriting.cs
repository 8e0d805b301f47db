using System.Text.Json;

namespace NanoBanana.Engine;

/// <summary>Fields that are left out where there is no value for them.</summary>
internal static class JsonWriting
{
    public static void WriteKnown(this Utf8JsonWriter json, string name, string? value)
    {
        if (value is not null) json.WriteString(name, value);
    }

    public static void WriteKnown(this Utf8JsonWriter json, string name, long? value)
    {
        if (value is { } number) json.WriteNumber(name, number);
    }

    public static void WriteKnown(this Utf8JsonWriter json, string name, decimal? value)
    {
        if (value is { } number) json.WriteNumber(name, number);
    }

    /// <summary>As RFC 3339 writes it, in UTC with a Z, to the tick.</summary>
    public static void WriteKnown(this Utf8JsonWriter json, string name, DateTimeOffset? value)
    {
        if (value is { } time) json.WriteString(name, time.UtcDateTime);
    }
}
