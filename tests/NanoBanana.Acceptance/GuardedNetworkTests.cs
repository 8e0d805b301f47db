using System.Net;
using NanoBanana.Engine.Transport;

namespace NanoBanana.Acceptance;

/// <summary>A server that answers every kind of redirect, a name server that changes its mind, a proxy, and certificates: over real sockets and TLS.</summary>
public sealed class GuardedNetworkTests
{
    private const string Picture = "https://media.example.com/a.png";
    private static readonly int[] Statuses = [301, 302, 303, 307, 308];

    private static readonly string[] Forbidden =
    [
        "http://media.example.com/a.png", "file:///etc/passwd", "data:image/png;base64,iVBORw0KGgo=", "ftp://media.example.com/a.png", "gopher://127.0.0.1:6379/_INFO", "javascript:alert(1)",
        "https://127.0.0.1/", "https://localhost/", "https://localhost./", "//127.0.0.1/a.png", "//localhost/a.png", "//[::1]/a.png", "https://[::1]/", "https://10.0.0.1/", "https://192.168.1.1/",
        "https://172.16.0.1/", "https://169.254.169.254/latest/meta-data/", "https://100.64.0.1/", "https://2130706433/", "https://0x7f.1/", "https://0177.0.0.1/", "https://[::ffff:10.0.0.1]/",
        "https://[64:ff9b::a9fe:a9fe]/", "https://[fd00::1]/", "https://user:pass@media.example.com/", "https://metadata.google.internal/", "https://inside.example.com/a.png", "http://127.0.0.1/",
    ];

    public static TheoryData<int, string> ForbiddenRedirects
    {
        get
        {
            var rows = new TheoryData<int, string>();
            for (int i = 0; i < Forbidden.Length; i++) rows.Add(Statuses[i % Statuses.Length], Forbidden[i]);
            foreach (int status in Statuses) rows.Add(status, "https://10.0.0.1/");
            return rows;
        }
    }

    public static TheoryData<int, string, string> GoodRedirects
    {
        get
        {
            var rows = new TheoryData<int, string, string>();
            foreach (int status in Statuses)
            {
                rows.Add(status, "/b.png", "media.example.com");
                rows.Add(status, "b.png?size=2", "media.example.com");
                rows.Add(status, "//cdn.example.com/b.png", "cdn.example.com");
                rows.Add(status, "https://cdn.example.com/b.png", "cdn.example.com");
            }

            return rows;
        }
    }

    [Theory]
    [MemberData(nameof(ForbiddenRedirects))]
    public async Task A_download_follows_no_redirect_inside(int status, string location)
    {
        await using var network = new GuardedNetwork(_ => HostileServer.Redirect(status, location)) { Names = static (host, _) => [host == "inside.example.com" ? "10.0.0.5" : "93.184.216.34"] };

        NBException error = await Assert.ThrowsAsync<NBException>(() => network.FetchAsync(Picture));

        Assert.Equal(NBErrorId.UnsafeUrl, error.ErrorId);
        Assert.Equal("/a.png", Assert.Single(network.Server.Arrivals).Path);
        Assert.All(network.Dialled, address => Assert.True(UrlGuard.IsPublic(address)));
        Assert.Empty(Directory.GetFiles(network.Folder));
    }

    [Theory]
    [MemberData(nameof(GoodRedirects))]
    public async Task A_download_follows_a_redirect_outside_and_carries_no_key(int status, string location, string host)
    {
        await using var network = new GuardedNetwork(arrival => arrival.Path == "/a.png" ? HostileServer.Redirect(status, location) : HostileServer.Text(HostileServer.Image));

        Assert.Equal(HostileServer.Image.Length, await network.FetchAsync(Picture));

        Assert.Equal(["media.example.com", host], network.Server.Arrivals.Select(arrival => arrival.Host));
        Assert.DoesNotContain(network.Server.Arrivals, arrival => arrival.HasKey);
    }

    [Theory]
    [InlineData("/a.png")]
    [InlineData("https://other.example.com/a.png")]
    public async Task Redirects_that_never_end_are_given_up(string location)
    {
        await using var network = new GuardedNetwork(_ => HostileServer.Redirect(302, location));

        Assert.Equal(NBErrorId.UnsafeUrl, (await Assert.ThrowsAsync<NBException>(() => network.FetchAsync(Picture))).ErrorId);
        Assert.Equal(6, network.Server.Arrivals.Count);
    }

