using System.Collections.Concurrent;
using System.Net;
using NanoBanana.Engine.Tests.Support;
using NanoBanana.Engine.Transport;

namespace NanoBanana.Engine.Tests.Transport;

/// <summary>
/// Every way to write an address that must not be fetched, through the client that fetches: refused, and nothing is dialled. Names
/// resolve to what a hostile name server says.
/// </summary>
public sealed class ForbiddenAddressTests : IDisposable
{
    private readonly TempFolder folder = new();
    private readonly ConcurrentQueue<IPAddress> dialled = new();

    public void Dispose() => folder.Dispose();

    public static TheoryData<string> Addresses =>
    [
        // Loopback, in the forms that resolvers and browsers read.
        "https://127.0.0.1/a.png", "https://127.0.0.1./a.png", "https://127.1/", "https://127.0.1/", "https://127.255.255.254/", "https://2130706433/", "https://0x7f000001/",
        "https://0x7f.0.0.1/", "https://0177.0.0.1/", "https://017700000001/", "https://0x7f.1/", "https://127.0.0.1:8443/", "https://１２７.０.０.１/", "https://①②⑦.⓪.⓪.①/",
        "https://localhost/", "https://LOCALHOST/", "https://localhost./", "https://a.localhost/", "https://localhost.localdomain/", "https://0.0.0.0/", "https://0/",

        // Private, link-local, carriers', and networks that are no networks.
        "https://10.0.0.1/", "https://10.255.255.255/", "https://167772161/", "https://012.0.0.1/", "https://172.16.0.1/", "https://172.31.255.254/", "https://0xac.0x10.0.1/",
        "https://192.168.0.1/", "https://192.168.1/", "https://0xC0A80101/", "https://169.254.169.254/latest/meta-data/", "https://2852039166/", "https://0xa9fea9fe/",
        "https://0251.0376.0251.0376/", "https://169.254.170.2/v2/credentials", "https://100.64.0.1/", "https://100.100.100.200/latest/meta-data", "https://192.0.0.192/",
        "https://192.0.2.1/", "https://192.88.99.1/", "https://198.18.0.1/", "https://198.51.100.1/", "https://203.0.113.1/", "https://224.0.0.1/", "https://240.0.0.1/", "https://255.255.255.255/",

        // IPv6, and IPv4 inside it.
        "https://[::1]/", "https://[::]/", "https://[0:0:0:0:0:0:0:1]/", "https://[::ffff:127.0.0.1]/", "https://[::ffff:7f00:1]/", "https://[::ffff:a9fe:a9fe]/", "https://[::127.0.0.1]/",
        "https://[fe80::1]/", "https://[fe80::1%25eth0]/", "https://[fec0::1]/", "https://[fc00::1]/", "https://[fd00:ec2::254]/", "https://[ff02::1]/", "https://[2001:db8::1]/",
        "https://[2001::1]/", "https://[2001:0:7f00:1::1]/", "https://[2002:7f00:1::]/", "https://[2002:a9fe:a9fe::1]/", "https://[64:ff9b::7f00:1]/", "https://[64:ff9b::10.0.0.1]/",
        "https://[64:ff9b:1::8.8.8.8]/", "https://[2606:4700::5efe:10.0.0.1]/", "https://[100::1]/", "https://[3fff::1]/", "https://[5f00::1]/",

        // Other ways in, and other ways to write.
        "http://media.example.com/a.png", "ftp://media.example.com/a.png", "file:///etc/passwd", "file://10.0.0.1/share/a.png", "data:image/png;base64,iVBORw0KGgo=", "gopher://127.0.0.1:6379/_INFO",
        "https://user@media.example.com/", "https://user:pass@media.example.com/", "https://media.example.com@10.0.0.1/", "https://intranet/", "https://printer.local/", "https://metadata.google.internal/",
        "https://router.home.arpa/", "ws://media.example.com/", "unix:/var/run/docker.sock",

        // Names that look public and resolve to what is not.
        "https://private.example.com/", "https://private.example.com./", "https://private.example.com:8443/", "https://loopback.example.com/", "https://metadata.example.com/", "https://six.example.com/",
        "https://mapped.example.com/", "https://nat64.example.com/", "https://carrier.example.com/", "https://nowhere.example.com/", "https://10.0.0.1.nip.example.com/",
    ];

    [Theory]
    [MemberData(nameof(Addresses))]
    public async Task An_address_that_leads_inside_is_refused_and_never_dialled(string address)
    {
        NBException error = await Assert.ThrowsAsync<NBException>(() => FetchAsync(address));

        Assert.Equal(NBErrorId.UnsafeUrl, error.ErrorId);
        Assert.Empty(dialled);
        Assert.Empty(folder.Files);
    }

    [Fact]
    public void The_table_has_more_than_sixty_rows() => Assert.True(Addresses.Count > 60);

    [Theory]
    [InlineData("https://media.example.com/a.png")]
    [InlineData("https://media.example.com./a.png")]
    [InlineData("https://mixed.example.com/a.png")]
    [InlineData("https://[2606:4700::1111]/a.png")]
    [InlineData("https://8.8.8.8:8443/a.png")]
    public async Task A_public_address_is_dialled_and_only_that(string address)
    {
        await Assert.ThrowsAsync<NBException>(() => FetchAsync(address));

        Assert.NotEmpty(dialled);
        Assert.All(dialled, dialledAddress => Assert.True(UrlGuard.IsPublic(dialledAddress)));
    }

    private async Task FetchAsync(string address)
    {
        var network = new NetworkAccess
        {
            ResolveAsync = (host, _) => Task.FromResult(Resolve(host)),
            DialAsync = (addresses, _, _) =>
            {
                foreach (IPAddress next in addresses) dialled.Enqueue(next);
                throw new IOException("This test has no network.");
            },
            Proxy = new WebProxy(),
        };
        var pipelines = new ResiliencePipelines(new NanoBanana.Tests.ImpatientTimeProvider());
        using var downloader = new Downloader(Downloader.CreateHandler(allowLoopback: false, network), pipelines, TimeProvider.System, 1024);
        await downloader.FetchAsync(new Uri(address), folder.File("a.partial"), ApiRig.Scope(maximumRetryCount: 0), CancellationToken.None);
    }

    private static IPAddress[] Resolve(string host)
    {
        string[] answer = host.TrimEnd('.') switch
        {
            "private.example.com" or "10.0.0.1.nip.example.com" => ["10.0.0.1", "192.168.0.7"],
            "loopback.example.com" => ["127.0.0.1", "::1"],
            "metadata.example.com" => ["169.254.169.254"],
            "six.example.com" => ["fd00::1", "fe80::1"],
            "mapped.example.com" => ["::ffff:10.0.0.1"],
            "nat64.example.com" => ["64:ff9b::a9fe:a9fe"],
            "carrier.example.com" => ["100.64.0.1"],
            "nowhere.example.com" => [],
            "mixed.example.com" => ["10.0.0.1", "93.184.216.34", "::1"],
            _ => ["93.184.216.34"],
        };
        return IPAddress.TryParse(host, out IPAddress? literal) ? [literal] : [.. answer.Select(IPAddress.Parse)];
    }
}
