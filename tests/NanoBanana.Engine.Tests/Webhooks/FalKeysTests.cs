using System.Net;
using System.Text;
using NanoBanana.Engine.Tests.Support;

namespace NanoBanana.Engine.Tests.Webhooks;

public sealed class FalKeysTests : IDisposable
{
    private const string Progress = """{"request_id":"req-1","status":"OK","payload":null}""";

    private readonly TempFolder folder = new();
    private readonly WebhookRig rig;

    public FalKeysTests()
    {
        rig = new WebhookRig(KeyFile);
        rig.Submitted("Fal", "req-1");
    }

    private string KeyFile => folder.File(Path.Combine("state", "keys.json"));

    public void Dispose()
    {
        rig.Dispose();
        folder.Dispose();
    }

    [Fact]
    public async Task The_keys_are_fetched_once_for_many_deliveries()
    {
        for (int i = 0; i < 5; i++) await rig.ReceiveAsync(rig.FromFal(Progress));
        Assert.Single(rig.Stub.Requests);
    }

    [Fact]
    public async Task The_keys_are_fetched_again_after_24_hours()
    {
        await rig.ReceiveAsync(rig.FromFal(Progress));
        rig.Clock.Advance(TimeSpan.FromHours(24) - TimeSpan.FromSeconds(1));
        await rig.ReceiveAsync(rig.FromFal(Progress));
        Assert.Single(rig.Stub.Requests);

        rig.Clock.Advance(TimeSpan.FromSeconds(1));
        await rig.ReceiveAsync(rig.FromFal(Progress));
        Assert.Equal(2, rig.Stub.Requests.Count);
    }

    [Fact]
    public async Task A_key_that_was_withdrawn_counts_no_longer_than_24_hours()
    {
        await rig.ReceiveAsync(rig.FromFal(Progress));
        rig.Published[0] = Ed25519Signer.Of(2).PublicKey;
        rig.Clock.Advance(TimeSpan.FromHours(24));
        Assert.Equal(NBErrorId.AccessDenied, (await rig.RefusalAsync(rig.FromFal(Progress))).ErrorId);
    }

    [Fact]
    public async Task A_new_key_is_fetched_when_none_of_the_known_ones_fits()
    {
        await rig.ReceiveAsync(rig.FromFal(Progress));
        rig.Signer = Ed25519Signer.Of(2);
        rig.Published.Add(rig.Signer.PublicKey);
        rig.Clock.Advance(TimeSpan.FromMinutes(1));

        Assert.True((await rig.ReceiveAsync(rig.FromFal(Progress))).IsVerified);
        Assert.Equal(2, rig.Stub.Requests.Count);
    }

    [Fact]
    public async Task Any_key_of_the_set_will_do()
    {
        rig.Published.Insert(0, Ed25519Signer.Of(2).PublicKey);
        rig.Published.Insert(0, new byte[32]); // Of small order: passed over, and no reason to refuse the others.
        Assert.True((await rig.ReceiveAsync(rig.FromFal(Progress))).IsVerified);
    }

    [Fact]
    public async Task Forged_deliveries_fetch_the_keys_once_a_minute_and_not_once_each()
    {
        await rig.ReceiveAsync(rig.FromFal(Progress));
        rig.Signer = Ed25519Signer.Of(66);
        for (int i = 0; i < 10; i++) await rig.RefusalAsync(rig.FromFal(Progress));
        Assert.Single(rig.Stub.Requests);

        rig.Clock.Advance(TimeSpan.FromMinutes(1));
        for (int i = 0; i < 10; i++) await rig.RefusalAsync(rig.FromFal(Progress));
        Assert.Equal(2, rig.Stub.Requests.Count);
    }

    [Fact]
    public async Task The_next_process_finds_the_keys_in_the_state_folder()
    {
        await rig.ReceiveAsync(rig.FromFal(Progress));
        using var next = new WebhookRig(KeyFile);
        next.Submitted("Fal", "req-1");

        Assert.True((await next.ReceiveAsync(next.FromFal(Progress))).IsVerified);
        Assert.Empty(next.Stub.Requests);
    }

