using System.Collections;
using System.Management.Automation;
using NanoBanana.PowerShell.Binding;

namespace NanoBanana.PowerShell.Parameters;

/// <summary>
/// Makes images again of what PowerShell made of them on their way through Export-Clixml, Start-Job or another machine, and keeps
/// it from making a path of each byte of an image. All else is left to PowerShell.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class ImageReferencesAttribute : ArgumentTransformationAttribute
{
    private static readonly string TypeName = "Deserialized." + typeof(NBImage).FullName;

    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        object? plain = Cell.Plain(inputData);
        if (plain is byte[] bytes) return new NBImageReference(string.Empty) { Fault = NotAnImage(bytes) };
        if (plain is not IList items) return IsCopy(inputData) ? Revive(inputData!) : inputData;
        if (items.Cast<object?>().Any(item => Cell.Plain(item) is byte)) return new NBImageReference(string.Empty) { Fault = NotAnImage(Array.Empty<byte>()) };
        int missing = items.Cast<object?>().ToList().FindIndex(item => Cell.Plain(item) is null);
        if (missing >= 0 && items.Count > 1) return new NBImageReference(string.Empty) { Fault = $"Item {missing + 1} of -Image is $null. Remove it, or check where it comes from." };
        return items.Cast<object?>().Any(IsCopy) ? items.Cast<object?>().Select(item => IsCopy(item) ? Revive(item!) : item).ToArray() : inputData;
    }

    /// <summary>Whether an object was an NBImage.</summary>
    public static bool IsCopy(object? item) => item is PSObject copy && copy.TypeNames.Contains(TypeName);

    /// <summary>The reference that stands for an object that was an NBImage.</summary>
    public static NBImageReference Revive(object item)
    {
        var copy = (PSObject)item;
        return new NBImageReference(new NBImage
        {
            Path = Text(copy, nameof(NBImage.Path)),
            Uri = Uri.TryCreate(Text(copy, nameof(NBImage.Uri)), UriKind.Absolute, out Uri? address) ? address : null,
            Provider = Text(copy, nameof(NBImage.Provider)) ?? string.Empty,
            Model = Text(copy, nameof(NBImage.Model)) ?? string.Empty,
            JobId = Text(copy, nameof(NBImage.JobId)) ?? string.Empty,
        });
    }

    /// <summary>Why an object stands for no image.</summary>
    public static string NotAnImage(object? item) =>
        $"-Image must be a path, a file, an https address or an NBImage, not {item?.GetType().Name ?? "nothing"}. Save bytes to a file first: Set-Content shoe.png -AsByteStream.";

    private static string? Text(PSObject copy, string property) => copy.Properties[property]?.Value switch
    {
        null => null,
        Uri address => address.OriginalString,
        object value when value.ToString() is { Length: > 0 } text => text,
        _ => null,
    };
}
