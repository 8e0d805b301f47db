namespace NanoBanana.Sandbox.Storage;

/// <summary>A file a provider serves: a finished picture or something uploaded.</summary>
internal sealed class MediaItem
{
    private readonly Func<byte[]>? _remake;
    private byte[]? _bytes;

    public MediaItem(string contentType, byte[] bytes, Func<byte[]>? remake = null)
    {
        ContentType = contentType;
        Length = bytes.Length;
        _bytes = bytes;
        _remake = remake;
    }

    public string ContentType { get; }

    public int Length { get; }

    /// <summary>A strong validator: while it is the same, so are the bytes (RFC 9110, section 8.8.3).</summary>
    public string Tag { get; } = $"\"{Guid.NewGuid():N}\"";

    /// <summary>The job that made it; null for an upload.</summary>
    public string? JobId { get; set; }

    /// <summary>When it stops being served; null is never.</summary>
    public DateTimeOffset? ExpiresAt { get; set; }

    /// <summary>The bytes; a picture that was let go is painted again from its recipe, to the same bytes.</summary>
    public byte[] Bytes => _bytes ?? _remake!();

    public bool CanBeRemade => _remake is not null;

    public void LetGo() => _bytes = null;
}
