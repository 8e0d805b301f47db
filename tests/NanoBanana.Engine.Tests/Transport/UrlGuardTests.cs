using System.Net;
using NanoBanana.Engine.Tests.Support;
using NanoBanana.Engine.Transport;

namespace NanoBanana.Engine.Tests.Transport;

public sealed class UrlGuardTests
{
    [Theory]
    [InlineData("https://v3.fal.media/files/a.png")]
    [InlineData("https://storage.googleapis.com/x?sig=1")]
    [InlineData("https://8.8.8.8/a.png")]
    [InlineData("https://[2606:4700::1111]/a.png")]
    [InlineData("https://example.com:8443/a.png")]
    [InlineData("https://127.0.0.1.example.com/")]
    [InlineData("https://172.32.0.1/")]
    [InlineData("https://100.128.0.1/")]
    public void Https_to_the_public_internet_is_followed(string uri) => UrlGuard.Check(new Uri(uri), allowLoopback: false);

    [Theory]
    [InlineData("http://v3.fal.media/a.png")]
    [InlineData("ftp://v3.fal.media/a.png")]
    [InlineData("file:///etc/passwd")]
    [InlineData("data:image/png;base64,AAAA")]
    [InlineData("https://user@v3.fal.media/")]
    [InlineData("https://user:secret@v3.fal.media/")]
    [InlineData("https://v3.fal.media@10.0.0.1/")]
    [InlineData("https://localhost/")]
    [InlineData("https://127.0.0.1/")]
    [InlineData("https://127.9.9.9/")]
    [InlineData("https://127.1/")]
    [InlineData("https://2130706433/")]
    [InlineData("https://0x7f000001/")]
    [InlineData("https://0177.0.0.1/")]
    [InlineData("https://0x7f.1/")]
    [InlineData("https://0.0.0.0/")]
    [InlineData("https://10.0.0.1/")]
    [InlineData("https://167772161/")]
    [InlineData("https://172.16.0.1/")]
    [InlineData("https://172.31.255.255/")]
    [InlineData("https://192.168.1.1/")]
    [InlineData("https://0xC0A80101/")]
    [InlineData("https://169.254.169.254/latest/meta-data")]
    [InlineData("https://100.64.0.1/")]
    [InlineData("https://[::1]/")]
    [InlineData("https://[::]/")]
    [InlineData("https://[fe80::1]/")]
    [InlineData("https://[fc00::1]/")]
    [InlineData("https://[fd12:3456::1]/")]
    [InlineData("https://[::ffff:127.0.0.1]/")]
    [InlineData("https://[::ffff:10.0.0.1]/")]
    [InlineData("https://[::ffff:a9fe:a9fe]/")]
    [InlineData("https://[2002:7f00:1::]/")]
    [InlineData("https://[64:ff9b::10.0.0.1]/")]
    public void Anything_else_is_not(string uri) =>
        Assert.Equal(NBErrorId.UnsafeUrl, Assert.Throws<NBException>(() => UrlGuard.Check(new Uri(uri), allowLoopback: false)).ErrorId);

    [Theory]
    [InlineData("https://168.63.129.16/machine")]
    [InlineData("https://[::ffff:168.63.129.16]/")]
    [InlineData("https://2822734096/")]
    public void E8_The_address_of_Azures_host_is_not_followed(string uri) =>
        Assert.Equal(NBErrorId.UnsafeUrl, Assert.Throws<NBException>(() => UrlGuard.Check(new Uri(uri), allowLoopback: false)).ErrorId);

    [Fact]
    public void A_relative_address_is_not_followed() =>
        Assert.Throws<NBException>(() => UrlGuard.Check(new Uri("/a.png", UriKind.Relative), allowLoopback: true));

    [Theory]
    [InlineData("http://127.0.0.1:5000/a.png")]
    [InlineData("http://localhost:5000/a.png")]
    [InlineData("http://[::1]:5000/a.png")]
    [InlineData("https://localhost/a.png")]
    public void A_sandbox_on_loopback_may_be_spoken_to_where_it_is_allowed(string uri) => UrlGuard.Check(new Uri(uri), allowLoopback: true);

