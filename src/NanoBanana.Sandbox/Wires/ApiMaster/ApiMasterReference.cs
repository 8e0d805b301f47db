using System.Buffers.Text;

namespace NanoBanana.Sandbox.Wires.ApiMaster;

/// <summary>One reference: an address, or a data URI as it came; neither for what was no string.</summary>
internal readonly record struct ApiMasterReference(string? Address, ReadOnlyMemory<byte> DataUri)
{
    /// <summary>S3: "JPEG, PNG, WebP, max 10MB each".</summary>
    public const int MostBytes = 10 << 20;

    /// <summary>Base64 letters that hold the bytes by which a picture is known.</summary>
    private const int LettersToTell = PictureBytes.Enough / 3 * 4;

    private const int LongestHead = 100;

    /// <summary>What is wrong with it; null when nothing is.</summary>
    public string? Problem()
    {
        if (Address is not null)
            return BodyFields.IsAddress(Address, secure: true) || IsOwn(Address) ? null : "must be an https URL or a data URI";
        if (DataUri.IsEmpty)
            return "must be a string";
        if (Letters().Span is not { IsEmpty: false } letters || !Base64.IsValid(letters, out var length))
            return "must be a data URI in base64";
        if (length > MostBytes)
            return "must be at most 10 MB";
        Span<byte> first = stackalloc byte[PictureBytes.Enough];
        return letters.Length >= LettersToTell
            && Base64.DecodeFromUtf8(letters[..LettersToTell], first, out _, out var written) == System.Buffers.OperationStatus.Done
            && PictureBytes.ContentType(first[..written]) is not null
            ? null
            : "must be a JPEG, PNG or WebP";
    }

    /// <summary>The picture of a data URI without problems.</summary>
    public byte[] Decode()
    {
        var letters = Letters().Span;
        _ = Base64.IsValid(letters, out var length);
        var bytes = new byte[length];
        Base64.DecodeFromUtf8(letters, bytes, out _, out _);
        return bytes;
    }

    /// <summary>An address the sandbox's own server gave out, which has no https.</summary>
    private static bool IsOwn(string address) => BodyFields.IsAddress(address, secure: false) && new Uri(address).IsLoopback;

    /// <summary>The base64 of a data URI, or nothing when it has none.</summary>
    private ReadOnlyMemory<byte> Letters()
    {
        var head = DataUri.Span[..Math.Min(LongestHead, DataUri.Length)];
        var comma = head.IndexOf((byte)',');
        return comma > 0 && head[..comma].EndsWith(";base64"u8) ? DataUri[(comma + 1)..] : default;
    }
}
