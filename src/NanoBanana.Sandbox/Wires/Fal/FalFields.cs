using System.Globalization;
using System.Text.Json;

namespace NanoBanana.Sandbox.Wires.Fal;

/// <summary>Checks the fields of a body with the words and types of pydantic, which fal's models are checked by.</summary>
internal sealed class FalFields
{
    private readonly JsonElement _body;
    private readonly List<FalProblem> _problems = [];

    public FalFields(JsonElement body)
    {
        _body = body;
        IsObject = body.ValueKind == JsonValueKind.Object;
        if (!IsObject)
            _problems.Add(new FalProblem(["body"], "Input should be a valid dictionary or object to extract fields from", "model_attributes_type", body));
    }

    public bool IsObject { get; }

    public IReadOnlyList<FalProblem> Problems => _problems;

    public string? Text(string name, bool required)
    {
        if (!TryGet(name, required, optionalTakesNull: true, out var value))
            return null;
        if (value.ValueKind != JsonValueKind.String)
        {
            Add(name, "Input should be a valid string", "string_type", value);
            return null;
        }

        var text = value.GetString()!;
        if (text.Length == 0 && required)
            Add(name, "String should have at least 1 character", "string_too_short", value, """{"min_length":1}""");
        return text;
    }

    public string? OneOf(string name, string? standard, string[] known)
    {
        if (!TryGet(name, required: false, optionalTakesNull: standard is null, out var value))
            return standard;
        if (value.ValueKind == JsonValueKind.String && Array.IndexOf(known, value.GetString()) >= 0)
            return value.GetString();
        var expected = string.Join(", ", known[..^1].Select(static word => $"'{word}'")) + $" or '{known[^1]}'";
        Add(name, "Input should be " + expected, "literal_error", value, $$"""{"expected":"{{expected}}"}""");
        return standard;
    }

    public bool Boolean(string name, bool standard)
    {
        if (!TryGet(name, required: false, optionalTakesNull: false, out var value))
            return standard;
        switch (value.ValueKind)
        {
            case JsonValueKind.True:
                return true;
            case JsonValueKind.False:
                return false;
            case JsonValueKind.String when bool.TryParse(value.GetString(), out var parsed):
                return parsed;
            case JsonValueKind.String or JsonValueKind.Number:
                Add(name, "Input should be a valid boolean, unable to interpret input", "bool_parsing", value);
                return standard;
            default:
                Add(name, "Input should be a valid boolean", "bool_type", value);
                return standard;
        }
    }

    public long? Integer(string name, long least, long most)
    {
        var unbounded = least == long.MinValue;
        if (!TryGet(name, required: false, optionalTakesNull: unbounded, out var value))
            return null;
        if (!TryInteger(name, value, out var number))
            return null;
        if (number < least)
            Add(name, Invariant($"Input should be greater than or equal to {least}"), "greater_than_equal", value, Invariant($$"""{"ge":{{least}}}"""));
        else if (number > most)
            Add(name, Invariant($"Input should be less than or equal to {most}"), "less_than_equal", value, Invariant($$"""{"le":{{most}}}"""));
        return number;
    }

    public IReadOnlyList<string> Addresses(string name, bool required, int most)
    {
        if (!TryGet(name, required, optionalTakesNull: !required, out var value))
            return [];
        if (value.ValueKind != JsonValueKind.Array)
        {
            Add(name, "Input should be a valid list", "list_type", value);
            return [];
        }

        var count = value.GetArrayLength();
        if (count == 0 && required)
            Add(name, "List should have at least 1 item after validation, not 0", "too_short", value, """{"field_type":"List","min_length":1,"actual_length":0}""");
        if (count > most)
        {
            Add(name, Invariant($"List should have at most {most} items after validation, not {count}"), "too_long", value,
                Invariant($$"""{"field_type":"List","max_length":{{most}},"actual_length":{{count}}}"""));
            return [];
        }

        var addresses = new List<string>(count);
        foreach (var item in value.EnumerateArray())
        {
            if (item.ValueKind != JsonValueKind.String)
                Add(name, "Input should be a valid string", "string_type", item, null, addresses.Count);
            else if (!IsAddress(item.GetString()!))
                Add(name, "Input should be an http or https URL, or a data URI", "url_parsing", item, null, addresses.Count);
            addresses.Add(item.ValueKind == JsonValueKind.String ? item.GetString()! : "");
        }

        return addresses;
    }

    private static bool IsAddress(string text) =>
        text.StartsWith("data:", StringComparison.OrdinalIgnoreCase)
            ? text.Contains(',', StringComparison.Ordinal)
            : Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" && uri.Host.Length > 0;

    private bool TryInteger(string name, JsonElement value, out long number)
    {
        number = 0;
        switch (value.ValueKind)
        {
            case JsonValueKind.Number when value.TryGetInt64(out number):
                return true;
            case JsonValueKind.Number when value.TryGetDouble(out var real) && Math.Floor(real) == real && Math.Abs(real) < 1e15:
                number = (long)real;
                return true;
            case JsonValueKind.Number:
                Add(name, "Input should be a valid integer, got a number with a fractional part", "int_from_float", value);
                return false;
            case JsonValueKind.String when long.TryParse(value.GetString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number):
                return true;
            case JsonValueKind.String:
                Add(name, "Input should be a valid integer, unable to parse string as an integer", "int_parsing", value);
                return false;
            default:
                Add(name, "Input should be a valid integer", "int_type", value);
                return false;
        }
    }

    private bool TryGet(string name, bool required, bool optionalTakesNull, out JsonElement value)
    {
        if (_body.TryGetProperty(name, out value))
            return required || !optionalTakesNull || value.ValueKind != JsonValueKind.Null;
        if (required)
            _problems.Add(new FalProblem(["body", name], "Field required", "missing", _body));
        return false;
    }

    private void Add(string name, string message, string type, JsonElement input, string? context = null, int? index = null) =>
        _problems.Add(new FalProblem(index is { } at ? ["body", name, at] : ["body", name], message, type, input, context));

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
