namespace NanoBanana.Engine.Transport;

/// <summary>A provider's exact hosts, or the one other address that stands in for all of them.</summary>
/// <param name="provider">The provider's name, for messages.</param>
/// <param name="hosts">The provider's own hosts, exactly.</param>
/// <param name="baseUri">
/// Stands in for all hosts: <c>https://queue.fal.run/x</c> becomes <c>{baseUri}/queue.fal.run/x</c>. Https, or http to loopback.
/// </param>
public sealed class ProviderEndpoint(string provider, IReadOnlyList<string> hosts, Uri? baseUri)
{
    /// <summary>The address that stands in for all hosts; null for the provider's own.</summary>
    public Uri? BaseUri { get; } = baseUri;

    /// <summary>Whether plain http to loopback is spoken here.</summary>
    public bool IsLoopback => BaseUri is { IsLoopback: true };

    /// <summary>Reads a base address.</summary>
    /// <param name="variable">The environment variable it comes from, for the message.</param>
    /// <param name="text">The address; null or blank for none.</param>
    /// <returns>The address, or null.</returns>
    /// <exception cref="NBException">UnsafeUrl: neither https nor http to loopback.</exception>
    public static Uri? ReadBaseUri(string variable, string? text)
    {
        if (string.IsNullOrWhiteSpace(text)) return null;
        if (Uri.TryCreate(text.Trim(), UriKind.Absolute, out Uri? uri)
            && (uri.Scheme == Uri.UriSchemeHttps || (uri.Scheme == Uri.UriSchemeHttp && uri.IsLoopback)))
        {
            return uri;
        }

        throw new NBException(
            NBErrorId.UnsafeUrl,
            $"{variable} is '{text}', which is neither an https address nor plain http to loopback. Correct it or remove the variable.");
    }

    /// <summary>Where a call to one of the provider's own addresses really goes.</summary>
    /// <param name="official">The address at the provider's host.</param>
    /// <returns>The same, or its place under <see cref="BaseUri"/>.</returns>
    public Uri Resolve(Uri official)
    {
        if (BaseUri is null || IsUnderBase(official)) return official;
        return new Uri($"{BaseUri.AbsoluteUri.TrimEnd('/')}/{official.Host}{official.PathAndQuery}");
    }

    /// <summary>Whether the key may be sent there: https to exactly one of the provider's hosts, or under the base address.</summary>
    /// <param name="uri">An address, perhaps one that the provider returned.</param>
    /// <returns>True when it may.</returns>
    public bool IsTrusted(Uri uri)
    {
        if (!uri.IsAbsoluteUri || uri.UserInfo.Length > 0) return false;
        if (BaseUri is not null) return IsUnderBase(uri);
        return uri.Scheme == Uri.UriSchemeHttps && uri.IsDefaultPort && hosts.Contains(uri.IdnHost, StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>Refuses an address that the key must not go to.</summary>
    /// <param name="uri">The address.</param>
    /// <exception cref="NBException">UnsafeUrl.</exception>
    public void RequireTrusted(Uri uri)
    {
        if (IsTrusted(uri)) return;
        throw new NBException(
            NBErrorId.UnsafeUrl,
            $"{provider} named the address '{uri.Scheme}://{uri.Authority}', which is not one of its own hosts ({string.Join(", ", hosts)}). The key was not sent there.")
        { Provider = provider };
    }

    private bool IsUnderBase(Uri uri) => BaseUri is not null
        && uri.Scheme == BaseUri.Scheme
        && uri.Authority == BaseUri.Authority
        && (uri.AbsolutePath + "/").StartsWith(BaseUri.AbsolutePath.TrimEnd('/') + "/", StringComparison.Ordinal);
}
