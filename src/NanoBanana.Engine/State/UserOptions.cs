namespace NanoBanana.Engine.State;

/// <summary>What the user wants where a command does not say; every value was checked.</summary>
public sealed record UserOptions
{
    private const long Mebibyte = 1024 * 1024;

    /// <summary>The provider's name; null for the built-in default.</summary>
    public string? Provider { get; init; }

    /// <summary>The tier; null for the provider's own.</summary>
    public ImageResolution? Resolution { get; init; }

    /// <summary>The folder for pictures, a full path; null for the current folder.</summary>
    public string? OutputDirectory { get; init; }

    /// <summary>The vault that holds the keys, as SecretManagement knows it; null for its default vault.</summary>
    public string? Vault { get; init; }

    /// <summary>US dollars a day, 0 or more; null for no limit.</summary>
    public decimal? DailyBudget { get; init; }

    /// <summary>The user's own price file, a full path of a file that could be read; null for none.</summary>
    public string? PriceFile { get; init; }

    /// <summary>Whether the journal holds prompts; a hash of each otherwise.</summary>
    public bool JournalPrompt { get; init; } = true;

    /// <summary>Whether -Verbose and -Debug show prompts and the addresses of pictures.</summary>
    public bool LogPrompts { get; init; }

    /// <summary>The most MiB of one picture, 1 to 1024.</summary>
    public int LargestPictureMB { get; init; } = OptionDefinition.UsualLargestPictureMB;

    /// <summary>The most bytes of one picture.</summary>
    public long LargestPicture => LargestPictureMB * Mebibyte;
}