    [Theory]
    [InlineData("")]
    [InlineData("https://")]
    [InlineData("https://[::1/")]
    [InlineData("//")]
    [InlineData("https://media.example.com:99999/")]
    [InlineData("http://\u00e4\u0000.example.com/")]
    public async Task A_redirect_to_what_is_no_address_ends_the_download(string location)
    {
        await using var network = new GuardedNetwork(_ => HostileServer.Redirect(302, location));

        await Assert.ThrowsAsync<NBException>(() => network.FetchAsync(Picture));

        Assert.Single(network.Server.Arrivals);
    }

    [Fact]
    public async Task The_address_that_was_checked_is_the_address_that_is_dialled()
    {
        await using var network = new GuardedNetwork(_ => HostileServer.Text(HostileServer.Image)) { Names = static (_, before) => [before == 0 ? "93.184.216.34" : "127.0.0.1"] };

        await network.FetchAsync(Picture);

        Assert.Single(network.Resolved);
        Assert.Equal([IPAddress.Parse("93.184.216.34")], network.Dialled);
    }

    [Fact]
    public async Task A_name_that_changes_its_answer_between_two_hops_is_refused()
    {
        await using var network = new GuardedNetwork(_ => HostileServer.Redirect(302, "/again.png")) { Names = static (_, before) => [before == 0 ? "93.184.216.34" : "127.0.0.1"] };

        Assert.Equal(NBErrorId.UnsafeUrl, (await Assert.ThrowsAsync<NBException>(() => network.FetchAsync(Picture))).ErrorId);
        Assert.Equal([IPAddress.Parse("93.184.216.34")], network.Dialled);
        Assert.Single(network.Server.Arrivals);
    }

    [Fact]
    public async Task Of_several_addresses_of_a_name_only_the_public_ones_are_dialled()
    {
        await using var network = new GuardedNetwork(_ => HostileServer.Text(HostileServer.Image)) { Names = static (_, _) => ["10.0.0.1", "93.184.216.34", "::1", "169.254.169.254"] };

        await network.FetchAsync(Picture);

        Assert.Equal([IPAddress.Parse("93.184.216.34")], network.Dialled);
    }

    [Theory]
    [InlineData("https://evil.example.com/x")]
    [InlineData("//evil.example.com/x")]
    [InlineData("http://queue.fal.run/x")]
    [InlineData("/elsewhere")]
    [InlineData("https://127.0.0.1/")]
    public async Task A_call_with_the_key_follows_no_redirect_at_all(string location)
    {
        foreach (int status in Statuses)
        {
            await using var network = new GuardedNetwork(_ => HostileServer.Redirect(status, location));

            Assert.Equal(status, await network.CallAsync(new ApiCall(CallKind.Status, HttpMethod.Get, new Uri("https://queue.fal.run/a"))));

            Arrival only = Assert.Single(network.Server.Arrivals);
            Assert.Equal(("queue.fal.run", "/a", true), (only.Host, only.Path, only.HasKey));
        }
    }

    [Theory]
    [InlineData("https://evil.example.com/a")]
    [InlineData("https://queue.fal.run.example.com/a")]
    [InlineData("https://queue.fal.run./a")]
    [InlineData("https://queue.fal.run:8443/a")]
    [InlineData("https://user@queue.fal.run/a")]
    [InlineData("http://queue.fal.run/a")]
    [InlineData("https://queue.fal.run@evil.example.com/a")]
    [InlineData("https://10.0.0.1/a")]
    public async Task The_key_goes_to_no_host_but_the_providers(string address)
    {
        await using var network = new GuardedNetwork(_ => HostileServer.Text("{}"));

        NBException error = await Assert.ThrowsAsync<NBException>(() => network.CallAsync(new ApiCall(CallKind.Status, HttpMethod.Get, new Uri(address))));

        Assert.Equal((NBErrorId.UnsafeUrl, 0), (error.ErrorId, network.Server.Arrivals.Count));
    }

    [Fact]
    public async Task An_upload_to_a_signed_address_carries_no_key()
    {
        await using var network = new GuardedNetwork(_ => HostileServer.Text(string.Empty));

        await network.CallAsync(Put("https://storage.example.com/put?sig=1"));

        Arrival only = Assert.Single(network.Server.Arrivals);
        Assert.Equal(("PUT", "storage.example.com", false), (only.Method, only.Host, only.HasKey));
    }

    [Theory]
    [InlineData("https://10.0.0.1/put")]
    [InlineData("https://inside.example.com/put")]
    [InlineData("http://storage.example.com/put")]
    [InlineData("file:///tmp/put")]
    public async Task An_upload_goes_nowhere_inside(string address)
    {
        await using var network = new GuardedNetwork(_ => HostileServer.Text(string.Empty)) { Names = static (_, _) => ["192.168.0.9"] };

        Assert.Equal(NBErrorId.UnsafeUrl, (await Assert.ThrowsAsync<NBException>(() => network.CallAsync(Put(address)))).ErrorId);
        Assert.Empty(network.Dialled);
    }

