using System.Management.Automation;
using NanoBanana.Engine;
using NanoBanana.Engine.Imaging;
using NanoBanana.Engine.Requests;
using NanoBanana.Engine.State;
using NanoBanana.PowerShell.Parameters;

namespace NanoBanana.PowerShell.Commands;

/// <summary>Makes requests of parameters: words become types, paths become full paths of the file system.</summary>
/// <param name="command">The cmdlet whose parameters are read.</param>
/// <param name="isOneFile">Whether -OutFile stands on the command line; then it belongs to the one prompt there may be.</param>
/// <param name="options">What the user wants where a parameter is left out.</param>
internal sealed class RequestBuilder(ImageCommand command, bool isOneFile, UserOptions options)
{
    private readonly HashSet<string> claimedFiles = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Makes a request of the parameters as they are now.</summary>
    /// <exception cref="NBException">A word is unknown, or a path leads out of the file system.</exception>
    public ImageRequest Build(ImageOperation operation, string? prompt, IReadOnlyList<ReferenceImage> references)
    {
        CheckCombinations();
        ImageFormat? format = ReadFormat();
        (OutputOptions output, ImageFormat? formatOfFile) = ReadOutput();
        if (format is { } asked && formatOfFile is { } named && asked != named)
        {
            throw Invalid("OutputFormat", $"-OutFile '{command.OutFile}' names {named.ToName()}, -OutputFormat {asked.ToName()}. Let them say the same, or leave one out.");
        }

        string[] providers = ReadProviders();
        return new ImageRequest
        {
            Prompt = prompt ?? string.Empty,
            Provider = providers is [var only] && !IsAuto(only) ? only : null,
            Providers = providers.Length > 1 || providers.Any(IsAuto) ? providers : [],
            Model = command.Model,
            Operation = operation,
            References = references,
            Resolution = ReadResolution(),
            AspectRatio = ReadRatio(),
            OutputFormat = format ?? formatOfFile,
            Count = command.Count,
            Seed = command.Seed,
            SafetyTolerance = command.SafetyTolerance,
            WebSearch = command.WebSearch,
            ImageSearch = command.ImageSearch,
            ThinkingLevel = command.ThinkingLevel,
            SystemPrompt = command.SystemPrompt,
            LimitGenerations = command.LimitGenerations,
            SyncMode = command.SyncMode,
            Direct = command.Direct,
            NoWait = command.NoWait,
            CancelOnStop = command.CancelOnStop,
            LowPriority = command.Priority == QueuePriority.Low,
            StartTimeout = ReadStartTimeout(),
            NoProviderRetry = command.NoProviderRetry,
            CallbackUri = command.CallbackUri,
            UploadVia = command.UploadVia,
            IdempotencyKey = string.IsNullOrWhiteSpace(command.IdempotencyKey) ? null : command.IdempotencyKey,
            AllowUnknownPrice = command.AllowUnknownPrice,
            AdditionalProperties = JsonValues.Read(command.AdditionalProperties),
            Output = output,
        };
    }

    /// <summary>Refuses parameters that contradict each other, wherever they come from.</summary>
    /// <exception cref="NBException">InvalidRequest.</exception>
    public void CheckCombinations()
    {
        if (command.NoWait && command.Direct) throw Invalid("NoWait", "-Direct waits for the picture within the call; -NoWait cannot go on before. Use one of the two.");
        if (command.NoWait && command.CancelOnStop) throw Invalid("CancelOnStop", "-NoWait leaves the jobs to themselves; -CancelOnStop has nothing to stop. Use one of the two.");
        if (command.SyncMode && command.CallbackUri is not null)
        {
            throw Invalid("CallbackUri", "-SyncMode brings the picture inside the answer and the provider keeps none, so a call to -CallbackUri could not be followed up. Use one of the two.");
        }

        if (command.Force && command.NoClobber) throw Invalid("Force", "-Force and -NoClobber say opposite things. Use one of the two.");
        if (!string.IsNullOrWhiteSpace(command.OutFile) && !string.IsNullOrWhiteSpace(command.OutDirectory)) throw Invalid("OutDirectory", "-OutFile and -OutDirectory cannot be used together. Remove one.");
        if (!string.IsNullOrWhiteSpace(command.OutFile) && command.NoDownload) throw Invalid("NoDownload", "-NoDownload and -OutFile cannot be used together. Remove one.");
    }

