namespace NanoBanana.Sandbox.Wires;

/// <summary>What a file's first bytes say it is.</summary>
internal static class PictureBytes
{
    /// <summary>Bytes enough to tell.</summary>
    public const int Enough = 12;

    /// <summary>The type of a PNG, JPEG or WebP; null for anything else.</summary>
    public static string? ContentType(ReadOnlySpan<byte> bytes)
    {
        if (bytes.StartsWith((ReadOnlySpan<byte>)[0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]))
            return "image/png";
        if (bytes.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF]))
            return "image/jpeg";
        return bytes.Length >= Enough && bytes.StartsWith("RIFF"u8) && bytes[8..].StartsWith("WEBP"u8) ? "image/webp" : null;
    }
}