    [Fact]
    public async Task An_upload_follows_no_redirect()
    {
        await using var network = new GuardedNetwork(_ => HostileServer.Redirect(307, "https://evil.example.com/"));

        Assert.Equal(307, await network.CallAsync(Put("https://storage.example.com/put")));
        Assert.Single(network.Server.Arrivals);
    }

    [Fact]
    public async Task A_download_from_a_server_whose_certificate_nobody_trusts_is_refused()
    {
        await using var network = new GuardedNetwork(_ => HostileServer.Text(HostileServer.Image), trusted: false);

        Assert.Equal(NBErrorId.ProviderUnavailable, (await Assert.ThrowsAsync<NBException>(() => network.FetchAsync(Picture))).ErrorId);
        Assert.Empty(network.Server.Arrivals);
    }

    [Fact]
    public async Task A_certificate_of_another_name_is_refused()
    {
        await using var network = new GuardedNetwork(_ => HostileServer.Text(HostileServer.Image), names: "other.example.net");

        await Assert.ThrowsAsync<NBException>(() => network.FetchAsync(Picture));
        await Assert.ThrowsAsync<NBException>(() => network.CallAsync(new ApiCall(CallKind.Status, HttpMethod.Get, new Uri("https://queue.fal.run/a"))));

        Assert.Empty(network.Server.Arrivals);
    }

    [Fact]
    public async Task The_key_is_not_sent_over_a_connection_that_is_not_trusted()
    {
        await using var network = new GuardedNetwork(_ => HostileServer.Text("{}"), trusted: false);

        await Assert.ThrowsAsync<NBException>(() => network.CallAsync(new ApiCall(CallKind.Status, HttpMethod.Get, new Uri("https://queue.fal.run/a"))));

        Assert.Empty(network.Server.Arrivals);
    }

    [Fact]
    public async Task Both_clients_go_through_the_proxy_though_it_stands_in_a_private_network()
    {
        GuardedNetwork? known = null;
        await using var proxy = new TunnelProxy(() => known!.Server.Port);
        await using var network = new GuardedNetwork(_ => HostileServer.Text(HostileServer.Image), proxy: proxy.Address);
        known = network;
        network.Names = static (_, _) => throw new System.Net.Sockets.SocketException((int)System.Net.Sockets.SocketError.HostNotFound); // Behind a proxy no name may resolve.

        Assert.Equal(HostileServer.Image.Length, await network.FetchAsync(Picture));
        Assert.Equal(200, await network.CallAsync(new ApiCall(CallKind.Status, HttpMethod.Get, new Uri("https://queue.fal.run/a"))));

        Assert.Equal(["CONNECT media.example.com:443", "CONNECT queue.fal.run:443"], proxy.Heads.Select(head => head[..head.IndexOf(" HTTP", StringComparison.Ordinal)]));
        Assert.DoesNotContain(proxy.Heads, head => head.Contains(Stage.CanaryKey, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_name_that_resolves_inside_is_not_asked_of_the_proxy_either()
    {
        GuardedNetwork? known = null;
        await using var proxy = new TunnelProxy(() => known!.Server.Port);
        await using var network = new GuardedNetwork(_ => HostileServer.Text(HostileServer.Image), proxy: proxy.Address) { Names = static (_, _) => ["10.0.0.5"] };
        known = network;

        Assert.Equal(NBErrorId.UnsafeUrl, (await Assert.ThrowsAsync<NBException>(() => network.FetchAsync(Picture))).ErrorId);
        Assert.Empty(proxy.Heads);
    }

    [Theory]
    [InlineData("http://127.0.0.1:5000/fal", true)]
    [InlineData("http://localhost:5000/fal", true)]
    [InlineData("https://queue.fal.run/", false)]
    public void What_runs_on_this_machine_is_asked_of_no_proxy(string address, bool expected)
    {
        using SocketsHttpHandler media = Downloader.CreateHandler(allowLoopback: true, new NetworkAccess { Proxy = new WebProxy("http://proxy.example.com:3128") });

        Assert.True(media.UseProxy);
        Assert.Equal(expected, media.Proxy!.IsBypassed(new Uri(address)));
    }

    private static ApiCall Put(string address) =>
        new(CallKind.Upload, HttpMethod.Put, new Uri(address)) { Keyed = false, Content = static () => new ByteArrayContent([1, 2, 3]) };
}