    [Theory]
    [InlineData("http://10.0.0.1/")]
    [InlineData("https://192.168.0.1/")]
    [InlineData("http://example.com/")]
    [InlineData("http://user@localhost/")]
    public void Allowing_loopback_allows_nothing_else(string uri) =>
        Assert.Throws<NBException>(() => UrlGuard.Check(new Uri(uri), allowLoopback: true));

    [Theory]
    [InlineData("1.1.1.1", true)]
    [InlineData("9.255.255.255", true)]
    [InlineData("11.0.0.0", true)]
    [InlineData("100.63.255.255", true)]
    [InlineData("169.253.255.255", true)]
    [InlineData("172.15.255.255", true)]
    [InlineData("192.167.255.255", true)]
    [InlineData("198.17.255.255", true)]
    [InlineData("223.255.255.255", true)]
    [InlineData("0.1.2.3", false)]
    [InlineData("100.127.255.255", false)]
    [InlineData("192.0.0.8", false)]
    [InlineData("192.0.2.1", false)]
    [InlineData("198.18.0.1", false)]
    [InlineData("198.19.255.255", false)]
    [InlineData("198.51.100.7", false)]
    [InlineData("203.0.113.7", false)]
    [InlineData("224.0.0.1", false)]
    [InlineData("240.0.0.1", false)]
    [InlineData("255.255.255.255", false)]
    [InlineData("2a00:1450::1", true)]
    [InlineData("2002:808:808::", true)]
    [InlineData("64:ff9b::8.8.8.8", true)]
    [InlineData("2002:a00:1::", false)]
    [InlineData("2002:a9fe:a9fe::", false)]
    [InlineData("64:ff9b::169.254.169.254", false)]
    [InlineData("64:ff9b:1::8.8.8.8", false)]
    [InlineData("::127.0.0.1", false)]
    [InlineData("::ffff:192.168.0.1", false)]
    [InlineData("::ffff:8.8.8.8", true)]
    [InlineData("100::1", false)]
    [InlineData("2001::1", false)]
    [InlineData("2001:0:7f00:1::", false)]
    [InlineData("2001:2::1", false)]
    [InlineData("2001:db8::1", false)]
    [InlineData("2001:4860:4860::8888", true)]
    [InlineData("3fff::1", false)]
    [InlineData("fec0::1", false)]
    [InlineData("ff02::1", false)]
    public void Public_is_what_the_registries_call_global(string address, bool expected) =>
        Assert.Equal(expected, UrlGuard.IsPublic(IPAddress.Parse(address)));

    [Fact]
    public async Task A_name_that_resolves_to_this_machine_is_refused_when_connecting()
    {
        using var http = new HttpMessageInvoker(Downloader.CreateHandler(allowLoopback: false));
        using var request = new HttpRequestMessage(HttpMethod.Get, "https://localhost:9/a.png");

        HttpRequestException error = await Assert.ThrowsAsync<HttpRequestException>(() => http.SendAsync(request, CancellationToken.None));

        Assert.Equal(NBErrorId.UnsafeUrl, Assert.IsType<NBException>(error.InnerException).ErrorId);
    }

    [Fact]
    public async Task A_name_that_turns_out_private_is_told_as_unsafe_and_asked_once()
    {
        using var folder = new TempFolder();
        using var stub = new StubHandler(_ => throw new HttpRequestException("wrapped", new NBException(NBErrorId.UnsafeUrl, "leads into a private network")));
        using var rig = new ApiRig(stub);

        NBException error = await Assert.ThrowsAsync<NBException>(() =>
            rig.Downloader.FetchAsync(new Uri("https://rebound.example.com/a.png"), folder.File("a.partial"), ApiRig.Scope(), CancellationToken.None));

        Assert.Equal((NBErrorId.UnsafeUrl, 1), (error.ErrorId, stub.Requests.Count));
    }
}