    [Fact]
    public async Task Keys_in_the_state_folder_age_as_those_in_memory()
    {
        await rig.ReceiveAsync(rig.FromFal(Progress));
        var later = new ImpatientTimeProvider();
        later.Advance(TimeSpan.FromHours(24));
        using var next = new WebhookRig(KeyFile, later);
        next.Submitted("Fal", "req-1");

        await next.ReceiveAsync(next.FromFal(Progress));
        Assert.Single(next.Stub.Requests);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("{")]
    [InlineData("{}")]
    [InlineData("""{"Address":"https://rest.fal.ai/.well-known/jwks.json","FetchedAt":"2026-11-21T12:00:00Z","Keys":[]}""")]
    [InlineData("""{"Address":"https://rest.fal.ai/.well-known/jwks.json","FetchedAt":"2026-11-21T12:00:00Z","Keys":["AAAA"]}""")]
    [InlineData("""{"Address":"https://rest.fal.ai/.well-known/jwks.json","FetchedAt":"2026-11-21T12:00:00Z","Keys":[null]}""")]
    [InlineData("""{"Address":"https://elsewhere.example/keys","FetchedAt":"2026-11-21T12:00:00Z","Keys":["Ii0FFVo6kx7nU7RZj4YhWfrTLZf6fqbOhxGZrqHVK7c="]}""")]
    [InlineData("""{"Address":"https://rest.fal.ai/.well-known/jwks.json","FetchedAt":"2031-11-21T12:00:00Z","Keys":["Ii0FFVo6kx7nU7RZj4YhWfrTLZf6fqbOhxGZrqHVK7c="]}""")]
    public async Task A_broken_or_foreign_file_is_as_good_as_none(string content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(KeyFile)!);
        File.WriteAllText(KeyFile, content);
        Assert.True((await rig.ReceiveAsync(rig.FromFal(Progress))).IsVerified);
        Assert.Single(rig.Stub.Requests);
    }

    [Fact]
    public async Task A_file_that_cannot_be_written_is_no_reason_to_refuse()
    {
        string blocked = folder.Write("blocked", []);
        using var other = new WebhookRig(Path.Combine(blocked, "keys.json"));
        other.Submitted("Fal", "req-1");
        Assert.True((await other.ReceiveAsync(other.FromFal(Progress))).IsVerified);
    }

    [Theory]
    [InlineData(HttpStatusCode.NotFound, "{}")]
    [InlineData(HttpStatusCode.InternalServerError, "")]
    [InlineData(HttpStatusCode.Found, "")]
    [InlineData(HttpStatusCode.OK, "<html>")]
    [InlineData(HttpStatusCode.OK, "{}")]
    [InlineData(HttpStatusCode.OK, """{"keys":[]}""")]
    [InlineData(HttpStatusCode.OK, """{"keys":[null,{"kty":"RSA","n":"x"},{"kty":"OKP","crv":"X25519","x":"Ii0FFVo6kx7nU7RZj4YhWfrTLZf6fqbOhxGZrqHVK7c"}]}""")]
    [InlineData(HttpStatusCode.OK, """{"keys":[{"kty":"OKP","crv":"Ed25519","x":"!i0FFVo6kx7nU7RZj4YhWfrTLZf6fqbOhxGZrqHVK7c"},{"kty":"OKP","crv":"Ed25519","x":"AA"}]}""")]
    public async Task A_key_set_that_cannot_be_had_is_told_and_changes_nothing(HttpStatusCode status, string body)
    {
        rig.KeySetAnswer = () => new HttpResponseMessage(status)
        {
            Content = new StringContent(body, Encoding.UTF8, "application/json"),
            Headers = { Location = status == HttpStatusCode.Found ? new Uri("https://evil.example/keys") : null },
        };
        NBException error = await rig.RefusalAsync(rig.FromFal(Progress));

        Assert.Equal(NBErrorId.ProviderUnavailable, error.ErrorId);
        Assert.Contains("rest.fal.ai", error.Message, StringComparison.Ordinal);
        Assert.Empty(rig.Jobs.Written);
        Assert.All(rig.Stub.Requests, request => Assert.Equal("rest.fal.ai", request.Uri.Host));
        Assert.False(File.Exists(KeyFile));
    }
}
