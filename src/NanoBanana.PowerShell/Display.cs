using System.Globalization;
using System.Management.Automation;

namespace NanoBanana.PowerShell;

/// <summary>What the format views show where a property alone does not tell.</summary>
public static class Display
{
    /// <summary>The size in pixels, for example 1376x768; empty when not known.</summary>
    /// <param name="image">The picture.</param>
    /// <returns>The text.</returns>
    public static string Size(PSObject image) => Of(image) is { Width: { } width, Height: { } height }
        ? string.Create(CultureInfo.InvariantCulture, $"{width}x{height}")
        : string.Empty;

    /// <summary>The time it took in seconds.</summary>
    /// <param name="image">The picture.</param>
    /// <returns>The text.</returns>
    public static string Seconds(PSObject image) =>
        Of(image) is { } known ? known.Duration.TotalSeconds.ToString("0.0", CultureInfo.CurrentCulture) : string.Empty;

    /// <summary>The file's name, or the address where there is no file.</summary>
    /// <param name="image">The picture.</param>
    /// <returns>The text.</returns>
    public static string File(PSObject image) =>
        Of(image) is { } known ? Path.GetFileName(known.Path) ?? known.Uri?.AbsoluteUri ?? string.Empty : string.Empty;

    private static NBImage? Of(PSObject? value) => value?.BaseObject as NBImage;
}
