using System.Collections;
using System.Data;
using System.Globalization;
using System.Management.Automation;
using NanoBanana.Engine;

namespace NanoBanana.PowerShell.Binding;

/// <summary>
/// Reads the settings of a request out of one object of the pipeline: text, a row (dictionary, custom object, DataRow), a job or an
/// image of this module, or a file. Anything else is refused, because it would be paid for.
/// </summary>
/// <param name="operation">The cmdlet's operation; only an edit takes images.</param>
/// <param name="isGiven">Whether a parameter stands on the command line; such a one wins over the row.</param>
/// <param name="hasBlock">Whether the prompt or the images are made by a script block, which may read any object.</param>
/// <param name="isSandbox">Whether the command runs in the sandbox.</param>
/// <param name="references">Reads the images of a row.</param>
internal sealed class RowBinder(ImageOperation operation, Func<string, bool> isGiven, bool hasBlock, bool isSandbox, ReferenceCells references)
{
    private const string Prompt = "Prompt";
    private static readonly string[] ImageColumns = ["FullName", "Path", "PSPath", "Uri"];
    private readonly HashSet<string> unknown = new(StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<string> warned = new(StringComparer.OrdinalIgnoreCase);

    private bool IsEdit => operation == ImageOperation.Edit;

    /// <summary>Whether the object is only what a script block reads: nothing is left to be taken from it but settings.</summary>
    private bool IsInputOfBlock => hasBlock && isGiven(Prompt) && (!IsEdit || isGiven(RowParameters.Image));

    private string Cmdlet => IsEdit ? "Edit-NBImage" : "New-NBImage";

    /// <summary>Reads an object.</summary>
    /// <param name="input">The object as the pipeline brings it.</param>
    /// <returns>A value of its type for each parameter that the object sets and the command line does not.</returns>
    /// <exception cref="NBException">InvalidRequest: the object is not a request, or one of its values is not valid.</exception>
    public IReadOnlyDictionary<string, object> Read(object? input)
    {
        object? plain = Cell.Plain(input);
        if (plain is null || ReferenceEquals(plain, System.Management.Automation.Internal.AutomationNull.Value)) throw Cell.Invalid(Prompt, "The object from the pipeline is $null. Remove it, or check where it comes from.");
        if (plain is not (byte or sbyte) && Cell.ValueText(plain) is { } text) return ReadText(text); // Bytes are a file that was read as such.
        var shown = PSObject.AsPSObject(input!);
        if (plain is NBJob || IsCopyOf(shown, typeof(NBJob))) return ReadJob(shown);
        if (plain is NBImage || IsCopyOf(shown, typeof(NBImage))) return ReadImage(shown);
        return plain switch
        {
            IDictionary table => ReadRow([.. table.Cast<DictionaryEntry>().Select(entry => (Name(entry.Key), entry.Value))], warns: true),
            DataRow row => ReadDataRow(row),
            DataRowView view => ReadDataRow(view.Row),
            NBImageReference or Uri or IList when IsEdit => ImageAlone(plain),
            PSObject when !IsCopyOf(shown, typeof(FileInfo)) => ReadRow([.. shown.Properties.Select(property => (property.Name, property.Value))], warns: true),
            _ when IsEdit && !IsInputOfBlock && ImageOf(shown) is { } image => ImageAlone(image),
            _ when IsInputOfBlock => new Dictionary<string, object>(),
            FileSystemInfo or PSObject => throw Cell.Invalid(Prompt, $"'{shown}' is a file, and a file is not a prompt. Use Get-Content to pipe its lines, or Edit-NBImage to edit an image."),
            _ => throw NotARow(shown),
        };
    }

    /// <summary>The warning about columns that are not used, each named once; null where there is no new one.</summary>
    public string? TakeWarning()
    {
        string[] left = [.. unknown.Where(warned.Add)];
        if (left.Length == 0) return null;
        string[] commandOnly = [.. left.Where(RowParameters.IsCommandOnly)];
        string[] none = [.. left.Except(commandOnly, StringComparer.Ordinal)];
        var parts = new List<string>();
        if (none.Length > 0) parts.Add($"These columns are not used, because {Cmdlet} has no such parameters: {string.Join(", ", none)}.");
        if (commandOnly.Length > 0) parts.Add($"These columns are not used, because they are read from the command line only: {string.Join(", ", commandOnly)}.");
        return string.Join(' ', parts);
    }

    private Dictionary<string, object> ReadText(string text)
    {
        if (IsInputOfBlock) return [];
        if (!IsEdit)
        {
            return isGiven(Prompt)
                ? throw Cell.Invalid(Prompt, "-Prompt and text from the pipeline cannot be used together. Remove -Prompt, or pipe objects whose properties are settings.")
                : new(StringComparer.OrdinalIgnoreCase) { [Prompt] = new[] { text } };
        }

        return (isGiven(Prompt), isGiven(RowParameters.Image)) switch
        {
            (false, true) => new(StringComparer.OrdinalIgnoreCase) { [Prompt] = new[] { text } },
            (true, false) => new(StringComparer.OrdinalIgnoreCase) { [RowParameters.Image] = references.Read(text, isCell: false) },
            (true, true) => throw Cell.Invalid(Prompt, "-Prompt, -Image and text from the pipeline cannot be used together. Remove one of the two parameters."),
            _ => throw Cell.Invalid(Prompt, "Text from the pipeline is a prompt where -Image is given, and an image where -Prompt is given. Specify one of the two."),
        };
    }

    private Dictionary<string, object> ReadDataRow(DataRow row) =>
        ReadRow([.. row.Table.Columns.Cast<DataColumn>().Select(column => (column.ColumnName, (object?)row[column]))], warns: false);

    private Dictionary<string, object> ReadRow(IReadOnlyList<(string Name, object? Value)> cells, bool warns)
    {
        cells = [.. cells.Select(cell => (cell.Name.Trim().Trim('\uFEFF').Trim(), cell.Value))]; // A header may have blanks or a byte order mark around it.
        string[] names = [.. cells.Select(cell => cell.Name)];
        if (!names.Any(IsKnown)) return IsInputOfBlock ? [] : throw Nothing(names);
        var values = new Dictionary<string, object>(StringComparer.OrdinalIgnoreCase);
        foreach ((string name, object? value) in cells)
        {
            if (Is(name, "Sandbox"))
            {
                if (!Cell.IsBlank(value)) CheckSandbox((bool)Cell.Flag(name, value!));
            }
            else if (Is(name, nameof(NBJob.Operation)) && !IsEdit && !Cell.IsBlank(value) && Is($"{value}", nameof(ImageOperation.Edit)))
            {
                throw Cell.Invalid(RowParameters.Image, "The row is of an edit (Operation = Edit), which New-NBImage cannot repeat. Use Edit-NBImage, or remove the column.");
            }
            else if (Is(name, RowParameters.Image) && !IsEdit)
            {
                if (!Cell.IsBlank(value)) throw Cell.Invalid(RowParameters.Image, "New-NBImage does not support -Image. Remove the column, or use Edit-NBImage.");
            }
            else if (RowParameters.Parsers.TryGetValue(name, out RowParameters.Parser? parse))
            {
                if (!Cell.IsBlank(value) && !isGiven(name)) values[name] = parse(Canonical(name), value!);
            }
            else if (warns && !IsImageColumn(name))
            {
                unknown.Add(name);
            }
        }

        if (!isGiven(Prompt) && !names.Contains(Prompt, StringComparer.OrdinalIgnoreCase)) throw Missing(Prompt, names);
        if (IsEdit && !isGiven(RowParameters.Image)) values[RowParameters.Image] = ImageOf(cells) ?? throw Missing(RowParameters.Image, names);
        return values;
    }

    /// <summary>A job stands for its request: the same is submitted again.</summary>
    private Dictionary<string, object> ReadJob(PSObject job)
    {
        string id = $"{job.Properties["Id"]?.Value}";
        CheckSandbox(job);
        bool isEdit = IsOfEdit(job);
        if (isEdit && !IsEdit) throw Cell.Invalid(Prompt, $"Job {id} is an edit, which New-NBImage cannot repeat. Pipe it to Edit-NBImage.");
        if (!isEdit && IsEdit) throw Cell.Invalid(RowParameters.Image, $"Job {id} has no references, for it is not an edit. Pipe it to New-NBImage, or pipe its images: Receive-NBJob {id} | Edit-NBImage.");
        Dictionary<string, object> values = Carried(job, $"job {id}");
        if (IsEdit && !isGiven(RowParameters.Image)) values[RowParameters.Image] = ReferencesOf(job, id);
        return values;
    }

    /// <summary>To New-NBImage an image stands for the request of one like it; to Edit-NBImage it is the reference and nothing else.</summary>
    private Dictionary<string, object> ReadImage(PSObject image)
    {
        CheckSandbox(image);
        if (IsEdit) return ImageAlone(image);
        string id = $"{image.Properties["JobId"]?.Value}";
        return IsOfEdit(image)
            ? throw Cell.Invalid(Prompt, $"The image of job {id} was made by an edit, which New-NBImage cannot repeat. Use Get-NBJob {id} | Edit-NBImage.")
            : Carried(image, $"the image of job {id}");
    }

    private Dictionary<string, object> Carried(PSObject source, string what)
    {
        // Without its prompt, its system prompt and further fields are not there either.
        if (Cell.IsBlank(source.Properties[Prompt]?.Value)) throw Cell.Invalid(Prompt, $"The prompt of {what} was not kept (option JournalPrompt), so its request cannot be repeated. Write the request again.");
        var values = new Dictionary<string, object>(StringComparer.OrdinalIgnoreCase);
        foreach ((string name, RowParameters.Parser parse) in RowParameters.Parsers)
        {
            if (RowParameters.NeverCarriedOver.Contains(name) || isGiven(name)) continue;
            if (source.Properties[name]?.Value is { } value && !Cell.IsBlank(value)) values[name] = parse(name, value);
        }

        if (isGiven("Provider") && values.TryGetValue("Model", out object? model))
        {
            values["Model"] = ImageEngine.NameModel($"{source.Properties["Provider"]?.Value}", (string)model); // The id is that of the provider before.
        }

        if (isGiven("OutFile")) values.Remove("OutDirectory"); // The file names its folder.
        return values;
    }

    private object ReferencesOf(PSObject job, string id)
    {
        object?[] recorded = Cell.Plain(job.Properties[nameof(NBJob.References)]?.Value) is IEnumerable list ? [.. list.Cast<object?>()] : [];
        if (recorded.Length == 0) throw Cell.Invalid(RowParameters.Image, $"The references of job {id} were not recorded. Specify -Image.");
        return recorded.Any(reference => Is($"{reference}", "data:"))
            ? throw Cell.Invalid(RowParameters.Image, $"A reference of job {id} was a data URI, which is not recorded. Specify -Image.")
            : references.Read(recorded, isCell: false);
    }

    private Dictionary<string, object> ImageAlone(object image)
    {
        if (isGiven(RowParameters.Image)) throw Cell.Invalid(RowParameters.Image, "-Image and an image from the pipeline cannot be used together. Remove -Image, or pipe prompts.");
        if (!isGiven(Prompt)) throw Cell.Invalid(Prompt, "An image from the pipeline needs -Prompt.");
        return new(StringComparer.OrdinalIgnoreCase) { [RowParameters.Image] = references.Read(image, isCell: false) };
    }

    /// <summary>The image that a row names: Image as a cell that may hold several, else what a file system object calls its path.</summary>
    private object? ImageOf(IReadOnlyList<(string Name, object? Value)> cells)
    {
        if (Value(RowParameters.Image) is { } image) return references.Read(image, isCell: true);
        return ImageColumns.Select(Value).FirstOrDefault(value => value is not null) is { } path ? references.Read(path, isCell: false) : null;

        object? Value(string name) => cells.FirstOrDefault(cell => Is(cell.Name, name) && !Cell.IsBlank(cell.Value)).Value;
    }

    private static object? ImageOf(PSObject shown) => ImageColumns.Take(2)
        .Select(name => shown.Properties[name]?.Value)
        .FirstOrDefault(value => !Cell.IsBlank(value));

    private void CheckSandbox(PSObject source) => CheckSandbox(source.Properties["Sandbox"]?.Value is true);

    /// <summary>What was tried for nothing is not paid for because a switch was forgotten.</summary>
    private void CheckSandbox(bool isOfSandbox)
    {
        if (isOfSandbox && !isSandbox) throw Cell.Invalid("Sandbox", "This is of the sandbox (Sandbox = True), but the command would pay a provider. Add -Sandbox, or write the request without this property; an image can be given to -Image by its path.");
    }

    private bool IsKnown(string name) => RowParameters.Parsers.ContainsKey(name) || Is(name, RowParameters.Image) || (IsEdit && IsImageColumn(name));

    private bool IsImageColumn(string name) => IsEdit && (Is(name, RowParameters.Image) || ImageColumns.Contains(name, StringComparer.OrdinalIgnoreCase));

    private static bool IsOfEdit(PSObject source) => Is($"{source.Properties["Operation"]?.Value}", nameof(ImageOperation.Edit));

    /// <summary>Whether it is what PowerShell made of such an object on its way through a file or another process.</summary>
    private static bool IsCopyOf(PSObject value, Type type) => value.TypeNames.Contains("Deserialized." + type.FullName);

    private static bool Is(string name, string other) => string.Equals(name, other, StringComparison.OrdinalIgnoreCase);

    private static string Name(object key) => Convert.ToString(key, CultureInfo.InvariantCulture) ?? string.Empty;

    private static string Canonical(string name) => RowParameters.Parsers.Keys.First(known => Is(known, name));

    private NBException Missing(string parameter, string[] names) =>
        Cell.Invalid(parameter, $"The object has no property {parameter}; {Properties(names)}. Rename one, or specify -{parameter}.");

    private NBException Nothing(string[] names)
    {
        string delimiter = names.Select(Delimiter).FirstOrDefault(found => found is not null) is { } found ? $" Did you mean -Delimiter '{found}'?" : string.Empty;
        return Cell.Invalid(Prompt, $"The object has no property Prompt; {Properties(names)}.{delimiter}");
    }

    private NBException NotARow(PSObject shown) => Cell.Invalid(
        Prompt,
        $"A {shown.BaseObject.GetType().Name} is not a prompt; {Properties([.. shown.Properties.Select(property => property.Name)])}. Pipe text, hashtables or objects with a Prompt property (Select-Object makes them).");

    /// <summary>What separates the names of parameters in one name: the wrong -Delimiter was used.</summary>
    private string? Delimiter(string name)
    {
        char found = Array.Find([';', '\t', ',', '|'], mark => name.Split(mark) is { Length: > 1 } parts && parts.Any(part => IsKnown(part.Trim(' ', '"'))));
        return found switch { '\0' => null, '\t' => "`t", _ => found.ToString() };
    }

    private static string Properties(string[] names) => names.Length == 0 ? "it has no properties" : $"its properties are {string.Join(", ", names)}";
}
