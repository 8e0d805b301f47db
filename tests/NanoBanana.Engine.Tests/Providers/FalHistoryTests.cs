using System.Text;
using System.Text.Json;
using NanoBanana.Engine.Providers;
using NanoBanana.Engine.Tests.Support;
using NanoBanana.Engine.Transport;

namespace NanoBanana.Engine.Tests.Providers;

/// <summary>A lost submit is looked for on every page of the account's list.</summary>
public sealed class FalHistoryTests
{
    private static readonly DateTimeOffset Sent = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);

    private static readonly LostSubmit Lost = new()
    {
        Model = "fal-ai/nano-banana-2",
        Operation = ImageOperation.Generate,
        From = Sent.AddMinutes(-2),
        Until = Sent.AddMinutes(30),
        IsPrompt = prompt => prompt == "lost",
        Count = 1,
    };

    [Fact]
    public void The_first_page_is_asked_for_without_a_cursor() =>
        Assert.DoesNotContain("cursor", Fal.Provider.FindSubmits(Lost)!.Uri.Query, StringComparison.Ordinal);

    [Fact]
    public void A_list_that_goes_on_is_asked_for_its_next_page_in_the_same_words()
    {
        SubmitPage page = Read($$"""{"items":[{{Item("a", "other")}}],"next_cursor":"Mg==","has_more":true}""");

        Assert.Empty(page.Jobs);
        Assert.Equal(Fal.Provider.FindSubmits(Lost)!.Uri.AbsoluteUri + "&cursor=Mg%3D%3D", page.Next!.Uri.AbsoluteUri);
    }

    [Fact]
    public void The_last_page_has_no_next()
    {
        SubmitPage page = Read($$"""{"items":[{{Item("a", "other")}},{{Item("b", "lost")}}],"next_cursor":null,"has_more":false}""");

        Assert.Equal("b", Assert.Single(page.Jobs).Id);
        Assert.Null(page.Next);
    }

    [Fact]
    public void A_list_that_goes_on_without_saying_where_cannot_rule_anything_out() =>
        Assert.Throws<JsonException>(() => Read($$"""{"items":[{{Item("b", "lost")}}],"has_more":true}"""));

    private static string Item(string id, string prompt) =>
        $$"""{"request_id":"{{id}}","endpoint_id":"fal-ai/nano-banana-2","sent_at":"2026-11-21T12:00:00Z","json_input":{"prompt":"{{prompt}}"} }""";

    private static SubmitPage Read(string body) => Fal.Provider.ReadSubmits(Lost, new ApiAnswer
    {
        StatusCode = 200,
        Body = Encoding.UTF8.GetBytes(body),
        Headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase),
    });
}
