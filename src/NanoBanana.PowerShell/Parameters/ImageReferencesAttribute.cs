using System.Collections;
using System.Management.Automation;

namespace NanoBanana.PowerShell.Parameters;

/// <summary>
/// Makes pictures again of what PowerShell made of them on their way through Export-Clixml, Start-Job or another machine. All else
/// is left to PowerShell.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class ImageReferencesAttribute : ArgumentTransformationAttribute
{
    private static readonly string TypeName = "Deserialized." + typeof(NBImage).FullName;

    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        object? plain = inputData is PSObject { BaseObject: not PSCustomObject } wrapped ? wrapped.BaseObject : inputData;
        if (plain is not IList items) return Revive(inputData);
        return items.Cast<object?>().Any(IsCopy) ? items.Cast<object?>().Select(Revive).ToArray() : inputData;
    }

    private static bool IsCopy(object? item) => item is PSObject copy && copy.TypeNames.Contains(TypeName);

    private static object? Revive(object? item)
    {
        if (!IsCopy(item)) return item;
        var copy = (PSObject)item!;
        return new NBImageReference(new NBImage
        {
            Path = Text(copy, nameof(NBImage.Path)),
            Uri = Uri.TryCreate(Text(copy, nameof(NBImage.Uri)), UriKind.Absolute, out Uri? address) ? address : null,
            Provider = Text(copy, nameof(NBImage.Provider)) ?? string.Empty,
            Model = Text(copy, nameof(NBImage.Model)) ?? string.Empty,
            JobId = Text(copy, nameof(NBImage.JobId)) ?? string.Empty,
        });
    }

    private static string? Text(PSObject copy, string property) => copy.Properties[property]?.Value switch
    {
        null => null,
        Uri address => address.OriginalString,
        object value when value.ToString() is { Length: > 0 } text => text,
        _ => null,
    };
}
