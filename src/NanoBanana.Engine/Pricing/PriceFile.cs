using System.Globalization;
using System.Text.Json;

namespace NanoBanana.Engine.Pricing;

/// <summary>A file in the form of prices.json: read strictly, so that a slip of the pen does not become a price.</summary>
internal static class PriceFile
{
    private const int LargestFile = 1024 * 1024;
    private static readonly JsonDocumentOptions Leniency = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    private static readonly JsonReaderOptions ReaderLeniency =
        new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    /// <summary>Reads a user's file.</summary>
    /// <param name="path">Its full path.</param>
    /// <exception cref="NBException">InvalidRequest: names the file, the line, the field and what is allowed.</exception>
    public static PriceTable Read(string path)
    {
        if (!Path.IsPathFullyQualified(path)) throw Unreadable(path, "Give its full path");
        var file = new FileInfo(path);
        if (!file.Exists) throw Unreadable(path, Directory.Exists(path) ? "It is a folder; name a file in it" : "There is no such file; correct the path or leave it out");
        if (file.Length > LargestFile) throw Unreadable(path, $"It has {file.Length:N0} bytes; a file of prices has at most {LargestFile:N0}");
        try
        {
            return Read(path, File.ReadAllBytes(path));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Unreadable(path, exception.Message.TrimEnd('.'), exception);
        }
    }

    /// <summary>Reads the bytes of a file.</summary>
    /// <param name="name">The file's name, for messages.</param>
    /// <param name="bytes">UTF-8.</param>
    /// <exception cref="NBException">InvalidRequest: names the file, the line, the field and what is allowed.</exception>
    public static PriceTable Read(string name, byte[] bytes)
    {
        ReadOnlyMemory<byte> json = bytes.AsSpan().StartsWith("\uFEFF"u8) ? bytes.AsMemory(3) : bytes;
        try
        {
            using JsonDocument document = JsonDocument.Parse(json, Leniency);
            return ReadTable(document.RootElement, name, (path, allowed) => Wrong(name, JsonLines.Of(json.Span, ReaderLeniency, path), path, allowed));
        }
        catch (JsonException exception)
        {
            long line = (exception.LineNumber ?? 0) + 1;
            throw new NBException(NBErrorId.InvalidRequest, $"The price file '{name}' is no JSON, line {line}: {exception.Message.Split(" LineNumber:")[0]}", exception)
            {
                Parameter = "PriceFile",
            };
        }
    }

    private static PriceTable ReadTable(JsonElement root, string name, Func<string, string, NBException> wrong)
    {
        PriceFields top = new PriceFields(root, string.Empty, wrong).Known("asOf", "currency", "prices", "extras", "factors", "comparisons");
        if (top.Has("currency")) top.Word("currency", "USD");
        DateOnly? asOf = top.Has("asOf") ? top.Date("asOf") : null;
        string source = $"price file {Path.GetFileName(name)}";
        return new PriceTable
        {
            Prices = Rows(top, "prices", row => ReadPrice(row, asOf, source), row => $"{row.Provider} {row.Model} {row.Operation?.ToString()} {row.Resolution.ToString()}"),
            Extras = Rows(top, "extras", row => ReadExtra(row, asOf, source), row => $"{row.Provider} {row.When.ToString()}"),
            Factors = Rows(top, "factors", row => ReadFactor(row, source), row => $"{row.Provider} {row.Resolution.ToString()}"),
            Comparisons = Rows(top, "comparisons", ReadComparison, row => row.ToString()),
        };
    }

    /// <summary>Reads a list of rows.</summary>
    /// <param name="top">The file's root.</param>
    /// <param name="name">The list's name.</param>
    /// <param name="read">Reads one row.</param>
    /// <param name="key">What the row is about, as text: two of the same are a mistake.</param>
    private static List<T> Rows<T>(PriceFields top, string name, Func<PriceFields, T> read, Func<T, string> key)
    {
        if (!top.Has(name)) return [];
        JsonElement array = top.Row.GetProperty(name);
        if (array.ValueKind != JsonValueKind.Array) throw top.Wrong(name, "a list of rows is expected, in square brackets");
        var rows = new List<T>();
        var keys = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (JsonElement element in array.EnumerateArray())
        {
            string path = string.Create(CultureInfo.InvariantCulture, $"{name}[{rows.Count}]");
            T row = read(new PriceFields(element, path, top.Wrong));
            if (!keys.TryAdd(key(row), path)) throw top.Wrong(path, $"{keys[key(row)]} is about the same; leave one of them out");
            rows.Add(row);
        }

        return rows;
    }

