using System.Net;

namespace NanoBanana.Engine.Transport;

/// <summary>
/// Connects the clients without a key: to public addresses only, whatever a name resolves to. A name is resolved once for a
/// connection, and the addresses that were checked are the ones that are dialled: an answer that changes in between changes nothing.
/// </summary>
/// <param name="allowLoopback">Whether a sandbox on loopback is spoken to.</param>
/// <param name="network">How names become connections.</param>
/// <param name="proxy">The proxy of the same client.</param>
internal sealed class GuardedConnector(bool allowLoopback, NetworkAccess network, IWebProxy proxy)
{
    /// <summary>Connects to a host or to the proxy before it.</summary>
    /// <param name="context">What SocketsHttpHandler wants to connect to.</param>
    /// <param name="cancellationToken">Ends the connecting.</param>
    /// <returns>The connected stream.</returns>
    /// <exception cref="NBException">UnsafeUrl.</exception>
    public async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        (string host, int port) = (context.DnsEndPoint.Host, context.DnsEndPoint.Port);
        if (HostBehindProxy(context) is { } behind)
        {
            await RefusePrivateNameAsync(behind, cancellationToken).ConfigureAwait(false);
            IPAddress[] proxies = await network.ResolveAsync(host, cancellationToken).ConfigureAwait(false);
            return await network.DialAsync(proxies, port, cancellationToken).ConfigureAwait(false);
        }

        bool mayBeLoopback = allowLoopback && context.InitialRequestMessage.RequestUri!.IsLoopback;
        IPAddress[] addresses = await network.ResolveAsync(host, cancellationToken).ConfigureAwait(false);
        IPAddress[] allowed = Array.FindAll(addresses, address => UrlGuard.IsPublic(address) || (mayBeLoopback && IPAddress.IsLoopback(address)));
        if (allowed.Length == 0) throw UrlGuard.Unsafe(host, "leads into a private network");
        return await network.DialAsync(allowed, port, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// The host that the proxy is asked for; null when the connection goes to the host itself. For https through a proxy the
    /// first request is CONNECT, addressed to the proxy, with the host in its header.
    /// </summary>
    private string? HostBehindProxy(SocketsHttpConnectionContext context)
    {
        HttpRequestMessage request = context.InitialRequestMessage;
        if (request.Method == HttpMethod.Connect) return new Uri($"https://{request.Headers.Host}").IdnHost;
        Uri target = request.RequestUri!;
        Uri? via = proxy.IsBypassed(target) ? null : proxy.GetProxy(target);
        bool isVia = via is not null && via.Port == context.DnsEndPoint.Port && string.Equals(via.IdnHost, context.DnsEndPoint.Host, StringComparison.OrdinalIgnoreCase);
        return isVia ? target.IdnHost : null;
    }

    /// <summary>The proxy resolves the name itself. What can be seen from here is checked all the same; behind some proxies no name resolves.</summary>
    private async Task RefusePrivateNameAsync(string host, CancellationToken cancellationToken)
    {
        IPAddress[] addresses;
        try
        {
            addresses = await network.ResolveAsync(host, cancellationToken).ConfigureAwait(false);
        }
        catch (System.Net.Sockets.SocketException)
        {
            return;
        }

        if (Array.Exists(addresses, address => !UrlGuard.IsPublic(address))) throw UrlGuard.Unsafe(host, "leads into a private network");
    }
}
