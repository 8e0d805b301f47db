using System.Collections;
using System.Management.Automation;
using NanoBanana.PowerShell.Parameters;

namespace NanoBanana.PowerShell.Binding;

/// <summary>Reads the images of a row. Paths are literal here: a wildcard in a row would send files that nobody named.</summary>
/// <param name="session">Resolves paths.</param>
internal sealed class ReferenceCells(SessionState session)
{
    private static readonly string[] Extensions = [".png", ".jpg", ".jpeg", ".webp"];

    /// <summary>Reads what stands for one or several images.</summary>
    /// <param name="value">A path, an address, a file, an image, or a list of these.</param>
    /// <param name="isCell">Whether a text may hold several images, separated by |.</param>
    /// <exception cref="NBException">InvalidRequest: it stands for no image.</exception>
    public NBImageReference[] Read(object value, bool isCell) => Cell.Plain(value) is IEnumerable list and not (string or IDictionary or byte[])
        ? [.. list.Cast<object?>().SelectMany(item => ReadOne(item ?? throw Cell.Invalid(RowParameters.Image, "One of the images is $null. Remove it, or check where it comes from."), isCell))]
        : [.. ReadOne(value, isCell)];

    private IEnumerable<NBImageReference> ReadOne(object value, bool isCell) => Cell.Plain(value) switch
    {
        NBImageReference reference => [reference],
        NBImage image => [new NBImageReference(image)],
        FileSystemInfo file => [Literal(file.FullName)],
        PathInfo path => [Literal(path.ProviderPath)],
        Uri uri => [new NBImageReference(uri)],
        string text => (isCell ? Split(text) : [text]).Select(OfText),
        PSObject copy when ImageReferencesAttribute.IsCopy(copy) => [ImageReferencesAttribute.Revive(copy)],
        var other => throw Cell.Invalid(RowParameters.Image, ImageReferencesAttribute.NotAnImage(other)),
    };

    private NBImageReference OfText(string text) => IsAddress(text.TrimStart()) ? new NBImageReference(text.Trim()) : Literal(text);

    private NBImageReference Literal(string path) => new(new FileInfo(FileSystemPath.Resolve(session, RowParameters.Image, path)));

    /// <summary>A name or an address may itself have a |; then the cell is one image.</summary>
    private IEnumerable<string> Split(string cell)
    {
        string[] parts = cell.Split('|', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        bool isOne = parts.Length < 2 || (IsAddress(cell.TrimStart()) ? !parts.Skip(1).Any(IsImage) : File.Exists(FileSystemPath.Resolve(session, RowParameters.Image, cell)));
        return isOne ? [cell] : parts;
    }

    private static bool IsImage(string part) => IsAddress(part) || Extensions.Contains(Path.GetExtension(part), StringComparer.OrdinalIgnoreCase);

    private static bool IsAddress(string text) => text.Contains("://", StringComparison.Ordinal) || text.StartsWith("data:", StringComparison.OrdinalIgnoreCase);
}
