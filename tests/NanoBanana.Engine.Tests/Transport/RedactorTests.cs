using FsCheck;
using FsCheck.Fluent;
using NanoBanana.Engine.Transport;

namespace NanoBanana.Engine.Tests.Transport;

public sealed class RedactorTests
{
    private const string Key = "12345678-abcd-ef01:0123456789abcdef0123456789abcdef";

    [Theory]
    [InlineData("the key is {0}.")]
    [InlineData("{0}{0}")]
    [InlineData("Authorization: Key {0}")]
    [InlineData("{{\"key\":\"{0}\"}}")]
    [InlineData("https://fal.run/?key={0}&x=1")]
    public void A_key_never_appears(string format) =>
        Assert.DoesNotContain(Key, WithKey().Redact(string.Format(format, Key)), StringComparison.Ordinal);

    [Theory]
    [InlineData("Authorization: Key unknown-secret-value")]
    [InlineData("authorization: Bearer unknown-secret-value")]
    [InlineData("Authorization: Basic unknown-secret-value==")]
    [InlineData("\"Authorization\":\"Key unknown-secret-value\"")]
    [InlineData("authorization = unknown-secret-value")]
    [InlineData("X-API-Key: unknown-secret-value")]
    [InlineData("\"x-api-key\": \"unknown-secret-value\"")]
    public void A_header_with_a_key_nobody_told_of_is_masked(string text) =>
        Assert.DoesNotContain("unknown-secret-value", new Redactor().Redact(text), StringComparison.Ordinal);

    [Theory]
    [InlineData("X-Amz-Signature")]
    [InlineData("X-Amz-Credential")]
    [InlineData("X-Amz-Security-Token")]
    [InlineData("X-Goog-Signature")]
    [InlineData("Signature")]
    [InlineData("sig")]
    [InlineData("token")]
    [InlineData("Policy")]
    public void A_signed_query_is_masked(string name) =>
        Assert.DoesNotContain("5ecre7", new Redactor().Redact($"GET https://storage.example.com/a.png?x=1&{name}=5ecre7%2F&y=2"), StringComparison.Ordinal);

    [Fact]
    public void What_is_no_secret_of_a_query_stays() =>
        Assert.Equal(
            "https://storage.example.com/a.png?sig=***&size=2",
            new Redactor().Redact("https://storage.example.com/a.png?sig=abc&size=2"));

    [Theory]
    [InlineData("data:image/png;base64,iVBORw0KGgo=", "data:image/png;base64,***")]
    [InlineData("\"data:;base64,QUJD\"", "\"data:;base64,***\"")]
    [InlineData("data:image/svg+xml;charset=utf-8;base64,QUJD", "data:image/svg+xml;charset=utf-8;base64,***")]
    public void A_data_uri_keeps_only_its_type(string text, string expected) => Assert.Equal(expected, new Redactor().Redact(text));

    [Fact]
    public void A_long_run_of_base64_is_masked() =>
        Assert.Equal("body: *** end", new Redactor().Redact($"body: {new string('A', 300)}== end"));

    [Theory]
    [InlineData("GET https://queue.fal.run/fal-ai/nano-banana-2/requests/764cabcf-b745-4b3e-ae38-1200304cf45b/status -> 200, 17 ms")]
    [InlineData("Fal: Submit will be repeated in 0.7 s, because it answered 429")]
    [InlineData("a key lies on the table: a token of thanks")]
    [InlineData("")]
    public void Ordinary_text_stays_as_it_is(string text) => Assert.Equal(text, WithKey().Redact(text));

    [Fact]
    public void A_secret_too_short_to_be_one_masks_nothing()
    {
        var redactor = new Redactor();
        redactor.Add("cat");

        Assert.Equal("a cat", redactor.Redact("a cat"));
    }

    [Fact]
    public void A_secret_that_begins_with_another_is_masked_to_its_end()
    {
        var redactor = new Redactor();
        redactor.Add("prefix-1234");
        redactor.Add("prefix-1234-and-much-more");

        Assert.Equal("***", redactor.Redact("prefix-1234-and-much-more"));
    }

    [Fact]
    public void No_run_of_eight_characters_of_a_secret_remains() =>
        Prop.ForAll(Texts().ToArbitrary(), Texts().ToArbitrary(), Secrets().ToArbitrary(), (before, after, secrets) =>
        {
            var redactor = new Redactor();
            foreach (string secret in secrets) redactor.Add(secret);
            string[] shown = [.. secrets.Select(secret => redactor.Redact($"{before} {secret} {after}"))];
            return shown.Zip(secrets).All(pair => !HasRun(pair.First, pair.Second));
        }).QuickCheckThrowOnFailure();

    private static bool HasRun(string text, string secret) =>
        Enumerable.Range(0, secret.Length - 7).Any(i => text.Contains(secret.AsSpan(i, 8), StringComparison.Ordinal));

    /// <summary>Secrets as providers make them, some of which begin like another.</summary>
    private static Gen<string[]> Secrets()
    {
        Gen<string> one = Gen.Elements("0123456789abcdefXYZ:-_".ToCharArray()).ArrayOf(24).Select(chars => "k" + new string(chars));
        return one.SelectMany(first => one.Select(second => new[] { first[..12], first, second }));
    }

    /// <summary>Text around a secret that cannot hold eight of its characters by chance.</summary>
    private static Gen<string> Texts() => Gen.Elements(" ", "GET", "?", "&", "Authorization: ", "\"", "data:", "=").ListOf().Select(parts => string.Concat(parts));

    private static Redactor WithKey()
    {
        var redactor = new Redactor();
        redactor.Add(Key);
        return redactor;
    }
}
