using System.Diagnostics.CodeAnalysis;

namespace NanoBanana;

/// <summary>The tier of a picture's size, the same word for every provider. Users write 0.5K, 1K, 2K or 4K.</summary>
public enum ImageResolution
{
    /// <summary>0.5K: about 512 pixels a side.</summary>
    HalfK,

    /// <summary>1K: about 1,024 pixels a side, every provider's default.</summary>
    OneK,

    /// <summary>2K: about 2,048 pixels a side.</summary>
    TwoK,

    /// <summary>4K: about 4,096 pixels a side.</summary>
    FourK,
}

/// <summary>The format of a picture's bytes.</summary>
public enum ImageFormat
{
    /// <summary>Portable Network Graphics, <c>.png</c>.</summary>
    Png,

    /// <summary>JPEG, <c>.jpg</c>.</summary>
    Jpeg,

    /// <summary>WebP, <c>.webp</c>.</summary>
    WebP,
}

/// <summary>How much the model thinks before it paints.</summary>
public enum ThinkingLevel
{
    /// <summary>A little.</summary>
    Minimal,

    /// <summary>Much; costs more where the provider says so.</summary>
    High,
}

/// <summary>The place in the provider's queue.</summary>
public enum QueuePriority
{
    /// <summary>In turn.</summary>
    Normal,

    /// <summary>Behind the others.</summary>
    Low,
}

/// <summary>What is asked of the model.</summary>
public enum ImageOperation
{
    /// <summary>A picture from words.</summary>
    Generate,

    /// <summary>A picture from words and reference pictures.</summary>
    Edit,
}

/// <summary>One thing that a provider can or cannot do, or a request may or may not ask for.</summary>
[Flags]
public enum Capability
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>A seed for repeatable pictures.</summary>
    Seed = 1 << 0,

    /// <summary>A safety tolerance of 1 (strict) to 6.</summary>
    SafetyTolerance = 1 << 1,

    /// <summary>Search of the web before painting.</summary>
    WebSearch = 1 << 2,

    /// <summary>Search of pictures before painting.</summary>
    ImageSearch = 1 << 3,

    /// <summary>A level of thinking.</summary>
    ThinkingLevel = 1 << 4,

    /// <summary>A system prompt.</summary>
    SystemPrompt = 1 << 5,

    /// <summary>Limit to one picture for each round of prompting.</summary>
    LimitGenerations = 1 << 6,

    /// <summary>The picture inside the answer instead of an address.</summary>
    SyncMode = 1 << 7,

    /// <summary>A synchronous endpoint.</summary>
    Direct = 1 << 8,

    /// <summary>A queue to submit to and ask later.</summary>
    Queued = 1 << 9,

    /// <summary>Cancelling a job.</summary>
    Cancel = 1 << 10,

    /// <summary>A documented idempotency key on submits.</summary>
    Idempotency = 1 << 11,

    /// <summary>Local files as references, uploaded or sent along.</summary>
    LocalFiles = 1 << 12,

    /// <summary>A priority in the provider's queue.</summary>
    Priority = 1 << 13,

    /// <summary>A limit for the time until the job starts.</summary>
    StartTimeout = 1 << 14,

    /// <summary>Switching off the provider's own retries.</summary>
    NoProviderRetry = 1 << 15,

    /// <summary>A webhook address.</summary>
    Callback = 1 << 16,

    /// <summary>References inside the request, as data URIs.</summary>
    DataUris = 1 << 17,
}

