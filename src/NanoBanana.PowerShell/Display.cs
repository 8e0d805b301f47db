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

    /// <summary>The tiers of a provider in one cell.</summary>
    /// <param name="provider">The provider.</param>
    /// <returns>The text.</returns>
    public static string Resolutions(PSObject provider) => Provider(provider) is { } known ? string.Join(" ", known.Resolutions) : string.Empty;

    /// <summary>How many ratios a provider takes, the extreme ones among them or not.</summary>
    /// <param name="provider">The provider.</param>
    /// <returns>The text.</returns>
    public static string Ratios(PSObject provider) => Provider(provider) is { } known
        ? string.Create(CultureInfo.InvariantCulture, $"{known.AspectRatios.Count}{(known.AspectRatios.Contains("8:1", StringComparer.Ordinal) ? " to 8:1" : string.Empty)}")
        : string.Empty;

    /// <summary>References of a provider: how many, and whether local files are taken.</summary>
    /// <param name="provider">The provider.</param>
    /// <returns>The text.</returns>
    public static string References(PSObject provider) => Provider(provider) is { } known
        ? string.Create(CultureInfo.InvariantCulture, $"{known.MaximumReferences}{(known.MaximumReferenceLength > 0 ? $", {known.MaximumReferenceLength / 1_000_000} MB" : ", addresses")}")
        : string.Empty;

    /// <summary>What a provider takes besides, in words.</summary>
    /// <param name="provider">The provider.</param>
    /// <returns>The text.</returns>
    public static string Takes(PSObject provider) => Provider(provider) is { } known
        ? (known.Capabilities & ~(Capability.Direct | Capability.Queued | Capability.LocalFiles)).ToString()
        : string.Empty;

    /// <summary>How a provider is spoken to: queued, direct, or both.</summary>
    /// <param name="provider">The provider.</param>
    /// <returns>The text.</returns>
    public static string Way(PSObject provider) => Provider(provider) is { } known
        ? (known.Capabilities & (Capability.Direct | Capability.Queued)).ToString()
        : string.Empty;

    private static NBProvider? Provider(PSObject? value) => value?.BaseObject as NBProvider;

    private static NBImage? Of(PSObject? value) => value?.BaseObject as NBImage;
}
