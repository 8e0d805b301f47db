using System.Text.RegularExpressions;

namespace NanoBanana.Engine.Transport;

/// <summary>Takes out of a text what must not be shown or stored: keys, signed queries, data URIs, long base64.</summary>
public sealed partial class Redactor
{
    private const string Mask = "***";
    private readonly List<string> secrets = [];

    /// <summary>Adds a secret that must never appear.</summary>
    /// <param name="secret">The secret; shorter than 4 characters is ignored, it would mask ordinary text.</param>
    public void Add(string secret)
    {
        if (secret.Length < 4) return;
        lock (secrets)
        {
            if (secrets.Contains(secret, StringComparer.Ordinal)) return;
            secrets.Add(secret);
            secrets.Sort(static (a, b) => b.Length.CompareTo(a.Length)); // One that begins like another is masked to its end.
        }
    }

    /// <summary>The text without secrets.</summary>
    /// <param name="text">Any text.</param>
    /// <returns>The text, with a mask in the place of each secret.</returns>
    public string Redact(string text)
    {
        if (text.Length == 0) return text;
        lock (secrets)
        {
            foreach (string secret in secrets) text = text.Replace(secret, Mask, StringComparison.Ordinal);
        }

        if (text.Contains("data:", StringComparison.OrdinalIgnoreCase)) text = DataUri().Replace(text, $"${{kept}}{Mask}");
        if (text.Contains("authorization", StringComparison.OrdinalIgnoreCase) || text.Contains("api-key", StringComparison.OrdinalIgnoreCase))
        {
            text = Header().Replace(text, $"${{kept}}{Mask}");
        }

        if (HasQuery(text)) text = SignedQuery().Replace(text, $"${{kept}}{Mask}");
        return text.Length < 120 ? text : Base64Run().Replace(text, Mask);
    }

    /// <summary>Whether a query is there besides the logs=1 of our own looks: most lines need no pattern at all.</summary>
    private static bool HasQuery(string text) =>
        text.Contains('?', StringComparison.Ordinal) && text.Replace("?logs=1", string.Empty, StringComparison.Ordinal).AsSpan().IndexOfAny('?', '&') >= 0;

    [GeneratedRegex("(?<kept>data:[a-z0-9.+/;=-]*;base64,)[A-Za-z0-9+/=_-]+", RegexOptions.IgnoreCase, 1000)]
    private static partial Regex DataUri();

    [GeneratedRegex("(?<kept>(?:authorization|x-api-key)\"?\\s*[:=]\\s*\"?(?:(?:key|bearer|basic)\\s+)?)[^\\s\",;]+", RegexOptions.IgnoreCase, 1000)]
    private static partial Regex Header();

    [GeneratedRegex("(?<kept>[?&](?:x-amz-[a-z-]+|x-goog-[a-z-]+|signature|sig|token|key|policy|credential|expires|se|sp|sv)=)[^&\\s\"']+", RegexOptions.IgnoreCase, 1000)]
    private static partial Regex SignedQuery();

    [GeneratedRegex("[A-Za-z0-9+/_-]{120,}={0,2}", RegexOptions.None, 1000)]
    private static partial Regex Base64Run();
}
