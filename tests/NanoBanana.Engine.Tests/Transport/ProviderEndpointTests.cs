using NanoBanana.Engine.Transport;

namespace NanoBanana.Engine.Tests.Transport;

public sealed class ProviderEndpointTests
{
    private static readonly string[] Hosts = ["queue.fal.run", "fal.run", "rest.fal.ai"];

    [Theory]
    [InlineData("https://queue.fal.run/fal-ai/x")]
    [InlineData("https://QUEUE.FAL.RUN/fal-ai/x")]
    [InlineData("https://queue.fal.run:443/x?logs=1")]
    [InlineData("https://fal.run/")]
    [InlineData("https://rest.fal.ai/storage")]
    public void The_key_goes_to_the_providers_own_hosts(string uri) => Assert.True(Official().IsTrusted(new Uri(uri)));

    [Theory]
    [InlineData("https://evilfal.ai/")]
    [InlineData("https://evilfal.run/")]
    [InlineData("https://fal.run.evil.com/")]
    [InlineData("https://evil.com/queue.fal.run")]
    [InlineData("https://evil.com?host=fal.run")]
    [InlineData("https://x.queue.fal.run/")]
    [InlineData("https://queue.fal.run.")]
    [InlineData("https://user@queue.fal.run/")]
    [InlineData("https://queue.fal.run:secret@evil.com/")]
    [InlineData("https://queue.fal.run@evil.com/")]
    [InlineData("http://queue.fal.run/")]
    [InlineData("https://queue.fal.run:8443/")]
    [InlineData("ftp://queue.fal.run/")]
    [InlineData("https://xn--queue-fal.run/")]
    [InlineData("https://quеue.fal.run/")] // A Cyrillic e.
    [InlineData("https://127.0.0.1/")]
    public void The_key_goes_nowhere_else(string uri) => Assert.False(Official().IsTrusted(new Uri(uri)));

    [Fact]
    public void A_relative_address_is_not_trusted() => Assert.False(Official().IsTrusted(new Uri("/fal-ai/x", UriKind.Relative)));

    [Fact]
    public void A_refused_address_is_named_without_its_query()
    {
        NBException error = Assert.Throws<NBException>(() => Official().RequireTrusted(new Uri("https://evil.com/x?token=abc")));

        Assert.Contains("'https://evil.com'", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("https://proxy.example.com/fal", "https://proxy.example.com/fal/queue.fal.run/a/b?c=1")]
    [InlineData("https://proxy.example.com/fal/", "https://proxy.example.com/fal/queue.fal.run/a/b?c=1")]
    [InlineData("http://127.0.0.1:5000", "http://127.0.0.1:5000/queue.fal.run/a/b?c=1")]
    public void A_base_address_stands_in_for_every_host(string baseUri, string expected) =>
        Assert.Equal(expected, Moved(baseUri).Resolve(new Uri("https://queue.fal.run/a/b?c=1")).AbsoluteUri);

    [Fact]
    public void Without_a_base_address_the_official_one_stays() =>
        Assert.Equal("https://queue.fal.run/a", Official().Resolve(new Uri("https://queue.fal.run/a")).AbsoluteUri);

    [Fact]
    public void An_address_under_the_base_is_not_moved_twice() =>
        Assert.Equal("https://p.example/fal/queue.fal.run/a", Moved("https://p.example/fal").Resolve(new Uri("https://p.example/fal/queue.fal.run/a")).AbsoluteUri);

    [Theory]
    [InlineData("https://p.example/fal/queue.fal.run/a", true)]
    [InlineData("https://p.example/fal", true)]
    [InlineData("https://p.example/falx/a", false)]
    [InlineData("https://p.example/", false)]
    [InlineData("https://p.example/fal/../other", false)]
    [InlineData("https://p.example:444/fal/a", false)]
    [InlineData("http://p.example/fal/a", false)]
    [InlineData("https://queue.fal.run/a", false)]
    [InlineData("https://user@p.example/fal/a", false)]
    public void With_a_base_address_the_key_goes_under_it_and_nowhere_else(string uri, bool expected) =>
        Assert.Equal(expected, Moved("https://p.example/fal").IsTrusted(new Uri(uri)));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("  ")]
    public void No_text_is_no_base_address(string? text) => Assert.Null(ProviderEndpoint.ReadBaseUri("NB_FAL_BASEURI", text));

    [Theory]
    [InlineData("https://proxy.example.com")]
    [InlineData("http://localhost:5000/fal")]
    [InlineData("http://127.0.0.1:5000")]
    [InlineData("http://[::1]:5000")]
    public void Https_and_http_to_loopback_are_base_addresses(string text) => Assert.NotNull(ProviderEndpoint.ReadBaseUri("NB_FAL_BASEURI", text));

    [Theory]
    [InlineData("http://proxy.example.com")]
    [InlineData("http://127.0.0.1.evil.com")]
    [InlineData("ftp://localhost")]
    [InlineData("file:///tmp")]
    [InlineData("localhost:5000")]
    [InlineData("nonsense")]
    public void Anything_else_is_refused_by_the_name_of_its_variable(string text)
    {
        NBException error = Assert.Throws<NBException>(() => ProviderEndpoint.ReadBaseUri("NB_FAL_BASEURI", text));

        Assert.StartsWith("NB_FAL_BASEURI is", error.Message, StringComparison.Ordinal);
    }

    private static ProviderEndpoint Official() => new("Fal", Hosts, baseUri: null);

    private static ProviderEndpoint Moved(string baseUri) => new("Fal", Hosts, new Uri(baseUri));
}
