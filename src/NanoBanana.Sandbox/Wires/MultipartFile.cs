using System.Text;

namespace NanoBanana.Sandbox.Wires;

/// <summary>Finds a file in a multipart form (RFC 7578) held in memory.</summary>
internal static class MultipartFile
{
    private const string Boundary = "boundary=";
    private const string Name = "name=";

    /// <summary>The bytes of the part with this name; null when the form has none, or is no form.</summary>
    public static ReadOnlyMemory<byte>? Find(string? contentType, ReadOnlyMemory<byte> form, string name)
    {
        if (BoundaryOf(contentType) is not { } boundary)
            return null;
        var delimiter = Encoding.ASCII.GetBytes("--" + boundary);
        var at = form.Span.IndexOf(delimiter);
        while (at >= 0)
        {
            var start = at + delimiter.Length;
            var next = form.Span[start..].IndexOf([(byte)'\r', (byte)'\n', .. delimiter]);
            if (next < 0)
                return null;
            var part = form.Slice(start, next);
            var head = part.Span.IndexOf("\r\n\r\n"u8);
            if (head >= 0 && IsNamed(Encoding.UTF8.GetString(part.Span[..head]), name))
                return part[(head + 4)..];
            at = start + next + 2;
        }

        return null;
    }

    private static string? BoundaryOf(string? contentType)
    {
        if (contentType?.StartsWith("multipart/form-data", StringComparison.OrdinalIgnoreCase) != true)
            return null;
        var at = contentType.IndexOf(Boundary, StringComparison.OrdinalIgnoreCase);
        return at < 0 ? null : contentType[(at + Boundary.Length)..].Split(';')[0].Trim().Trim('"');
    }

    private static bool IsNamed(string head, string name)
    {
        foreach (var line in head.Split("\r\n"))
        {
            if (!line.StartsWith("Content-Disposition:", StringComparison.OrdinalIgnoreCase))
                continue;
            foreach (var field in line.Split(';', StringSplitOptions.TrimEntries))
            {
                if (field.StartsWith(Name, StringComparison.OrdinalIgnoreCase)
                    && string.Equals(field[Name.Length..].Trim('"'), name, StringComparison.Ordinal))
                {
                    return true;
                }
            }
        }

        return false;
    }
}
