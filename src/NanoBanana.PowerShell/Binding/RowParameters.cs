namespace NanoBanana.PowerShell.Binding;

/// <summary>Which parameters of New-NBImage and Edit-NBImage belong to a request, so that a row may set them, and how each is read.</summary>
internal static class RowParameters
{
    /// <summary>Reads the value of one cell.</summary>
    /// <param name="parameter">The parameter's name.</param>
    /// <param name="value">The cell; not blank.</param>
    /// <returns>A value of the parameter's type.</returns>
    /// <exception cref="NBException">InvalidRequest: it is not a value of this parameter.</exception>
    public delegate object Parser(string parameter, object value);

    /// <summary>The images of a row; <see cref="RowBinder"/> reads them, for that takes the current location.</summary>
    public const string Image = "Image";

    /// <summary>The parameters of a request. Image is one more, of Edit-NBImage.</summary>
    public static IReadOnlyDictionary<string, Parser> Parsers { get; } = new Dictionary<string, Parser>(StringComparer.OrdinalIgnoreCase)
    {
        ["Prompt"] = Cell.Prompts,
        ["Provider"] = Cell.Texts,
        ["Model"] = Cell.Text,
        ["Resolution"] = Cell.Text,
        ["AspectRatio"] = Cell.Text,
        ["OutputFormat"] = Cell.Text,
        ["Count"] = Cell.Int32,
        ["Seed"] = Cell.Int64,
        ["OutFile"] = Cell.Text,
        ["OutDirectory"] = Cell.Text,
        ["FileNameFormat"] = Cell.Text,
        ["NoDownload"] = Cell.Switch,
        ["NoWait"] = Cell.Switch,
        ["CancelOnStop"] = Cell.Switch,
        ["SafetyTolerance"] = Cell.Int32,
        ["WebSearch"] = Cell.Switch,
        ["ImageSearch"] = Cell.Switch,
        ["ThinkingLevel"] = Cell.Word<ThinkingLevel>,
        ["SystemPrompt"] = Cell.Text,
        ["LimitGenerations"] = Cell.Flag,
        ["SyncMode"] = Cell.Switch,
        ["Direct"] = Cell.Switch,
        ["Priority"] = Cell.Word<QueuePriority>,
        ["StartTimeoutSec"] = Cell.Number,
        ["NoProviderRetry"] = Cell.Switch,
        ["CallbackUri"] = Cell.Address,
        ["UploadVia"] = Cell.Text,
        ["IdempotencyKey"] = Cell.Text,
        ["AdditionalProperties"] = Cell.Fields,
    };

    /// <summary>What belongs to the one request it was given for: a job or an image does not hand it on to the next.</summary>
    public static IReadOnlySet<string> NeverCarriedOver { get; } = new HashSet<string>(StringComparer.OrdinalIgnoreCase) { "OutFile", "IdempotencyKey" };

    /// <summary>What holds for a whole command. A row that could set these could spend without a limit, or write over files.</summary>
    public static IReadOnlySet<string> CommandOnly { get; } = new HashSet<string>(StringComparer.OrdinalIgnoreCase)
    {
        "ApiKey", "Vault", "Sandbox", "Force", "NoClobber", "MaxCost", "ThrottleLimit", "TimeoutSec", "MaximumRetryCount", "Once", "WhatIf", "Confirm",
    };

    /// <summary>Whether a parameter is read from the command line alone.</summary>
    /// <param name="name">The parameter's name.</param>
    public static bool IsCommandOnly(string name) => CommandOnly.Contains(name) || name.StartsWith("Allow", StringComparison.OrdinalIgnoreCase);
}
