namespace NanoBanana;

/// <summary>
/// A picture to work from: a path, an address, a file, or a picture made before. PowerShell converts each of these
/// to it, so that <c>-Image</c> takes them all, also from the pipeline.
/// </summary>
public sealed class NBImageReference
{
    /// <summary>A path (relative to the current location), or an address that starts with <c>https://</c> or <c>data:</c>.</summary>
    /// <param name="pathOrUri">The path or address.</param>
    public NBImageReference(string pathOrUri) => Value = pathOrUri ?? string.Empty;

    /// <summary>A file.</summary>
    /// <param name="file">The file; it need not exist yet.</param>
    public NBImageReference(FileInfo file)
    {
        ArgumentNullException.ThrowIfNull(file);
        Value = file.FullName;
        IsLiteralPath = true;
    }

    /// <summary>An address.</summary>
    /// <param name="uri">The address.</param>
    public NBImageReference(Uri uri)
    {
        ArgumentNullException.ThrowIfNull(uri);
        Value = uri.OriginalString;
    }

    /// <summary>A picture made before: its file where it has one, else its address.</summary>
    /// <param name="image">The picture.</param>
    public NBImageReference(NBImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        Image = image;
        Value = image.Path ?? image.Uri?.OriginalString ?? string.Empty;
        IsLiteralPath = image.Path is not null;
    }

    /// <summary>The path or address.</summary>
    public string Value { get; }

    /// <summary>Whether <see cref="Value"/> is a full path in which no character is a wildcard.</summary>
    public bool IsLiteralPath { get; }

    /// <summary>The picture made before, if it is one.</summary>
    public NBImage? Image { get; }

    /// <summary>Why it stands for no image; null where it may. Told with the request, not by PowerShell's binding of parameters.</summary>
    internal string? Fault { get; init; }

    /// <summary>The path or address.</summary>
    /// <returns><see cref="Value"/>.</returns>
    public override string ToString() => Value;
}
