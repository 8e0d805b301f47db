using System.Collections;
using System.Globalization;
using System.Management.Automation;
using System.Numerics;
using System.Text.Json;

namespace NanoBanana.PowerShell.Binding;

/// <summary>
/// Reads one value of a row for one parameter, the same in every culture. PowerShell's own conversions are not used: they round
/// 7.5 to 8, make 0 of an empty text and take 1,5 for 15.
/// </summary>
internal static class Cell
{
    private const NumberStyles Whole = NumberStyles.AllowLeadingSign | NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite;
    private const NumberStyles Real = Whole | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;

    /// <summary>The object itself, without PowerShell's wrapper around it; a custom object is its wrapper.</summary>
    public static object? Plain(object? value) => value is PSObject { BaseObject: not PSCustomObject } wrapped ? wrapped.BaseObject : value;

    /// <summary>Whether a cell counts as not given.</summary>
    public static bool IsBlank(object? value) => Plain(value) switch
    {
        null or DBNull => true,
        string text => string.IsNullOrWhiteSpace(text),
        PSObject custom => ReferenceEquals(custom, System.Management.Automation.Internal.AutomationNull.Value),
        _ => false,
    };

    /// <summary>The text of a string, a character or a number, which alone are taken for text; null for anything else.</summary>
    public static string? ValueText(object? value) => Plain(value) switch
    {
        string text => text,
        char letter => letter.ToString(),
        byte or sbyte or short or ushort or int or uint or long or ulong or float or double or decimal or Half or BigInteger or Int128 or UInt128 =>
            Convert.ToString(Plain(value), CultureInfo.InvariantCulture),
        _ => null,
    };

    public static object Text(string parameter, object value) => ValueText(value) ?? Plain(value) switch
    {
        FileSystemInfo file => file.FullName,
        PathInfo path => path.Path,
        Uri uri => uri.OriginalString,
        Guid id => id.ToString(),
        Enum word => word.ToString(),
        var other => throw Invalid(parameter, $"-{parameter} must be text, not {Describe(other)}."),
    };

    public static object Texts(string parameter, object value) => Plain(value) is IList list
        ? list.Cast<object?>().Select(item => item is null ? string.Empty : (string)Text(parameter, item)).ToArray()
        : new[] { (string)Text(parameter, value) };

    /// <summary>A prompt: text, and no object whose text would be taken for one.</summary>
    public static string Prompt(string parameter, object value) => ValueText(value) ?? throw Invalid(
        parameter, $"-{parameter} must be text, not {Describe(value)}. Pipe objects and hashtables to the cmdlet instead: each is a row with a Prompt property.");

    public static object Prompts(string parameter, object value) => Plain(value) is IList list
        ? list.Cast<object?>().Select(item => item is null ? string.Empty : Prompt(parameter, item)).ToArray()
        : new[] { Prompt(parameter, value) };

    public static object Int64(string parameter, object value) => WholeNumber(parameter, value, long.MinValue, long.MaxValue);

    public static object Int32(string parameter, object value) => (int)WholeNumber(parameter, value, int.MinValue, int.MaxValue);

    public static object Number(string parameter, object value) =>
        double.TryParse(ValueText(value), Real, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number)
            ? number
            : throw Invalid(parameter, $"-{parameter} '{Shown(value)}' is not a number. Write it like 2.5, without thousands separators.");

    public static object Flag(string parameter, object value) => Plain(value) switch
    {
        bool flag => flag,
        SwitchParameter given => given.ToBool(),
        _ => ValueText(value)?.Trim().ToUpperInvariant() switch
        {
            "TRUE" or "1" => true,
            "FALSE" or "0" => false,
            _ => throw Invalid(parameter, $"-{parameter} '{Shown(value)}' is not valid. Valid values: true, false, 1, 0."),
        },
    };

    public static object Switch(string parameter, object value) => new SwitchParameter((bool)Flag(parameter, value));

    public static object Word<T>(string parameter, object value)
        where T : struct, Enum
    {
        if (Plain(value) is T known) return known;
        string text = value is PSObject copy ? copy.ToString() : Shown(value); // A word that came through a file is a number that is shown as the word.
        string? name = Array.Find(Enum.GetNames<T>(), word => string.Equals(word, text.Trim(), StringComparison.OrdinalIgnoreCase));
        return name is null
            ? throw Invalid(parameter, $"-{parameter} '{Shown(value)}' is not valid. Valid values: {string.Join(", ", Enum.GetNames<T>())}.")
            : Enum.Parse<T>(name);
    }

    public static object Address(string parameter, object value) => Plain(value) is Uri uri
        ? uri
        : Uri.TryCreate(((string)Text(parameter, value)).Trim(), UriKind.RelativeOrAbsolute, out Uri? read)
            ? read
            : throw Invalid(parameter, $"-{parameter} '{Shown(value)}' is not an address. Use an https address.");

    /// <summary>A hashtable or custom object as it is, or a JSON object as text.</summary>
    public static object Fields(string parameter, object value)
    {
        switch (Plain(value))
        {
            case IDictionary table:
                return table;
            case PSObject custom:
                return custom.Properties.ToDictionary(property => property.Name, property => property.Value, StringComparer.Ordinal);
            case string text:
                try
                {
                    using JsonDocument document = JsonDocument.Parse(text);
                    if (document.RootElement.ValueKind != JsonValueKind.Object) break;
                    var fields = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
                    foreach (JsonProperty field in document.RootElement.EnumerateObject())
                    {
                        if (!fields.TryAdd(field.Name, field.Value.Clone())) throw Invalid(parameter, $"-{parameter} has the field '{field.Name}' twice. Remove one.");
                    }

                    return fields;
                }
                catch (JsonException)
                {
                    break;
                }
        }

        throw Invalid(parameter, $"-{parameter} '{Shown(value)}' is not valid. In a row it is a hashtable, or a JSON object such as {{\"quality\":\"high\"}}.");
    }

    /// <summary>What is wrong with a parameter.</summary>
    public static NBException Invalid(string parameter, string message) => new(NBErrorId.InvalidRequest, message) { Parameter = parameter };

    private static long WholeNumber(string parameter, object value, long least, long most)
    {
        long? read = Plain(value) switch
        {
            // Spreadsheets hand over every number as a double; 7.0 is 7 there.
            double or float => OfReal(Convert.ToDouble(Plain(value), CultureInfo.InvariantCulture)),
            decimal real => decimal.Truncate(real) == real && real >= long.MinValue && real <= long.MaxValue ? (long)real : null,
            _ => long.TryParse(ValueText(value), Whole, CultureInfo.InvariantCulture, out long number) ? number : null,
        };
        return read >= least && read <= most
            ? read.Value
            : throw Invalid(parameter, FormattableString.Invariant($"-{parameter} '{Shown(value)}' is not a whole number. Valid values: {least} to {most}, without thousands separators."));
    }

    /// <summary>Beyond 2^53 a double no longer says which whole number it stands for.</summary>
    private static long? OfReal(double real)
    {
        const double exact = 9_007_199_254_740_992;
        return Math.Abs(real) <= exact && Math.Floor(real) == real ? (long)real : null;
    }

    private static string Shown(object value)
    {
        string text = ValueText(value) ?? Plain(value)?.ToString() ?? string.Empty;
        return text.Length <= 60 ? text : string.Concat(text.AsSpan(0, 57), "...");
    }

    private static string Describe(object? value) => value is PSObject custom ? custom.TypeNames[0].Split('.')[^1] : value?.GetType().Name ?? "nothing";
}
