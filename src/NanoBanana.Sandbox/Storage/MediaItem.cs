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

    /// <summary>When it stops being served; null is never.</summary>
    public DateTimeOffset? ExpiresAt { get; set; }

    /// <summary>The bytes; a picture that was let go is painted again from its recipe, to the same bytes.</summary>
    public byte[] Bytes => _bytes ?? _remake!();

    public bool CanBeRemade => _remake is not null;

    public void LetGo() => _bytes = null;
}
