using System.Text.Json;
using System.Text.Json.Serialization;

namespace NanoBanana.Engine.Jobs.Journal;

/// <summary>Times as RFC 3339 writes them, in UTC with a Z, to the tick.</summary>
internal sealed class UtcTimeConverter : JsonConverter<DateTimeOffset>
{
    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.GetDateTimeOffset().ToUniversalTime();

    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.UtcDateTime);
}
