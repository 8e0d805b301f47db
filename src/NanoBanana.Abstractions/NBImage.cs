namespace NanoBanana;

/// <summary>One picture that was made: where it lies, what it is, who made it of what, and what it cost.</summary>
public sealed class NBImage : NBRequest
{
    /// <summary>The full path of the file; null when it was not downloaded.</summary>
    public string? Path { get; init; }

    /// <summary>The provider's address of the picture; null when the picture came inside the answer. It expires.</summary>
    public Uri? Uri { get; init; }

    /// <summary>The provider that made it, for example <c>Fal</c>.</summary>
    public required string Provider { get; init; }

    /// <summary>The model as the provider names it.</summary>
    public required string Model { get; init; }

    /// <summary>The job that made it; the same for all pictures of one request.</summary>
    public required string JobId { get; init; }

    /// <summary>The provider's own id of the request, to find it in the provider's list; null when it gives none.</summary>
    public string? RemoteId { get; init; }

    /// <summary>Whether it was made from a prompt alone, or is an edit.</summary>
    public ImageOperation Operation { get; init; }

    /// <summary>The prompt as it was sent.</summary>
    public string? Prompt { get; init; }

    /// <summary>The picture's number within its job, from 0.</summary>
    public int Index { get; init; }

    /// <summary>Pixels across, read from the bytes themselves; null when not downloaded and not told.</summary>
    public int? Width { get; init; }

    /// <summary>Pixels down, read from the bytes themselves; null when not downloaded and not told.</summary>
    public int? Height { get; init; }

    /// <summary>Both in one word, for example <c>1376x768</c>; null when not known.</summary>
    public string? Size => Width is null || Height is null ? null : string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{Width}x{Height}");

    /// <summary>The name of the file without its folder; null when it was not downloaded.</summary>
    public string? FileName => System.IO.Path.GetFileName(Path);

    /// <summary>What the bytes are, whatever was asked; null when not downloaded and not told.</summary>
    public ImageFormat? Format { get; init; }

    /// <summary>The size in bytes; null when not downloaded and not told.</summary>
    public long? Length { get; init; }

    /// <summary>The tier that was asked for: 0.5K, 1K, 2K or 4K.</summary>
    public string? Resolution { get; init; }

    /// <summary>The cost of this one picture in US dollars; null when not known.</summary>
    public decimal? Cost { get; init; }

    /// <summary>
    /// Who says so: <c>Catalogue</c> (our dated price table), or <c>Provider</c> where its own <see cref="Credits"/> are all that
    /// is known; null where nothing is.
    /// </summary>
    public string? CostSource { get; init; }

    /// <summary>What the provider took for the whole job, in its own credits; null when it does not say.</summary>
    public decimal? Credits { get; init; }

    /// <summary>
    /// What the provider says the job cost in US dollars, where its own figures contradict each other (Prospolabs); null
    /// when it says nothing. To be shown, not to be counted with.
    /// </summary>
    public decimal? ReportedCost { get; init; }

    /// <summary>From the submit to the last byte.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>When the job was made, UTC.</summary>
    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>When the address stops to serve, UTC; null when the provider does not say.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>What the model said about the picture; null when it said nothing.</summary>
    public string? Description { get; init; }

    /// <summary>Whether the sandbox made it: no provider was asked and nothing was paid.</summary>
    public bool Sandbox { get; init; }

    /// <summary>The path, or the address where there is no file.</summary>
    /// <returns>A text that names the picture.</returns>
    public override string ToString() => Path ?? Uri?.AbsoluteUri ?? JobId;
}
