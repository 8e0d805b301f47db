using System.Net;
using System.Net.Sockets;

namespace NanoBanana.Engine.Transport;

/// <summary>How names become addresses and addresses become connections. Only tests put something else in its place.</summary>
internal sealed record NetworkAccess
{
    /// <summary>This machine's resolver, its sockets, and the proxy of its environment or settings.</summary>
    public static NetworkAccess OfThisMachine { get; } = new();

    /// <summary>Resolves a name, or reads an address.</summary>
    public Func<string, CancellationToken, Task<IPAddress[]>> ResolveAsync { get; init; } = Dns.GetHostAddressesAsync;

    /// <summary>Connects to the first of some addresses that answers, at a port.</summary>
    public Func<IPAddress[], int, CancellationToken, Task<Stream>> DialAsync { get; init; } = DialSocketAsync;

    /// <summary>Which proxy is asked; null for that of the environment (HTTPS_PROXY, NO_PROXY) or of the system's settings.</summary>
    public IWebProxy? Proxy { get; init; }

    /// <summary>The proxy for a client; what runs on this machine is always spoken to directly.</summary>
    public IWebProxy CreateProxy() => new DirectToLoopback(Proxy ?? HttpClient.DefaultProxy);

    private static async Task<Stream> DialSocketAsync(IPAddress[] addresses, int port, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(addresses, port, cancellationToken).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>A company's proxy knows nothing of a sandbox on this machine.</summary>
    private sealed class DirectToLoopback(IWebProxy inner) : IWebProxy
    {
        public ICredentials? Credentials
        {
            get => inner.Credentials;
            set => inner.Credentials = value;
        }

        public Uri? GetProxy(Uri destination) => destination.IsLoopback ? null : inner.GetProxy(destination);

        public bool IsBypassed(Uri host) => host.IsLoopback || inner.IsBypassed(host);
    }
}