    /// <summary>Tells of an error whether an option, and not the command, asked for what is not taken, and of a wrong name that there is Auto.</summary>
    /// <param name="error">The error of the request that was built last.</param>
    public NBException Explain(NBException error)
    {
        if (error.Parameter == nameof(command.Provider) && NamesUnknown()) return error.WithMessage($"{error.Message} With Auto the cheapest that can make the picture does.");
        bool isOption = error.Parameter == nameof(command.Resolution) && options.Resolution is not null && string.IsNullOrWhiteSpace(command.Resolution);
        return isOption
            ? error.WithMessage($"{error.Message} The command names no -Resolution, so the option Resolution holds: give -Resolution, or change the option (Get-NBOption Resolution tells where it is set).")
            : error;
    }

    /// <summary>Makes references of what -Image was given.</summary>
    /// <exception cref="NBException">A path leads out of the file system, or nowhere.</exception>
    public IReadOnlyList<ReferenceImage> ReadReferences(IEnumerable<NBImageReference> images)
    {
        var references = new List<ReferenceImage>();
        foreach (NBImageReference image in images)
        {
            string value = image.Value;
            if (image.Fault is { } fault) throw Invalid("Image", fault);
            if (string.IsNullOrWhiteSpace(value)) throw Invalid("Image", "-Image is empty. Give a path, an https address or an NBImage.");
            if (!image.IsLiteralPath) CheckSpelling(value);
            bool isAddress = value.StartsWith("https:", StringComparison.OrdinalIgnoreCase)
                || value.StartsWith("http:", StringComparison.OrdinalIgnoreCase)
                || value.StartsWith("data:", StringComparison.OrdinalIgnoreCase);
            if (isAddress) references.Add(ReferenceImage.FromAddress(value));
            else if (image.IsLiteralPath) references.Add(ReferenceImage.FromFile(value));
            else references.AddRange(ResolveFiles(value).Select(ReferenceImage.FromFile));
        }

        return references;
    }

    /// <summary>An address that is taken for a path would be told as a file that does not exist.</summary>
    private static void CheckSpelling(string value)
    {
        string trimmed = value.Trim();
        if (trimmed.StartsWith("file:", StringComparison.OrdinalIgnoreCase)) throw Invalid("Image", $"-Image '{value}' is a file: address. Use the path of the file.");
        if (trimmed != value && trimmed.Contains("://", StringComparison.Ordinal)) throw Invalid("Image", $"-Image '{value}' has blanks around the address. Remove them.");
    }

    private bool NamesUnknown() => Words(command.Provider).Any(
        name => !IsAuto(name) && !ImageEngine.DescribeProviders().Any(provider => string.Equals(provider.Name, name, StringComparison.OrdinalIgnoreCase)));

    private static bool IsAuto(string name) => string.Equals(name, "Auto", StringComparison.OrdinalIgnoreCase);

    /// <summary>A row of a CSV holds several names in one text.</summary>
    private string[] ReadProviders()
    {
        string[] given = Words(command.Provider);
        string[] names = given.Length > 0 ? given : Words([options.Provider]);
        if (names.Length > 1 && names.Any(IsAuto)) throw Invalid("Provider", "-Provider Auto chooses among all providers by itself; name no other beside it.");
        return names;
    }

