using System.Text;
using System.Text.Encodings.Web;
using System.Text.RegularExpressions;

namespace NanoBanana.Engine.Transport;

/// <summary>
/// Takes out of a text what must not be shown or stored: keys and parts of them, headers that carry keys, signed queries, data
/// URIs, long base64, callback addresses; from lines for Verbose and Debug also the addresses of media, unless the user wants them.
/// </summary>
public sealed partial class Redactor
{
    private const string Mask = "***";
    private const string Unreadable = "(a text that could not be checked for secrets is left out)";
    private const int MostCallbacks = 64;

    private readonly object gate = new();
    private readonly List<string> shortSecrets = [];
    private readonly HashSet<string> known = new(StringComparer.Ordinal);
    private readonly SecretRuns runs = new();
    private readonly List<(string Address, string Shown)> callbacks = [];
    private readonly HashSet<string> apiHosts = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether prompts and the addresses of media may stand in lines for Verbose and Debug.</summary>
    public bool LogPrompts { get; init; }

    /// <summary>Adds a secret of which no eight characters in a row may ever appear.</summary>
    /// <param name="secret">The secret; shorter than 4 characters is ignored, it would mask ordinary text.</param>
    public void Add(string secret)
    {
        ArgumentNullException.ThrowIfNull(secret);
        if (secret.Length < 4) return;
        lock (gate)
        {
            if (!known.Add(secret)) return;
            if (secret.Length >= SecretRuns.Length) AddSpellings(secret);
            else shortSecrets.Add(secret);
            shortSecrets.Sort(static (a, b) => b.Length.CompareTo(a.Length)); // One that begins like another is masked to its end.
        }
    }

    /// <summary>The secret as it is, in base64 wherever in a longer text it stood, and in hexadecimal digits.</summary>
    private void AddSpellings(string secret)
    {
        runs.Add(secret);
        byte[] bytes = Encoding.UTF8.GetBytes(secret);
        runs.Add(Convert.ToHexString(bytes));
        for (int before = 0; before < 3; before++)
        {
            // Of the characters at both ends some bits belong to what stands beside.
            string text = Convert.ToBase64String([.. new byte[before], .. bytes]).TrimEnd('=');
            string inside = text[(before == 0 ? 0 : before + 1)..^1];
            if (inside.Length < SecretRuns.Length) continue;
            runs.Add(inside);
            runs.Add(inside.Replace('+', '-').Replace('/', '_'));
        }
    }

    /// <summary>Adds the address that a provider calls back: whoever knows it can pretend to be the provider.</summary>
    /// <param name="callback">The address; of more than 64 different ones the newest are known.</param>
    public void AddCallback(Uri callback)
    {
        ArgumentNullException.ThrowIfNull(callback);
        if (!callback.IsAbsoluteUri || callback.PathAndQuery.Length < 2) return;
        string shown = $"{callback.Scheme}://{callback.Host}/{Mask}";
        string address = callback.AbsoluteUri;
        lock (gate)
        {
            if (callbacks.Exists(entry => entry.Address == address)) return;
            string[] forms = [address, callback.OriginalString, Uri.EscapeDataString(address), JavaScriptEncoder.Default.Encode(address)];
            foreach (string form in forms.Distinct(StringComparer.Ordinal)) callbacks.Add((form, shown));
            while (callbacks.Count > MostCallbacks * forms.Length) callbacks.RemoveAt(0);
        }
    }

    /// <summary>Names a host whose addresses are calls, and not media: they may be shown.</summary>
    /// <param name="host">The host, without port.</param>
    public void AddApiHost(string host)
    {
        lock (gate) apiHosts.Add(host);
    }

