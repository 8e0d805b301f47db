using System.Runtime.CompilerServices;

namespace NanoBanana.Engine.State;

/// <summary>
/// The options of this user and this process. What was told the process goes first, then the environment, then the user's
/// file, then what is built in. The file is read once, when it is first needed.
/// </summary>
/// <param name="state">Where the file lies.</param>
/// <param name="readVariable">Reads an environment variable.</param>
/// <param name="process">What was told this process.</param>
public sealed class OptionStore(StateFolder state, Func<string, string?> readVariable, IProcessOptions process)
{
    private OptionsDocument? document;

    /// <summary>The names of all options.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. OptionDefinition.All.Select(option => option.Name)];

    /// <summary>The file of the user's options; it need not exist.</summary>
    public string FilePath => state.OptionsFile;

    /// <summary>Reads all options.</summary>
    /// <returns>What holds now.</returns>
    /// <exception cref="NBException">InvalidRequest: a value is wrong, or the file cannot be read; says where.</exception>
    public UserOptions Read()
    {
        var usual = new UserOptions();
        return new UserOptions
        {
            Provider = (string?)ValueOf("Provider"),
            Resolution = Vocabulary.TryParseResolution((string?)ValueOf("Resolution"), out ImageResolution resolution) ? resolution : null,
            OutputDirectory = (string?)ValueOf("OutputDirectory"),
            Vault = (string?)ValueOf("Vault"),
            DailyBudget = (decimal?)ValueOf("DailyBudget"),
            PriceFile = (string?)ValueOf("PriceFile"),
            JournalPrompt = (bool?)ValueOf("JournalPrompt") ?? usual.JournalPrompt,
            LogPrompts = (bool?)ValueOf("LogPrompts") ?? usual.LogPrompts,
            LargestPictureMB = (int?)ValueOf("LargestPictureMB") ?? usual.LargestPictureMB,
        };
    }

    /// <summary>Tells one option.</summary>
    /// <param name="name">One of <see cref="Names"/>, in any case.</param>
    /// <returns>The value that holds now, and where it comes from.</returns>
    /// <exception cref="NBException">InvalidRequest: there is no such option, its value is wrong, or the file cannot be read.</exception>
    public NBOption Describe(string name)
    {
        OptionDefinition option = Find(name);
        (object? value, NBOptionSource source) = Lookup(option);
        return new NBOption { Name = option.Name, Value = value ?? option.Default, Source = source, Description = option.Description, Variable = option.Variable };
    }

    /// <summary>Checks a value and gives it the form in which it is kept.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="text">The value as text; blank to remove it.</param>
    /// <returns>The text to keep; null to remove it.</returns>
    /// <exception cref="NBException">InvalidRequest, with what would be right.</exception>
    public static string? Check(string name, string? text)
    {
        OptionDefinition option = Find(name);
        return string.IsNullOrWhiteSpace(text) ? null : OptionDefinition.ToText(Parse(option, text, $"-{option.Name} '{text}' ", string.Empty));
    }

    /// <summary>Sets and removes options, all at once or none. Other fields of the file stay as they are.</summary>
    /// <param name="scope">For how long.</param>
    /// <param name="changes">What <see cref="Check"/> gave, for each name.</param>
    /// <param name="cancellationToken">Ends the waiting for others who change theirs.</param>
    /// <exception cref="NBException">
    /// InvalidRequest: a value is wrong, or the file cannot be read and was left alone. OutputWriteFailed: it cannot be written.
    /// </exception>
    public async Task ChangeAsync(NBOptionScope scope, IReadOnlyDictionary<string, string?> changes, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(changes);
        (OptionDefinition Option, string? Text)[] checkedChanges = [.. changes.Select(change => (Find(change.Key), Check(change.Key, change.Value)))];
        if (scope == NBOptionScope.User)
        {
            await OptionsFile.ChangeAsync(FilePath, checkedChanges, patience: null, cancellationToken).ConfigureAwait(false);
            document = null;
            return;
        }

        foreach ((OptionDefinition option, string? text) in checkedChanges) process.Write(option.Name, text);
    }

    private object? ValueOf(string name) => Lookup(Find(name)).Value;

    private (object? Value, NBOptionSource Source) Lookup(OptionDefinition option)
    {
        if (process.Read(option.Name) is { } told)
        {
            return (Parse(option, told, $"The option {option.Name} of this process, '{told}', ", $" Set-NBOption -Scope Process -Clear {option.Name} removes it."), NBOptionSource.Process);
        }

        string? variable = readVariable(option.Variable);
        if (!string.IsNullOrWhiteSpace(variable))
        {
            return (Parse(option, variable, $"The variable {option.Variable}, '{variable}', ", " Correct the variable, or remove it."), NBOptionSource.Environment);
        }

        // Most users have no file: then the reader of JSON is not even compiled.
        if (document is null && !File.Exists(FilePath)) return (null, NBOptionSource.Default);
        return LookupInFile(option);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private (object? Value, NBOptionSource Source) LookupInFile(OptionDefinition option)
    {
        document ??= OptionsFile.Read(FilePath);
        if (document.Find(option.Field) is not { } field || field.TextOf(option, FilePath) is not { } text) return (null, NBOptionSource.Default);
        string step = $" Correct the line, or set it anew with Set-NBOption -{option.Name}.";
        return (Parse(option, text, FormattableString.Invariant($"The option {option.Name} in line {field.Line} of '{FilePath}', '{text}', "), step), NBOptionSource.User);
    }

    private static object Parse(OptionDefinition option, string text, string what, string step)
    {
        OptionReading reading = option.Read(text);
        return reading.Value ?? throw new NBException(NBErrorId.InvalidRequest, $"{what}{reading.Complaint}.{step}") { Parameter = option.Name };
    }

    private static OptionDefinition Find(string name) =>
        OptionDefinition.All.FirstOrDefault(option => string.Equals(option.Name, name?.Trim(), StringComparison.OrdinalIgnoreCase))
        ?? throw new NBException(NBErrorId.InvalidRequest, $"There is no option '{name}'. Choose one of: {string.Join(", ", Names)}.") { Parameter = "Name" };
}

/// <summary>Options that hold for this process alone, as texts. Reading and writing may come from any thread.</summary>
public interface IProcessOptions
{
    /// <summary>Reads one.</summary>
    /// <param name="name">The option's name.</param>
    /// <returns>Its text; null when it is not set.</returns>
    string? Read(string name);

    /// <summary>Sets or removes one.</summary>
    /// <param name="name">The option's name.</param>
    /// <param name="text">Its text; null to remove it.</param>
    void Write(string name, string? text);
}
