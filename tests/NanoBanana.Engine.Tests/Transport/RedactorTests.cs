using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using NanoBanana.Engine.Transport;

namespace NanoBanana.Engine.Tests.Transport;

public sealed class RedactorTests
{
    private const string PlainLetters = "0123456789abcdefXYZ:-_+/=.";
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

    [Fact]
    public void No_run_of_eight_characters_of_a_secret_remains_however_it_is_written() =>
        Prop.ForAll(Texts().ToArbitrary(), Secrets().ToArbitrary(), Gen.Choose(0, Writings.Length - 1).Two().ToArbitrary(), (around, secrets, ways) =>
        {
            var redactor = new Redactor();
            foreach (string secret in secrets) redactor.Add(secret);
            return secrets.All(secret =>
            {
                string written = Writings[ways.Item2](Writings[ways.Item1](secret));
                string shown = redactor.Redact($"{around} {written} {around}");
                return !HasRun(shown, secret) && !HasRun(shown, written);
            });
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));

    [Fact]
    public void No_part_of_a_secret_of_eight_characters_remains_whatever_stands_beside_it() =>
        Prop.ForAll(AnyText().ToArbitrary(), Secrets(PlainLetters + "%&\\\" *").ToArbitrary(), Gen.Choose(0, 99).Two().ToArbitrary(), (around, secrets, cut) =>
        {
            var redactor = new Redactor();
            foreach (string secret in secrets) redactor.Add(secret);
            return secrets.All(secret =>
            {
                int start = cut.Item1 % (secret.Length - 7);
                string part = secret.Substring(start, 8 + (cut.Item2 % (secret.Length - start - 7)));
                string shown = redactor.Redact(around + part + around);
                return secrets.All(other => !HasRun(shown, other));
            });
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("user:")]
    [InlineData("Bearer ")]
    public void E9_A_key_in_base64_or_hexadecimal_digits_is_masked(string before)
    {
        const string key = "canary-7f3a9c51+e0b24d68/xyz";
        byte[] bytes = System.Text.Encoding.UTF8.GetBytes(before + key);
        var redactor = new Redactor();
        redactor.Add(key);
        string base64 = Convert.ToBase64String(bytes);

        foreach (string written in new[] { base64, base64.Replace('+', '-').Replace('/', '_'), Convert.ToHexString(bytes), Convert.ToHexString(bytes).ToLowerInvariant() })
        {
            string shown = redactor.Redact($"the key {written} is not known");
            string middle = written[(written.Length / 3)..(written.Length * 2 / 3)];
            Assert.DoesNotContain(middle, shown, StringComparison.Ordinal);
            Assert.EndsWith(" is not known", shown, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void What_masking_brings_together_is_masked_too()
    {
        var redactor = new Redactor();
        redactor.Add("ab***cdefgh");
        redactor.Add("0123456789");

        Assert.False(HasRun(redactor.Redact("ab0123456789cdefgh"), "ab***cdefgh"));
    }

    [Theory]
    [InlineData("?fal_webhook=https%3A%2F%2Fhooks.example.com%2Fin%3Fpass%3D5ecre7word")]
    [InlineData("{\"webhookUrl\":\"https://hooks.example.com/in/5ecre7word\"}")]
    [InlineData("callback_url: https://hooks.example.com/in/5ecre7word is refused")]
    public void A_callback_address_nobody_told_of_is_masked(string text) =>
        Assert.DoesNotContain("5ecre7word", new Redactor().Redact(text), StringComparison.Ordinal);

    [Theory]
    [InlineData("{0}")]
    [InlineData("'{0}' cannot be reached")]
    public void A_callback_address_is_masked_to_its_host(string format)
    {
        var redactor = new Redactor();
        var callback = new Uri("https://hooks.example.com/in/5ecre7word?to=you&me=2");
        redactor.AddCallback(callback);
        string[] forms = [callback.AbsoluteUri, Uri.EscapeDataString(callback.AbsoluteUri), JsonEncodedText.Encode(callback.AbsoluteUri).ToString()];

        Assert.All(forms, form => Assert.Equal(string.Format(format, "https://hooks.example.com/***"), redactor.Redact(string.Format(format, form))));
    }

    [Theory]
    [InlineData("12345678-abcd-ef01-2345-6789abcdef01:0123456789abcdef0123456789abcdef")]
    [InlineData("sk-abcdefghijklmnop1234")]
    [InlineData("prsp-abcdefghijklmnop1234")]
    public void What_looks_like_a_key_is_masked_though_nobody_told_of_it(string key) =>
        Assert.Equal("Incorrect API key provided: ***.", new Redactor().Redact($"Incorrect API key provided: {key}."));

    [Fact]
    public void Base64_that_is_broken_over_lines_is_masked() =>
        Assert.Equal("body:\n*** end", new Redactor().Redact($"body:\n{string.Concat(Enumerable.Repeat(new string('A', 76) + "\n", 3))}QUJD== end"));

    [Fact]
    public void An_address_of_media_is_hidden_in_a_line_and_a_call_is_not()
    {
        var redactor = new Redactor();
        redactor.AddApiHost("queue.fal.run");

        Assert.Equal(
            "GET https://queue.fal.run/a/b -> 200; PUT https://storage.example.com/*** and \"https://v3.fal.media/***\"",
            redactor.RedactLine("GET https://queue.fal.run/a/b -> 200; PUT https://storage.example.com/put/a.png?x=1 and \"https://v3.fal.media/files/a.png\""));
    }

    [Fact]
    public void An_address_of_media_is_shown_where_the_user_wants_it() =>
        Assert.Equal("https://v3.fal.media/files/a.png", new Redactor { LogPrompts = true }.RedactLine("https://v3.fal.media/files/a.png"));

    [Fact]
    public void An_error_keeps_no_secret_in_any_of_its_words()
    {
        var inner = new HttpRequestException($"beneath it {Key}");
        var error = new NBException(NBErrorId.AuthenticationFailed, "refused", inner) { ProviderMessage = $"no such key: {Key}", RequestId = Key, ProviderErrorType = Key };

        Assert.DoesNotContain("abcd-ef01", JsonSerializer.Serialize(WithKey().Redact(error).ToString() + WithKey().Redact(error).ProviderMessage + WithKey().Redact(error).RequestId), StringComparison.Ordinal);
        Assert.Null(WithKey().Redact(error).InnerException);
    }

    [Fact]
    public void An_error_without_a_secret_stays_the_same()
    {
        var error = new NBException(NBErrorId.ProviderUnavailable, "no answer", new HttpRequestException("reset")) { ProviderMessage = "words" };

        Assert.Same(error, WithKey().Redact(error));
    }

    /// <summary>How a secret may be written down by others.</summary>
    private static readonly Func<string, string>[] Writings =
    [
        static text => text,
        Uri.EscapeDataString,
        static text => System.Net.WebUtility.UrlEncode(text),
        static text => string.Concat(text.Select(c => $"%{(int)c:x2}")),
        static text => JsonEncodedText.Encode(text).ToString(),
        static text => string.Concat(text.Select(c => $"\\u{(int)c:X4}")),
        static text => string.Concat(text.Select(c => $"&#{(int)c};")),
        static text => System.Net.WebUtility.HtmlEncode(text),
        static text => text.ToUpperInvariant(),
        static text => string.Join("\r\n\t\t", text.Chunk(5).Select(chars => new string(chars))),
        static text => string.Join('\n', text.Chunk(1).Select(chars => new string(chars))),
    ];

    private static Gen<string> AnyText() => Gen.OneOf(Gen.Choose(0, 0xFFFF).Select(value => ((char)value).ToString()), Gen.Elements("%", "\\", "&", "\n", "*", "***", "%2", "\\u00", "data:"))
        .ListOf().Select(parts => string.Concat(parts));

    private static bool HasRun(string text, string secret) =>
        Enumerable.Range(0, secret.Length - 7).Any(i => text.Contains(secret.AsSpan(i, 8), StringComparison.Ordinal));

    /// <summary>Secrets as providers make them, some of which begin like another.</summary>
    private static Gen<string[]> Secrets(string letters = PlainLetters)
    {
        Gen<string> one = Gen.Elements(letters.ToCharArray()).ArrayOf(24).Select(chars => "k" + new string(chars));
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