    /// <summary>The text without secrets.</summary>
    /// <param name="text">Any text.</param>
    /// <returns>The text, with a mask in the place of each secret.</returns>
    public string Redact(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length == 0) return text;
        try
        {
            // Once more at the end: the mask of a pattern, and a character that shows nothing, may bring together what was apart.
            string shown = HideSecrets(HidePatterns(HideSecrets(text)));
            string safe = TerminalText.Safe(shown);
            return ReferenceEquals(safe, shown) ? shown : HideSecrets(safe);
        }
        catch (RegexMatchTimeoutException)
        {
            return Unreadable;
        }
    }

    /// <summary>A line for Verbose or Debug without secrets and, unless the user wants them, without the addresses of media.</summary>
    /// <param name="text">The line.</param>
    /// <returns>The line as it may be shown.</returns>
    public string RedactLine(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (LogPrompts || !text.Contains("http", StringComparison.OrdinalIgnoreCase)) return Redact(text);
        try
        {
            return Redact(Address().Replace(text, ShortenMedia));
        }
        catch (RegexMatchTimeoutException)
        {
            return Unreadable;
        }
    }

    /// <summary>The error without secrets in any of its words. What lies beneath it is left out if its words hold one.</summary>
    internal NBException Redact(NBException error)
    {
        string message = Redact(error.Message);
        string? words = RedactOrNull(error.ProviderMessage);
        string? request = RedactOrNull(error.RequestId);
        string? type = RedactOrNull(error.ProviderErrorType);
        bool isClean = message == error.Message && words == error.ProviderMessage && request == error.RequestId && type == error.ProviderErrorType;
        if (isClean && IsClean(error.InnerException)) return error;
        return new NBException(error.ErrorId, message)
        {
            Provider = error.Provider,
            StatusCode = error.StatusCode,
            RequestId = request,
            ProviderErrorType = type,
            ProviderMessage = words,
            JobId = error.JobId,
            RetryAfter = error.RetryAfter,
            Parameter = error.Parameter,
        };
    }

    private bool IsClean(Exception? error)
    {
        for (; error is not null; error = error.InnerException)
        {
            if (Redact(error.Message) != error.Message) return false;
            if (error is NBException { ProviderMessage: { } words } && Redact(words) != words) return false;
        }

        return true;
    }

    private string? RedactOrNull(string? text) => text is null ? null : Redact(text);

    private string HideSecrets(string text)
    {
        lock (gate)
        {
            foreach (string secret in shortSecrets) text = text.Replace(secret, Mask, StringComparison.OrdinalIgnoreCase);
            foreach ((string address, string shown) in callbacks) text = text.Replace(address, shown, StringComparison.OrdinalIgnoreCase);
            return runs.Hide(text);
        }
    }

    private static string HidePatterns(string text)
    {
        const string kept = $"${{kept}}{Mask}";
        if (text.Contains("data:", StringComparison.OrdinalIgnoreCase)) text = DataUri().Replace(text, kept);
        if (MayHoldHeader(text)) text = Header().Replace(text, kept);
        if (text.Contains("bearer", StringComparison.OrdinalIgnoreCase)) text = Bearer().Replace(text, kept);
        if (HasQuery(text)) text = SignedQuery().Replace(text, kept);
        if (text.Contains("callback", StringComparison.OrdinalIgnoreCase) || text.Contains("webhook", StringComparison.OrdinalIgnoreCase))
        {
            text = CallbackField().Replace(text, kept);
        }

        text = KeyShape().Replace(text, Mask);
        return text.Length < 120 ? text : Base64Run().Replace(text, Mask);
    }

    private static bool MayHoldHeader(string text) =>
        text.Contains("authorization", StringComparison.OrdinalIgnoreCase)
        || text.Contains("api-key", StringComparison.OrdinalIgnoreCase)
        || text.Contains("apikey", StringComparison.OrdinalIgnoreCase)
        || text.Contains("api_key", StringComparison.OrdinalIgnoreCase)
        || text.Contains("cookie", StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether a query is there besides the logs=1 of our own looks: most lines need no pattern at all.</summary>
    private static bool HasQuery(string text) =>
        text.AsSpan().IndexOfAny('?', '&') >= 0 && text.Replace("?logs=1", string.Empty, StringComparison.Ordinal).AsSpan().IndexOfAny('?', '&') >= 0;

    private string ShortenMedia(Match match)
    {
        string host = match.Groups["host"].Value;
        bool isApi;
        lock (gate) isApi = apiHosts.Contains(host);
        return isApi ? match.Value : $"{match.Groups["kept"].Value}/{Mask}";
    }

    [GeneratedRegex("(?<kept>https?:(?:\\\\?/){2}(?:[^\\s/?#\"'<>@]*@)?(?<host>\\[[^\\]\\s]*\\]|[^\\s/?#\"'<>:\\\\]+)(?::\\d+)?)(?:\\\\?/|[?#])[^\\s\"'<>]+", RegexOptions.IgnoreCase, 1000)]
    private static partial Regex Address();

    [GeneratedRegex("(?<kept>data:(?:[a-z]+(?:\\\\?/|%2F)[a-z0-9.+-]+(?:;[a-z0-9.=_+-]+)*|(?:;[a-z0-9.=_+-]+)+),)[^\\s\"'<>]+(?:(?:\\r?\\n)[a-z0-9+/_-]{16,}={0,2})*", RegexOptions.IgnoreCase, 1000)]
    private static partial Regex DataUri();

    [GeneratedRegex("(?<kept>(?:authorization|x-goog-api-key|x-api-key|api[-_]?key|(?:set-)?cookie)[\\\\\"']*\\s*[:=]\\s*[\\\\\"']*(?:(?:key|bearer|basic)\\s+)?)[^\\s\\\\\"',;&]+", RegexOptions.IgnoreCase, 1000)]
    private static partial Regex Header();

    [GeneratedRegex("(?<kept>\\bbearer\\s+)[a-z0-9._~+/=-]{16,}", RegexOptions.IgnoreCase, 1000)]
    private static partial Regex Bearer();

    [GeneratedRegex("(?<kept>(?:[?&;]|\\\\u0026|%3F|%26)(?:x-amz-[a-z-]+|x-goog-[a-z-]+|x-oss-[a-z-]+|x-ms-[a-z-]+|awsaccesskeyid|googleaccessid|key-pair-id|signature|sig|hmac|auth|token|access_token|id_token|secret|password|code|key|api_?key|policy|credential|expires|se|sp|sv|fal_webhook|webhook(?:_?url)?|callback(?:_?ur[il])?)(?:=|%3D))[^&\\s\\\\\"'<>]+", RegexOptions.IgnoreCase, 1000)]
    private static partial Regex SignedQuery();

    [GeneratedRegex("(?<kept>(?:callback|webhook)[a-z_]*[\\\\\"']*\\s*[:=]\\s*[\\\\\"']*)https?:(?:\\\\?/){2}[^\\s\\\\\"',<>]+", RegexOptions.IgnoreCase, 1000)]
    private static partial Regex CallbackField();

    /// <summary>Keys as the five providers and their models' makers give them out: fal.ai's id:secret, sk-..., prsp-..., AIza...</summary>
    [GeneratedRegex("\\b(?:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}:[0-9a-f]{32}|(?:sk|prsp)-[A-Za-z0-9_-]{16,}|AIza[A-Za-z0-9_-]{35})", RegexOptions.None, 1000)]
    private static partial Regex KeyShape();

    [GeneratedRegex("(?:(?:[A-Za-z0-9+/_-]{60,}(?:\\r?\\n|(?:\\\\r)?\\\\n))+[A-Za-z0-9+/_-]*|(?:[A-Za-z0-9+/_-]|\\\\/|\\\\u002[bBfF]){120,})={0,2}", RegexOptions.None, 1000)]
    private static partial Regex Base64Run();
}