/// <summary>
/// A width to height ratio: <c>auto</c>, or one of the fourteen that the model knows
/// (fal.ai's page "Nano Banana 2 API" lists them).
/// </summary>
public readonly record struct AspectRatio
{
    private static readonly AspectRatio[] Known =
    [
        default, new(21, 9), new(16, 9), new(3, 2), new(4, 3), new(5, 4), new(1, 1), new(4, 5), new(3, 4), new(2, 3), new(9, 16),
        new(4, 1), new(1, 4), new(8, 1), new(1, 8),
    ];

    private AspectRatio(int width, int height) => (Width, Height) = (width, height);

    /// <summary>Left to the model.</summary>
    public static AspectRatio Auto => default;

    /// <summary>Every ratio that exists, <c>auto</c> first.</summary>
    public static IReadOnlyList<AspectRatio> All => Known;

    /// <summary>The width's share; 0 for <c>auto</c>.</summary>
    public int Width { get; }

    /// <summary>The height's share; 0 for <c>auto</c>.</summary>
    public int Height { get; }

    /// <summary>Whether the model chooses.</summary>
    public bool IsAuto => Width == 0;

    /// <summary>Reads <c>auto</c> or <c>W:H</c>.</summary>
    /// <param name="text">The text; case and blanks around it do not matter.</param>
    /// <param name="ratio">The ratio read.</param>
    /// <returns>False when the model knows no such ratio.</returns>
    public static bool TryParse([NotNullWhen(true)] string? text, out AspectRatio ratio)
    {
        string trimmed = text?.Trim() ?? string.Empty;
        foreach (AspectRatio known in Known)
        {
            if (string.Equals(known.ToString(), trimmed, StringComparison.OrdinalIgnoreCase))
            {
                ratio = known;
                return true;
            }
        }

        ratio = default;
        return false;
    }

    /// <summary><c>auto</c> or <c>W:H</c>.</summary>
    /// <returns>The text that <see cref="TryParse"/> reads.</returns>
    public override string ToString() => IsAuto
        ? "auto"
        : string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{Width}:{Height}");
}

/// <summary>The words users write for the values above, and back.</summary>
public static class Vocabulary
{
    /// <summary>The tiers, smallest first: 0.5K, 1K, 2K, 4K.</summary>
    public static IReadOnlyList<ImageResolution> Resolutions { get; } =
        [ImageResolution.HalfK, ImageResolution.OneK, ImageResolution.TwoK, ImageResolution.FourK];

    /// <summary>The formats: png, jpeg, webp.</summary>
    public static IReadOnlyList<ImageFormat> Formats { get; } = [ImageFormat.Png, ImageFormat.Jpeg, ImageFormat.WebP];

    /// <summary>The word for a tier.</summary>
    /// <param name="resolution">The tier.</param>
    /// <returns>0.5K, 1K, 2K or 4K.</returns>
    public static string ToName(this ImageResolution resolution) => resolution switch
    {
        ImageResolution.HalfK => "0.5K",
        ImageResolution.OneK => "1K",
        ImageResolution.TwoK => "2K",
        _ => "4K",
    };

    /// <summary>The word for a format.</summary>
    /// <param name="format">The format.</param>
    /// <returns>png, jpeg or webp.</returns>
    public static string ToName(this ImageFormat format) => format switch
    {
        ImageFormat.Png => "png",
        ImageFormat.Jpeg => "jpeg",
        _ => "webp",
    };

    /// <summary>The extension of a file in this format.</summary>
    /// <param name="format">The format.</param>
    /// <returns><c>.png</c>, <c>.jpg</c> or <c>.webp</c>.</returns>
    public static string ToExtension(this ImageFormat format) => format == ImageFormat.Jpeg ? ".jpg" : "." + format.ToName();

    /// <summary>Reads a tier: 0.5K (also 512 and 512px), 1K, 2K or 4K, in either case.</summary>
    /// <param name="text">The text.</param>
    /// <param name="resolution">The tier read.</param>
    /// <returns>False when there is no such tier.</returns>
    public static bool TryParseResolution(string? text, out ImageResolution resolution)
    {
        (bool known, resolution) = text?.Trim().ToUpperInvariant() switch
        {
            "0.5K" or "512" or "512PX" => (true, ImageResolution.HalfK),
            "1K" => (true, ImageResolution.OneK),
            "2K" => (true, ImageResolution.TwoK),
            "4K" => (true, ImageResolution.FourK),
            _ => (false, default(ImageResolution)),
        };
        return known;
    }

    /// <summary>Reads a format: png, jpeg (also jpg) or webp, in either case.</summary>
    /// <param name="text">The text; a leading dot does not matter.</param>
    /// <param name="format">The format read.</param>
    /// <returns>False when there is no such format.</returns>
    public static bool TryParseFormat(string? text, out ImageFormat format)
    {
        (bool known, format) = text?.Trim().TrimStart('.').ToUpperInvariant() switch
        {
            "PNG" => (true, ImageFormat.Png),
            "JPEG" or "JPG" => (true, ImageFormat.Jpeg),
            "WEBP" => (true, ImageFormat.WebP),
            _ => (false, default(ImageFormat)),
        };
        return known;
    }
}
