using System.Text.Json;

namespace NanoBanana.Sandbox.Wires;

/// <summary>What is wrong with one field of a body.</summary>
/// <param name="Path">Where, such as <c>input.size</c>; empty for the body itself.</param>
/// <param name="Message">What it should have been; it reads on from the path.</param>
internal readonly record struct FieldProblem(string Path, string Message)
{
    public override string ToString() => Path.Length == 0 ? "The body " + Message : Path + " " + Message;
}

/// <summary>
/// Reads the fields of a body for the providers whose words for a bad field are not documented: types are exact,
/// and null is no value of any of them. All problems are collected; each wire says them in its own shape.
/// </summary>
internal sealed class BodyFields
{
    private readonly IReadOnlyDictionary<string, JsonElement> _fields;
    private readonly HashSet<string> _read = new(StringComparer.Ordinal);
    private readonly List<FieldProblem> _problems;
    private readonly string _prefix;

    public BodyFields(JsonElement body)
        : this(FieldsOf(body), "", [])
    {
        if (body.ValueKind != JsonValueKind.Object)
            _problems.Add(new FieldProblem("", "must be a JSON object"));
    }

    public BodyFields(IReadOnlyDictionary<string, JsonElement> fields)
        : this(fields, "", [])
    {
    }

    private BodyFields(IReadOnlyDictionary<string, JsonElement> fields, string prefix, List<FieldProblem> problems) =>
        (_fields, _prefix, _problems) = (fields, prefix, problems);

    public IReadOnlyList<FieldProblem> Problems => _problems;

    public bool Has(string name) => _fields.ContainsKey(name);

    public string? Text(string name, bool required, int most = int.MaxValue)
    {
        if (!TryGet(name, required, JsonValueKind.String, "must be a string", out var value))
            return null;
        var text = value.GetString()!;
        if (required && text.Length == 0)
            Add(name, "must not be empty");
        if (text.Length > most)
            Add(name, FormattableString.Invariant($"must be at most {most} characters long"));
        return text;
    }

    public string OneOf(string name, string standard, string[] known)
    {
        if (!TryGet(name, required: false, JsonValueKind.String, "must be a string, one of " + string.Join(", ", known), out var value))
            return standard;
        if (Array.IndexOf(known, value.GetString()) >= 0)
            return value.GetString()!;
        Add(name, "must be one of " + string.Join(", ", known));
        return standard;
    }

    public bool Boolean(string name)
    {
        if (!TryRead(name, required: false, out var value))
            return false;
        if (value.ValueKind is not (JsonValueKind.True or JsonValueKind.False))
            Add(name, "must be a boolean");
        return value.ValueKind == JsonValueKind.True;
    }

    public long? Integer(string name, long least = long.MinValue, long most = long.MaxValue)
    {
        if (!TryGet(name, required: false, JsonValueKind.Number, "must be a number", out var value))
            return null;
        if (!value.TryGetInt64(out var number))
            Add(name, "must be an integer");
        else if (number < least || number > most)
            Add(name, FormattableString.Invariant($"must be from {least} to {most}"));
        return number;
    }

    /// <summary>An address of the network; with <paramref name="secure"/> an https one.</summary>
    public string? Address(string name, bool secure)
    {
        var text = Text(name, required: false);
        if (text is not null && !IsAddress(text, secure))
            Add(name, secure ? "must be an https URL" : "must be an http or https URL");
        return text;
    }

    public IReadOnlyList<string> Addresses(string name, int least, int most, bool mayBeOne = false)
    {
        if (mayBeOne && _fields.TryGetValue(name, out var value) && value.ValueKind == JsonValueKind.String)
            return Address(name, secure: false) is { } one ? [one] : [];
        var texts = Texts(name, least, most);
        for (var i = 0; i < texts.Count; i++)
        {
            if (!IsAddress(texts[i], secure: false))
                Add(Item(name, i), "must be an http or https URL");
        }

        return texts;
    }

    public IReadOnlyList<string> Texts(string name, int least, int most)
    {
        if (!TryGet(name, least > 0, JsonValueKind.Array, "must be an array", out var value))
            return [];
        var count = value.GetArrayLength();
        if (count < least)
            Add(name, FormattableString.Invariant($"must hold at least {least}"));
        if (count > most)
        {
            Add(name, FormattableString.Invariant($"must hold at most {most}"));
            return [];
        }

        var texts = new List<string>(count);
        foreach (var item in value.EnumerateArray())
        {
            if (item.ValueKind == JsonValueKind.String)
                texts.Add(item.GetString()!);
            else
                Add(Item(name, texts.Count), "must be a string");
        }

        return texts;
    }

    /// <summary>The fields of an object within; those of an empty one when it is missing.</summary>
    public BodyFields Object(string name, bool required)
    {
        _ = TryGet(name, required, JsonValueKind.Object, "must be an object", out var value);
        return new BodyFields(FieldsOf(value), _prefix + name + ".", _problems);
    }

    /// <summary>Refuses every field that was not asked for until now.</summary>
    public void RefuseOthers()
    {
        foreach (var name in _fields.Keys)
        {
            if (!_read.Contains(name))
                Add(name, "is not a known field");
        }
    }

    public void Add(string name, string message) => _problems.Add(new FieldProblem(_prefix + name, message));

    public static bool IsAddress(string text, bool secure) =>
        !text.StartsWith("data:", StringComparison.OrdinalIgnoreCase)
        && Uri.TryCreate(text, UriKind.Absolute, out var uri)
        && (uri.Scheme is "https" || (!secure && uri.Scheme is "http"))
        && uri.Host.Length > 0;

    public static string Item(string name, int index) => FormattableString.Invariant($"{name}[{index}]");

    private bool TryGet(string name, bool required, JsonValueKind kind, string message, out JsonElement value)
    {
        if (!TryRead(name, required, out value))
            return false;
        if (value.ValueKind == kind)
            return true;
        Add(name, message);
        return false;
    }

    private bool TryRead(string name, bool required, out JsonElement value)
    {
        _read.Add(name);
        if (_fields.TryGetValue(name, out value))
            return true;
        if (required)
            Add(name, "is required");
        return false;
    }

    private static Dictionary<string, JsonElement> FieldsOf(JsonElement body)
    {
        var fields = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        if (body.ValueKind != JsonValueKind.Object)
            return fields;
        foreach (var field in body.EnumerateObject())
            fields[field.Name] = field.Value;
        return fields;
    }
}
