using System.Buffers;
using System.Text;
using System.Text.Json;

namespace NanoBanana.Engine.State;

/// <summary>The fields of the options' file, each with its line. What this version does not know is kept as it is.</summary>
internal sealed class OptionsDocument
{
    private const int Version = 1;
    private const string VersionField = "version";

    private readonly IReadOnlyList<OptionField> all;

    private OptionsDocument(IReadOnlyList<OptionField> fields) => all = fields;

    /// <summary>A file without a field.</summary>
    public static OptionsDocument Empty { get; } = new([]);

    /// <summary>Reads a file's bytes.</summary>
    /// <param name="path">The file, for errors.</param>
    /// <param name="bytes">What it holds; UTF-8.</param>
    /// <exception cref="NBException">InvalidRequest, with the file and the line.</exception>
    public static OptionsDocument Parse(string path, ReadOnlySpan<byte> bytes)
    {
        if (bytes.StartsWith(Encoding.UTF8.Preamble)) bytes = bytes[Encoding.UTF8.Preamble.Length..];
        List<OptionField> fields;
        try
        {
            fields = ReadFields(path, bytes);
        }
        catch (JsonException exception)
        {
            string words = exception.Message.Split(" LineNumber:")[0].TrimEnd('.');
            throw Broken(path, (int)(exception.LineNumber ?? 0) + 1, words, exception);
        }

        CheckVersion(path, fields);
        return new OptionsDocument(fields);
    }

    /// <summary>The error of a file that cannot be understood.</summary>
    /// <param name="path">The file.</param>
    /// <param name="line">The line, from 1.</param>
    /// <param name="what">What is wrong there.</param>
    /// <param name="cause">What was caught, if anything.</param>
    /// <param name="option">The option at fault; null when it is the file itself.</param>
    public static NBException Broken(string path, int line, string what, Exception? cause = null, string? option = null) => new(
        NBErrorId.InvalidRequest,
        FormattableString.Invariant($"The options in '{path}' cannot be read: line {line}: {what}. Correct the file, or move it away to begin anew; it was left as it is."),
        cause)
    {
        Parameter = option,
    };

    /// <summary>Finds a field.</summary>
    /// <param name="name">Its name, in any case.</param>
    public OptionField? Find(string name) => all.FirstOrDefault(field => field.IsNamed(name));

    /// <summary>The same with another value of one option.</summary>
    /// <param name="option">The option.</param>
    /// <param name="text">Its text; null to remove it.</param>
    public OptionsDocument With(OptionDefinition option, string? text)
    {
        OptionField? field = text is null ? null : new OptionField(option.Field, ToJson(option.Kind, text), Line: 0);
        int place = all.ToList().FindIndex(known => known.IsNamed(option.Field));
        List<OptionField> changed = [.. all.Where(known => !known.IsNamed(option.Field))];
        if (field is not null) changed.Insert(place < 0 ? changed.Count : place, field);
        return new OptionsDocument(changed);
    }

    /// <summary>The bytes to write.</summary>
    public byte[] ToBytes()
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true }))
        {
            writer.WriteStartObject();
            if (Find(VersionField) is null) writer.WriteNumber(VersionField, Version);
            foreach (OptionField field in all)
            {
                writer.WritePropertyName(field.Name);
                writer.WriteRawValue(field.Json);
            }

            writer.WriteEndObject();
        }

        return [.. buffer.WrittenSpan, (byte)'\n'];
    }

    private static List<OptionField> ReadFields(string path, ReadOnlySpan<byte> bytes)
    {
        var fields = new List<OptionField>();
        var reader = new Utf8JsonReader(bytes);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject) throw Broken(path, 1, "it must begin with {");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string name = reader.GetString()!;
            int line = bytes[..(int)reader.TokenStartIndex].Count((byte)'\n') + 1;
            if (fields.Exists(field => field.IsNamed(name))) throw Broken(path, line, $"'{name}' is written twice");
            reader.Read();
            int start = (int)reader.TokenStartIndex;
            reader.Skip();
            fields.Add(new OptionField(name, bytes[start..(int)reader.BytesConsumed].ToArray(), line));
        }

        reader.Read(); // Throws when something follows.
        return fields;
    }

    private static void CheckVersion(string path, List<OptionField> fields)
    {
        if (fields.Find(field => field.IsNamed(VersionField)) is not { } field) return;
        var reader = new Utf8JsonReader(field.Json);
        reader.Read();
        if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt32(out int version) || version < 1)
        {
            throw Broken(path, field.Line, $"'{VersionField}' must be {Version}");
        }

        if (version > Version) throw Broken(path, field.Line, $"its version is {version}, and this module knows {Version}: update the module");
    }

    /// <summary>Numbers and flags have the same text in JSON.</summary>
    private static byte[] ToJson(OptionKind kind, string text) =>
        kind == OptionKind.Text ? [(byte)'"', .. JsonEncodedText.Encode(text).EncodedUtf8Bytes, (byte)'"'] : Encoding.UTF8.GetBytes(text);
}

/// <summary>A field of the file.</summary>
/// <param name="Name">Its name as it is written.</param>
/// <param name="Json">Its value as it is written.</param>
/// <param name="Line">The line that it begins in, from 1.</param>
internal sealed record OptionField(string Name, byte[] Json, int Line)
{
    /// <summary>Whether this is its name; case does not matter.</summary>
    public bool IsNamed(string name) => string.Equals(Name, name, StringComparison.OrdinalIgnoreCase);

    /// <summary>The text of an option's value.</summary>
    /// <param name="option">The option.</param>
    /// <param name="path">The file, for errors.</param>
    /// <returns>The text; null when the field says null or nothing.</returns>
    /// <exception cref="NBException">InvalidRequest: the value is of another kind.</exception>
    public string? TextOf(OptionDefinition option, string path)
    {
        var reader = new Utf8JsonReader(Json);
        reader.Read();
        return (option.Kind, reader.TokenType) switch
        {
            (_, JsonTokenType.Null) => null,
            (OptionKind.Text, JsonTokenType.String) => reader.GetString() is { } text && !string.IsNullOrWhiteSpace(text) ? text : null,
            (OptionKind.Number, JsonTokenType.Number) => Encoding.UTF8.GetString(Json),
            (OptionKind.Flag, JsonTokenType.True or JsonTokenType.False) => Encoding.UTF8.GetString(Json),
            (OptionKind.Number, _) => throw Wrong("a number, without quotes"),
            (OptionKind.Flag, _) => throw Wrong("true or false, without quotes"),
            _ => throw Wrong("a text in quotes"),
        };

        NBException Wrong(string right) => OptionsDocument.Broken(path, Line, $"'{Name}' must be {right}", cause: null, option.Name);
    }
}