    private static PriceRow ReadPrice(PriceFields row, DateOnly? asOf, string source)
    {
        row.Known("provider", "model", "operation", "resolution", "amount", "credits", "confidence", "source", "asOf");
        decimal? amount = row.Amount("amount");
        PriceConfidence confidence = row.Confidence("confidence", amount is null ? PriceConfidence.Unknown : PriceConfidence.Documented);
        if (amount is null != (confidence == PriceConfidence.Unknown))
        {
            throw row.Wrong(row.At("confidence"), amount is null ? "without an amount it is Unknown" : "with an amount it is Documented or Inferred");
        }

        return new PriceRow
        {
            Provider = row.Provider("provider"),
            Model = row.Text("model"),
            Operation = row.Operation("operation"),
            Resolution = row.Resolution("resolution"),
            Amount = amount,
            Credits = row.Has("credits") ? row.Number("credits", "the provider's credits for one picture are expected as a number from 0 to 1000") : null,
            AsOf = ReadDate(row, asOf),
            Source = row.Has("source") ? row.Text("source") : source,
            Confidence = confidence,
        };
    }

    private static ExtraRow ReadExtra(PriceFields row, DateOnly? asOf, string source)
    {
        row.Known("provider", "when", "amount", "confidence", "source", "asOf");
        return new ExtraRow(
            row.Provider("provider"),
            Enum.Parse<PriceExtra>(row.Word("when", Enum.GetNames<PriceExtra>())),
            row.Number("amount", "US dollars are expected as a number from 0 to 1000, for example 0.015"),
            ReadDate(row, asOf),
            row.Has("source") ? row.Text("source") : source,
            row.Confidence("confidence", PriceConfidence.Documented));
    }

    private static FactorRow ReadFactor(PriceFields row, string source)
    {
        row.Known("provider", "resolution", "times", "per", "source");
        return new FactorRow(row.Provider("provider"), row.Resolution("resolution"), row.Whole("times"), row.Whole("per"), row.Has("source") ? row.Text("source") : source);
    }

    private static ComparisonRow ReadComparison(PriceFields row)
    {
        row.Known("claimedBy", "about", "model", "operation", "resolution", "amount", "claimedSavingPercent", "source", "disagreement");
        return new ComparisonRow
        {
            ClaimedBy = row.Provider("claimedBy"),
            About = row.Text("about"),
            Model = row.Text("model"),
            Operation = row.Operation("operation"),
            Resolution = row.Resolution("resolution"),
            Amount = row.Number("amount", "US dollars are expected as a number from 0 to 1000"),
            ClaimedSavingPercent = row.Has("claimedSavingPercent") ? row.Number("claimedSavingPercent", "per cent are expected as a number, or null") : null,
            Source = row.Text("source"),
            Disagreement = row.Has("disagreement") ? row.Text("disagreement") : null,
        };
    }

    /// <summary>A row's own day, else that of the whole file.</summary>
    private static DateOnly ReadDate(PriceFields row, DateOnly? asOf) => row.Has("asOf") || asOf is null ? row.Date("asOf") : asOf.Value;

    private static NBException Wrong(string name, int line, string path, string allowed) =>
        new(NBErrorId.InvalidRequest, $"The price file '{name}' is wrong in line {line}, {(path.Length == 0 ? "at its root" : path)}: {allowed}.") { Parameter = "PriceFile" };

    private static NBException Unreadable(string path, string step, Exception? inner = null) =>
        new(NBErrorId.InvalidRequest, $"The price file '{path}' cannot be read. {step}.", inner) { Parameter = "PriceFile" };
}
