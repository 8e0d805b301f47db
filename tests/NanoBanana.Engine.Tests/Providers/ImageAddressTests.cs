using NanoBanana.Engine.Tests.Support;
using NanoBanana.Engine.Transport;

namespace NanoBanana.Engine.Tests.Providers;

public sealed class ImageAddressTests
{
    private static readonly Uri Called = new("https://queue.fal.run/fal-ai/nano-banana-2/requests/req-1");

    [Theory]
    [InlineData("""{"images":["/img/ok.png?a=1"]}""", "https://queue.fal.run/img/ok.png?a=1")]
    [InlineData("""{"images":["//cdn.example.com/a.png"]}""", "https://cdn.example.com/a.png")]
    [InlineData("""{"images":[" \"https://cdn.example.com/a.png\"\n"]}""", "https://cdn.example.com/a.png")]
    [InlineData("""{"images":["'https://cdn.example.com/a.png'"]}""", "https://cdn.example.com/a.png")]
    [InlineData("""{"images":["\u200Bhttps://cdn.example.com/a.png\u200B"]}""", "https://cdn.example.com/a.png")]
    [InlineData("""{"images":"[{\"url\":\"https://cdn.example.com/a.png\"}]"}""", "https://cdn.example.com/a.png")]
    [InlineData("""{"images":[{"url":"{\"url\":\"/a.png\"}"}]}""", "https://queue.fal.run/a.png")]
    public void An_address_is_read_whatever_stands_around_it(string result, string expected) =>
        Assert.Equal(new Uri(expected), Assert.Single(Fal.Provider.ReadResult(Fal.Answer(result) with { Uri = Called }).Outputs).Uri);

    [Theory]
    [InlineData("/img/ok.png", null)]
    [InlineData("/9j/4AAQSkZJRg", "https://queue.fal.run/a")]
    public void What_cannot_be_resolved_is_no_address(string text, string? called)
    {
        ApiAnswer answer = Fal.Answer($$"""{"images":["{{text}}"]}""") with { Uri = called is null ? null : new Uri(called) };

        NBException error = Assert.Throws<NBException>(() => Fal.Provider.ReadResult(answer));

        Assert.Equal(NBErrorId.InvalidImageContent, error.ErrorId);
    }
}
