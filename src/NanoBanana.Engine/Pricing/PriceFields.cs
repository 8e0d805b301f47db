using System.Globalization;
using System.Text.Json;
using NanoBanana.Engine.Providers;

namespace NanoBanana.Engine.Pricing;

/// <summary>The fields of one object in a file of prices, each checked; what is wrong is named with its line.</summary>
/// <param name="Row">The object.</param>
/// <param name="Path">Where it stands, for example <c>prices[3]</c>.</param>
/// <param name="Wrong">Makes the error: the field's path, and what is allowed.</param>
internal readonly record struct PriceFields(JsonElement Row, string Path, Func<string, string, NBException> Wrong)
{
    private const decimal HighestAmount = 1000m;
    private const int LongestText = 500;

    /// <summary>Refuses what is no object, and fields that there are not.</summary>
    public PriceFields Known(params string[] names)
    {
        if (Row.ValueKind != JsonValueKind.Object) throw Wrong(Path, $"an object with {string.Join(", ", names)} is expected, in braces");
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (JsonProperty field in Row.EnumerateObject())
        {
            if (!names.Contains(field.Name, StringComparer.Ordinal)) throw Wrong(At(field.Name), $"there is no such field; allowed are {string.Join(", ", names)}");
            if (!seen.Add(field.Name)) throw Wrong(At(field.Name), "it stands there twice; leave one out");
        }

        return this;
    }

    public bool Has(string name) => Row.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null;

    public string Text(string name)
    {
        string? text = Value(name) is { ValueKind: JsonValueKind.String } value ? value.GetString()?.Trim() : null;
        if (text is { Length: > 0 and <= LongestText }) return text;
        throw Wrong(At(name), $"a text of 1 to {LongestText} characters is expected, in quotation marks");
    }

    public string Provider(string name)
    {
        string[] names = [.. ProviderRegistry.KnownProviders.Select(known => known.Provider)];
        string? text = Value(name) is { ValueKind: JsonValueKind.String } value ? value.GetString()?.Trim() : null;
        return Array.Find(names, known => string.Equals(known, text, StringComparison.OrdinalIgnoreCase)) ?? throw Wrong(At(name), $"allowed are {string.Join(", ", names)}");
    }

    public ImageResolution Resolution(string name) =>
        Value(name) is { ValueKind: JsonValueKind.String } value && Vocabulary.TryParseResolution(value.GetString(), out ImageResolution resolution)
            ? resolution
            : throw Wrong(At(name), $"allowed are {string.Join(", ", Vocabulary.Resolutions.Select(known => known.ToName()))}, in quotation marks");

    /// <summary>Any (also when left out) gives null.</summary>
    public ImageOperation? Operation(string name) => !Row.TryGetProperty(name, out _) ? null : Word(name, "Any", "Generate", "Edit") switch
    {
        "Generate" => ImageOperation.Generate,
        "Edit" => ImageOperation.Edit,
        _ => null,
    };

    public PriceConfidence Confidence(string name, PriceConfidence otherwise) =>
        Row.TryGetProperty(name, out _) ? Enum.Parse<PriceConfidence>(Word(name, Enum.GetNames<PriceConfidence>())) : otherwise;

    /// <summary>One of some words, in any case.</summary>
    public string Word(string name, params string[] words)
    {
        string? text = Value(name) is { ValueKind: JsonValueKind.String } value ? value.GetString()?.Trim() : null;
        return Array.Find(words, word => string.Equals(word, text, StringComparison.OrdinalIgnoreCase)) ?? throw Wrong(At(name), $"allowed are {string.Join(", ", words)}");
    }

    /// <summary>US dollars; null when not known.</summary>
    public decimal? Amount(string name) => Value(name) is { ValueKind: JsonValueKind.Null }
        ? null
        : Number(name, $"US dollars are expected as a number from 0 to {HighestAmount:0}, for example 0.08, or null where they are not known");

    /// <summary>A number that must be there.</summary>
    public decimal Number(string name, string allowed) =>
        Value(name) is { ValueKind: JsonValueKind.Number } value && value.TryGetDecimal(out decimal number) && number is >= 0m and <= HighestAmount
            ? number
            : throw Wrong(At(name), allowed);

    public int Whole(string name) =>
        Value(name) is { ValueKind: JsonValueKind.Number } value && value.TryGetInt32(out int number) && number is >= 1 and <= 1000
            ? number
            : throw Wrong(At(name), "a whole number from 1 to 1000 is expected");

    public DateOnly Date(string name) =>
        Value(name) is { ValueKind: JsonValueKind.String } value
        && DateOnly.TryParseExact(value.GetString(), "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out DateOnly date)
            ? date
            : throw Wrong(At(name), "the day on which the price was read is expected, for example \"2026-11-21\"");

    public string At(string name) => Path.Length == 0 ? name : Path + "." + name;

    private JsonElement? Value(string name) => Row.TryGetProperty(name, out JsonElement value) ? value : null;
}
