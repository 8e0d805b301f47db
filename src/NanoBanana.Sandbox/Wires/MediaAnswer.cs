using System.Globalization;
using NanoBanana.Sandbox.Storage;

namespace NanoBanana.Sandbox.Wires;

/// <summary>A file as a plain file host serves it: whole, or the range asked for (RFC 9110, section 14).</summary>
internal static class MediaAnswer
{
    public static SandboxResponse Of(SandboxRequest request, MediaItem item)
    {
        var wholeIfChanged = request.Header("If-Range") is { } tag && !string.Equals(tag, item.Tag, StringComparison.Ordinal);
        if (wholeIfChanged || request.Header("Range") is not { } range || !TryParse(range, item.Length, out var start, out var count))
            return Serve(200, item, 0, item.Length);
        if (count == 0)
        {
            return new SandboxResponse(416, ResponseBody.Empty)
                .With("Content-Range", string.Create(CultureInfo.InvariantCulture, $"bytes */{item.Length}"));
        }

        return Serve(206, item, start, count)
            .With("Content-Range", string.Create(CultureInfo.InvariantCulture, $"bytes {start}-{start + count - 1}/{item.Length}"));
    }

    /// <summary>Whether an answer holds the last byte of its file.</summary>
    public static bool ReachesTheEnd(SandboxResponse answer)
    {
        if (answer.Status != 206)
            return answer.Status == 200;
        var range = answer.Headers.First(static header => header.Key is "Content-Range").Value;
        var dash = range.IndexOf('-', StringComparison.Ordinal);
        var slash = range.IndexOf('/', StringComparison.Ordinal);
        return int.Parse(range.AsSpan((dash + 1)..slash), CultureInfo.InvariantCulture) + 1 == int.Parse(range.AsSpan(slash + 1), CultureInfo.InvariantCulture);
    }

    private static SandboxResponse Serve(int status, MediaItem item, int start, int count) =>
        new SandboxResponse(status, ResponseBody.FromBytes(item.Bytes.AsMemory(start, count)), item.ContentType)
            .With("Accept-Ranges", "bytes")
            .With("ETag", item.Tag)
            .With("Cache-Control", "public, max-age=31536000, immutable");

    /// <summary>One range only; anything else is served whole, as the standard allows. A count of zero means: none of it is there.</summary>
    private static bool TryParse(string header, int length, out int start, out int count)
    {
        (start, count) = (0, 0);
        const string Unit = "bytes=";
        if (!header.StartsWith(Unit, StringComparison.OrdinalIgnoreCase) || header.Contains(',', StringComparison.Ordinal))
            return false;
        var dash = header.IndexOf('-', StringComparison.Ordinal);
        if (dash < 0)
            return false;
        var first = header[Unit.Length..dash].Trim();
        var last = header[(dash + 1)..].Trim();
        var hasFirst = long.TryParse(first, NumberStyles.None, CultureInfo.InvariantCulture, out var from);
        var hasLast = long.TryParse(last, NumberStyles.None, CultureInfo.InvariantCulture, out var to);
        if (first.Length > 0 != hasFirst || last.Length > 0 != hasLast || (!hasFirst && !hasLast) || (hasFirst && hasLast && to < from))
            return false;
        if (!hasFirst)
            (from, to) = (Math.Max(0, length - to), length - 1);
        else if (!hasLast)
            to = length - 1;
        to = Math.Min(to, length - 1);
        if (from > to)
            return true;
        (start, count) = ((int)from, (int)(to - from + 1));
        return true;
    }
}
