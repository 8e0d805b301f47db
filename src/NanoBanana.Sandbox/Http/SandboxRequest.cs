namespace NanoBanana.Sandbox;

/// <summary>One HTTP request as it reached a simulated provider, whichever way it came.</summary>
public sealed class SandboxRequest
{
    /// <summary>The method in capitals.</summary>
    public required string Method { get; init; }

    /// <summary>The provider's own host the request is meant for, such as <c>queue.fal.run</c>.</summary>
    public required string Host { get; init; }

    /// <summary>The path, beginning with a slash, still percent-encoded.</summary>
    public required string Path { get; init; }

    /// <summary>The query without its question mark; empty when there is none.</summary>
    public string Query { get; init; } = "";

    /// <summary>Header values by name (compared without case); several values are joined with a comma.</summary>
    public required IReadOnlyDictionary<string, string> Headers { get; init; }

    /// <summary>The body, read once, forward.</summary>
    public Stream Body { get; init; } = Stream.Null;

    /// <summary>Makes the address under which a host and a path with query can be reached by whoever sent this request.</summary>
    public required Func<string, string, string> UrlFor { get; init; }

    internal string? Header(string name) => Headers.TryGetValue(name, out var value) ? value : null;

    internal string? QueryValue(string name) => QueryValues(name).FirstOrDefault();

    /// <summary>The values of a name, which may stand in a query more than once.</summary>
    internal IEnumerable<string> QueryValues(string name)
    {
        foreach (var pair in Query.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            var key = equals < 0 ? pair : pair[..equals];
            if (!string.Equals(Decode(key), name, StringComparison.Ordinal))
                continue;
            yield return equals < 0 ? "" : Decode(pair[(equals + 1)..]);
        }
    }

    internal SandboxRequest WithBody(Stream body) =>
        new() { Method = Method, Host = Host, Path = Path, Query = Query, Headers = Headers, UrlFor = UrlFor, Body = body };

    private static string Decode(string text) => Uri.UnescapeDataString(text.Replace('+', ' '));
}
