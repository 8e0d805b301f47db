using NanoBanana.Sandbox.Jobs;
using NanoBanana.Sandbox.Painting;

namespace NanoBanana.Sandbox.Wires;

/// <summary>Studios that reach references the way a provider would, without the network.</summary>
internal static class WireStudio
{
    /// <summary>Segments the sandbox's server puts before a provider's own path: its prefix and the host.</summary>
    private const int ServerSegments = 2;

    /// <summary>A studio for a provider that takes addresses.</summary>
    /// <param name="simulator">Whose files are at hand.</param>
    /// <param name="pathOf">A picture's path on the provider's file host, by job and index, without extension.</param>
    public static Studio For(Simulator simulator, Func<string, int, string> pathOf) =>
        new(address => Fetch(simulator, address), (jobId, index, format) => pathOf(jobId, index) + Extension(format));

    /// <summary>The bytes of a reference; empty when nothing answers at its address, null when the network would be asked.</summary>
    public static byte[]? Fetch(Simulator simulator, string address)
    {
        if (address.StartsWith("data:", StringComparison.OrdinalIgnoreCase))
            return FromDataUri(address);
        var uri = new Uri(address);
        var path = uri.AbsolutePath;
        for (var cut = 0; ; cut++)
        {
            if (simulator.Media.Find(path) is { } item)
                return item.ExpiresAt <= simulator.Clock.GetUtcNow() ? [] : item.Bytes;
            var next = path.Length > 1 ? path.IndexOf('/', 1) : -1;
            if (next < 0 || cut == ServerSegments)
                break;
            path = path[next..];
        }

        return WireRegistry.ForHost(uri.Host) is not null || uri.IsLoopback ? [] : null;
    }

    public static string Extension(PictureFormat format) => format switch
    {
        PictureFormat.Jpeg => ".jpg",
        PictureFormat.Webp => ".webp",
        _ => ".png",
    };

    public static PictureFormat Format(string word) => word switch
    {
        "jpeg" or "jpg" => PictureFormat.Jpeg,
        "webp" => PictureFormat.Webp,
        _ => PictureFormat.Png,
    };

    /// <summary>
    /// Which of several shapes an answer about this job takes, from 0: where a provider documents more than one, clients
    /// must read them all, and each job keeps to its own.
    /// </summary>
    public static int Variant(string jobId, int shapes)
    {
        var sum = 0;
        foreach (var letter in jobId)
            sum = (sum * 31 + letter) & 0xFFFF;
        return sum % shapes;
    }

    private static byte[] FromDataUri(string uri)
    {
        var comma = uri.IndexOf(',', StringComparison.Ordinal);
        try
        {
            return uri.AsSpan(0, comma).EndsWith(";base64", StringComparison.OrdinalIgnoreCase)
                ? Convert.FromBase64String(uri[(comma + 1)..])
                : System.Text.Encoding.Latin1.GetBytes(Uri.UnescapeDataString(uri[(comma + 1)..]));
        }
        catch (FormatException)
        {
            // Not base64: whatever it is, it is no picture.
            return [0];
        }
    }
}
