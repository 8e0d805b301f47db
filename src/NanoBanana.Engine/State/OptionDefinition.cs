using System.Globalization;
using NanoBanana.Engine.Providers;

namespace NanoBanana.Engine.State;

/// <summary>How an option stands in the file.</summary>
internal enum OptionKind
{
    /// <summary>In quotes.</summary>
    Text,

    /// <summary>A number.</summary>
    Number,

    /// <summary>true or false.</summary>
    Flag,
}

/// <summary>One option: its names, and what may be said.</summary>
/// <param name="Name">The name for users, which is also that of the parameter.</param>
/// <param name="Variable">The environment variable.</param>
/// <param name="Kind">How it stands in the file.</param>
/// <param name="Default">The value that holds when nothing is said.</param>
/// <param name="Description">What it is for.</param>
/// <param name="Read">Reads the value of a text that is not blank.</param>
internal sealed record OptionDefinition(
    string Name, string Variable, OptionKind Kind, object? Default, string Description, Func<string, OptionReading> Read)
{
    /// <summary>The most MiB of one picture when nothing is said.</summary>
    public const int UsualLargestPictureMB = 64;

    private const int GreatestLargestPictureMB = 1024;

    /// <summary>Every option, in the order in which they are shown.</summary>
    public static IReadOnlyList<OptionDefinition> All { get; } =
    [
        new("Provider", "NB_PROVIDER", OptionKind.Text, ProviderRegistry.Default, "Who makes pictures where -Provider is left out", ReadProvider),
        new("Resolution", "NB_RESOLUTION", OptionKind.Text, "1K", "The size where -Resolution is left out", ReadResolution),
        new("OutputDirectory", "NB_OUTPUT_DIRECTORY", OptionKind.Text, null, "The folder where -OutDirectory is left out; else the current one", ReadFolder),
        new("Vault", "NB_VAULT", OptionKind.Text, null, "The vault where -Vault is left out", ReadVault),
        new("DailyBudget", "NB_DAILY_BUDGET", OptionKind.Number, null, "The most US dollars a day; no limit when empty", ReadBudget),
        new("PriceFile", "NB_PRICES", OptionKind.Text, null, "Prices of your own, which go before ours", ReadPriceFile),
        new("JournalPrompt", "NB_JOURNAL_PROMPT", OptionKind.Flag, true, "Whether the journal keeps prompts, or only hashes", ReadFlag),
        new("LogPrompts", "NB_LOG_PROMPTS", OptionKind.Flag, false, "Whether -Verbose shows prompts and addresses of pictures", ReadFlag),
        new("LargestPictureMB", "NB_LARGEST_PICTURE_MB", OptionKind.Number, UsualLargestPictureMB, "The most MiB of one picture", ReadLargestPicture),
    ];

    /// <summary>The name in the file.</summary>
    public string Field => string.Concat(char.ToLowerInvariant(Name[0]).ToString(), Name.AsSpan(1));

    /// <summary>The text of a value; the same text reads as the same value, in the file too.</summary>
    /// <param name="value">A value that <see cref="Read"/> gave.</param>
    public static string ToText(object value) => value switch
    {
        bool flag => flag ? "true" : "false",
        IFormattable number => number.ToString(format: null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? string.Empty,
    };

    private static OptionReading ReadProvider(string text)
    {
        string[] names = text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (names is [var only] && string.Equals(only, "Auto", StringComparison.OrdinalIgnoreCase)) return new("Auto");
        string?[] known = [.. names.Select(name => ProviderRegistry.KnownProviders.Select(row => row.Provider).FirstOrDefault(row => string.Equals(row, name, StringComparison.OrdinalIgnoreCase)))];
        return known.Length == 0 || known.Contains(null)
            ? Refused($"is no provider. Choose one of: {string.Join(", ", ProviderRegistry.KnownProviders.Select(row => row.Provider))}, or Auto for the cheapest; several are asked in turn")
            : new(string.Join(',', known));
    }

    private static OptionReading ReadResolution(string text) =>
        Vocabulary.TryParseResolution(text, out ImageResolution resolution)
            ? new(resolution.ToName())
            : Refused($"is no resolution. Choose one of: {string.Join(", ", Vocabulary.Resolutions.Select(known => known.ToName()))}");

    private static OptionReading ReadFolder(string text)
    {
        if (ReadPath(text) is not { } path) return Refused("is no full path. Name a folder of the file system from the root on");
        return File.Exists(path) ? Refused("is a file. Name a folder") : new(path);
    }

    private static OptionReading ReadPriceFile(string text)
    {
        if (ReadPath(text) is not { } path) return Refused("is no full path. Name a file of the file system from the root on");
        try
        {
            using FileStream file = File.Open(path, new FileStreamOptions { Share = FileShare.ReadWrite | FileShare.Delete, BufferSize = 0 });
            return new(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            return Refused($"cannot be read ({exception.Message.TrimEnd('.')}). Name a file that exists");
        }
    }

    private static string? ReadPath(string text)
    {
        string trimmed = text.Trim();
        return Path.IsPathFullyQualified(trimmed) && !trimmed.Contains('\0', StringComparison.Ordinal) ? Path.GetFullPath(trimmed) : null;
    }

    private static OptionReading ReadVault(string text) =>
        text.Any(char.IsControl) ? Refused("is no name of a vault. Get-SecretVault lists them") : new(text.Trim());

    private static OptionReading ReadBudget(string text)
    {
        const NumberStyles Styles = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite;
        return decimal.TryParse(text, Styles, CultureInfo.InvariantCulture, out decimal budget) && budget >= 0
            ? new(budget)
            : Refused("is no amount of US dollars. Write 0 or more, for example 2.50");
    }

    private static OptionReading ReadFlag(string text) => text.Trim().ToUpperInvariant() switch
    {
        "TRUE" or "1" => new(true),
        "FALSE" or "0" => new(false),
        _ => Refused("is neither true nor false. Write one of these"),
    };

    private static OptionReading ReadLargestPicture(string text)
    {
        const NumberStyles Styles = NumberStyles.AllowLeadingSign | NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite;
        return int.TryParse(text, Styles, CultureInfo.InvariantCulture, out int size) && size is >= 1 and <= GreatestLargestPictureMB
            ? new(size)
            : Refused(string.Create(CultureInfo.InvariantCulture, $"is no size of a picture. Write whole MiB from 1 to {GreatestLargestPictureMB}"));
    }

    private static OptionReading Refused(string complaint) => new(Value: null, complaint);
}

/// <summary>What came of reading a text.</summary>
/// <param name="Value">The value; null when there is none.</param>
/// <param name="Complaint">What is wrong and what would be right, to follow the text; null when nothing is.</param>
internal readonly record struct OptionReading(object? Value, string? Complaint = null);