    private static string[] Words(string?[]? texts) =>
        [.. (texts ?? []).SelectMany(text => (text ?? string.Empty).Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))];

    private ImageResolution? ReadResolution()
    {
        if (string.IsNullOrWhiteSpace(command.Resolution)) return options.Resolution;
        if (Vocabulary.TryParseResolution(command.Resolution, out ImageResolution resolution)) return resolution;
        throw Unknown("Resolution", command.Resolution, Vocabulary.Resolutions.Select(known => known.ToName()));
    }

    private AspectRatio? ReadRatio()
    {
        if (string.IsNullOrWhiteSpace(command.AspectRatio)) return null;
        if (AspectRatio.TryParse(command.AspectRatio, out AspectRatio ratio)) return ratio;
        throw Unknown("AspectRatio", command.AspectRatio, AspectRatio.All.Select(known => known.ToString()));
    }

    private ImageFormat? ReadFormat()
    {
        if (string.IsNullOrWhiteSpace(command.OutputFormat)) return null;
        if (Vocabulary.TryParseFormat(command.OutputFormat, out ImageFormat format)) return format;
        throw Unknown("OutputFormat", command.OutputFormat, Vocabulary.Formats.Select(known => known.ToName()));
    }

    private TimeSpan? ReadStartTimeout() => command.StartTimeoutSec switch
    {
        null => null,
        > 1 and < int.MaxValue => TimeSpan.FromSeconds(command.StartTimeoutSec.Value),
        _ => throw Invalid("StartTimeoutSec", FormattableString.Invariant($"-StartTimeoutSec {command.StartTimeoutSec} is not valid. It must be more than 1 second, and less than {int.MaxValue}.")),
    };

    private (OutputOptions Output, ImageFormat? Format) ReadOutput()
    {
        if (command.OutFile?.TrimEnd() is [.., '/' or '\\']) throw Invalid("OutFile", $"-OutFile '{command.OutFile}' is a folder. Add a file name, or use -OutDirectory.");
        string? file = string.IsNullOrWhiteSpace(command.OutFile) ? null : ToFullPath("OutFile", command.OutFile);
        if (file is not null && !isOneFile && !command.NoDownload && !claimedFiles.Add(file))
        {
            throw new NBException(NBErrorId.OutputFileExists, $"The file '{file}' is already that of another prompt. Give each prompt its own OutFile.") { Parameter = "OutFile" };
        }

        string directory = file is null ? ToFullPath("OutDirectory", command.OutDirectory ?? options.OutputDirectory ?? ".") : Path.GetDirectoryName(file) ?? file;
        var output = new OutputOptions
        {
            Directory = directory,
            FileName = file is null ? null : Path.GetFileName(file),
            FileNameTemplate = command.FileNameFormat ?? FileNames.DefaultTemplate,
            Force = command.Force,
            NoDownload = command.NoDownload,
        };
        return (output, FormatOf(file));
    }

    /// <summary>An extension that names a format asks for that format.</summary>
    private static ImageFormat? FormatOf(string? file)
    {
        string extension = Path.GetExtension(file) ?? string.Empty;
        if (extension.Length == 0) return null;
        if (Vocabulary.TryParseFormat(extension, out ImageFormat format)) return format;
        throw Invalid("OutFile", $"'{extension}' is no format of pictures. Let -OutFile end with .png, .jpg, .jpeg or .webp, or with nothing.");
    }

    private string ToFullPath(string parameter, string path) => FileSystemPath.Resolve(command.SessionState, parameter, path);

    private IEnumerable<string> ResolveFiles(string path)
    {
        string literal = ToFullPath("Image", path);
        if (File.Exists(literal) || !WildcardPattern.ContainsWildcardCharacters(path)) return [literal];
        try
        {
            string[] found = [.. command.SessionState.Path.GetResolvedProviderPathFromPSPath(path, out _)];
            if (found.Length > 0) return found;
        }
        catch (ItemNotFoundException)
        {
            // Told below, like a pattern that matches nothing.
        }

        throw Invalid("Image", $"No file matches '{path}'. Check the path.");
    }

    private static NBException Unknown(string parameter, string value, IEnumerable<string> known) =>
        Invalid(parameter, $"-{parameter} '{value}' is unknown. Choose one of: {string.Join(", ", known)}.");

    private static NBException Invalid(string parameter, string message) => new(NBErrorId.InvalidRequest, message) { Parameter = parameter };
}
