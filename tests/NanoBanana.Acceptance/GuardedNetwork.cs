using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using NanoBanana.Engine.Transport;
using NanoBanana.Tests;

namespace NanoBanana.Acceptance;

/// <summary>
/// The real clients in a small internet of their own: names resolve as the test says, and every public address is the one server on
/// loopback. What is dialled is written down.
/// </summary>
internal sealed class GuardedNetwork : IAsyncDisposable
{
    private readonly ResiliencePipelines pipelines = new(new ImpatientTimeProvider());

    public GuardedNetwork(Func<Arrival, string> answer, bool trusted = true, IWebProxy? proxy = null, params string[] names)
    {
        Server = new HostileServer(answer, names.Length > 0 ? names : ["media.example.com", "*.example.com", "queue.fal.run"]);
        Network = new NetworkAccess { ResolveAsync = (host, _) => ResolveAsync(host), DialAsync = DialAsync, Proxy = proxy ?? new WebProxy() };
        SocketsHttpHandler media = Downloader.CreateHandler(allowLoopback: false, Network);
        SocketsHttpHandler keyed = ApiClient.CreateHandler(Network);
        keyed.ConnectCallback = async (context, token) => proxy is null
            ? await DialAsync([IPAddress.Parse("93.184.216.34")], context.DnsEndPoint.Port, token)
            : await NetworkAccess.OfThisMachine.DialAsync([IPAddress.Loopback], context.DnsEndPoint.Port, token);
        if (trusted)
        {
            Server.Trusted(media);
            Server.Trusted(keyed);
        }

        Client = new ApiClient(keyed, media, pipelines, TimeProvider.System, 1024 * 1024);
        Downloader = new Downloader(media, pipelines, TimeProvider.System, 1024 * 1024);
    }

    public HostileServer Server { get; }

    public NetworkAccess Network { get; }

    public ApiClient Client { get; }

    public Downloader Downloader { get; }

    public ConcurrentQueue<IPAddress> Dialled { get; } = new();

    public ConcurrentQueue<string> Resolved { get; } = new();

    /// <summary>What a name server answers; it is told how often it was asked for the name before.</summary>
    public Func<string, int, string[]> Names { get; set; } = static (_, _) => ["93.184.216.34"];

    public string Folder { get; } = Directory.CreateTempSubdirectory("nb-guards-").FullName;

    public static CallScope Scope(int maximumRetryCount = 0) => new()
    {
        Provider = "Fal",
        Endpoint = new ProviderEndpoint("Fal", ["queue.fal.run"], baseUri: null),
        Authorize = static headers =>
        {
            headers.TryAddWithoutValidation("Authorization", "Key " + Stage.CanaryKey);
            headers.TryAddWithoutValidation("X-API-Key", Stage.CanaryKey);
        },
        MaximumRetryCount = maximumRetryCount,
    };

    public Task<long> FetchAsync(string address) =>
        Downloader.FetchAsync(new Uri(address), Path.Combine(Folder, Guid.NewGuid().ToString("n")), Scope(), CancellationToken.None);

    public Task<int> CallAsync(ApiCall call) => Client.SendAsync(call, Scope(), static answer => answer.StatusCode, static _ => true, CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        Downloader.Dispose();
        await Server.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
    }

    private Task<IPAddress[]> ResolveAsync(string host)
    {
        int before = Resolved.Count(name => name == host);
        Resolved.Enqueue(host);
        return Task.FromResult(IPAddress.TryParse(host, out IPAddress? literal) ? [literal] : Names(host, before).Select(IPAddress.Parse).ToArray());
    }

    private async Task<Stream> DialAsync(IPAddress[] addresses, int port, CancellationToken cancellationToken)
    {
        foreach (IPAddress address in addresses) Dialled.Enqueue(address);
        bool isServer = addresses.All(UrlGuard.IsPublic);
        return await NetworkAccess.OfThisMachine.DialAsync([IPAddress.Loopback], isServer ? Server.Port : port, cancellationToken);
    }
}

/// <summary>A proxy that opens tunnels, and writes down where to.</summary>
internal sealed class TunnelProxy : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource ending = new();
    private readonly Func<int> target;
    private readonly Task serving;

    public TunnelProxy(Func<int> target)
    {
        this.target = target;
        listener.Start();
        serving = Task.Run(ServeAsync);
    }

    public ConcurrentQueue<string> Heads { get; } = new();

    public WebProxy Address => new(new Uri($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}"));

    public async ValueTask DisposeAsync()
    {
        await ending.CancelAsync();
        listener.Stop();
        await serving;
        listener.Dispose();
        ending.Dispose();
    }

    private async Task ServeAsync()
    {
        var open = new List<Task>();
        try
        {
            while (true) open.Add(TunnelAsync(await listener.AcceptTcpClientAsync(ending.Token)));
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(open);
        }
    }

    private async Task TunnelAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                NetworkStream near = client.GetStream();
                Heads.Enqueue(await HostileServer.ReadHeadAsync(near, ending.Token) ?? string.Empty);
                using var server = new TcpClient();
                await server.ConnectAsync(IPAddress.Loopback, target(), ending.Token);
                await near.WriteAsync("HTTP/1.1 200 Connection established\r\n\r\n"u8.ToArray(), ending.Token);
                NetworkStream far = server.GetStream();
                await Task.WhenAny(near.CopyToAsync(far, ending.Token), far.CopyToAsync(near, ending.Token));
            }
            catch (Exception exception) when (exception is IOException or SocketException or OperationCanceledException)
            {
                // One side has hung up.
            }
        }
    }
}
