using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using NanoBanana.Engine.Jobs;
using NanoBanana.Engine.Providers;
using NanoBanana.Engine.Requests;
using NanoBanana.Engine.Tests.Support;
using NanoBanana.Engine.Transport;
using NanoBanana.Engine.Webhooks;

namespace NanoBanana.Engine.Tests.Webhooks;

/// <summary>A receiver with fal's key set at a stub, a journal that counts, and a clock that stands still.</summary>
internal sealed class WebhookRig : IDisposable
{
    public const string ApiframeKey = "afk_canary-51c7d2";

    private readonly ApiRig api;
    private readonly FalKeys falKeys;
    private readonly WebhookReceiver receiver;

    public WebhookRig(string? keyFile = null, ImpatientTimeProvider? clock = null, IWebhookJobs? jobs = null)
    {
        Stub = new StubHandler(_ => Respond());
        Clock = clock ?? new ImpatientTimeProvider();
        api = new ApiRig(Stub, Clock);
        var endpoint = new ProviderEndpoint("Fal", Registry.Find("Fal").Hosts, baseUri: null);
        falKeys = new FalKeys(api.Client, endpoint, Clock, keyFile);
        receiver = new WebhookReceiver(Registry, jobs ?? Jobs, falKeys, FindKey, Clock, new Redactor());
    }

    public static ProviderRegistry Registry { get; } = new();

    public StubHandler Stub { get; }

    public ImpatientTimeProvider Clock { get; }

    public InMemoryWebhookJobs Jobs { get; } = new();

    /// <summary>What fal signs with; its public half is in the key set from the beginning.</summary>
    public Ed25519Signer Signer { get; set; } = Ed25519Signer.Of(1);

    /// <summary>The keys of the key set.</summary>
    public List<byte[]> Published { get; } = [Ed25519Signer.Of(1).PublicKey];

    /// <summary>Answers in the place of the key set; null to send the key set.</summary>
    public Func<HttpResponseMessage>? KeySetAnswer { get; set; }

    public List<string> KeysAsked { get; } = [];

    public Func<SecretKey> Key { get; set; } = static () => SecretKey.FromText(ApiframeKey);

    public static string KeySet(IEnumerable<byte[]> keys) =>
        "{\"keys\":[" + string.Join(',', keys.Select(key => $"{{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"{Base64Url(key)}\"}}")) + "]}";

    public Task<WebhookReceipt> ReceiveAsync(WebhookDelivery delivery) => receiver.ReceiveAsync(delivery, CancellationToken.None);

    public Task<NBException> RefusalAsync(WebhookDelivery delivery) => Assert.ThrowsAsync<NBException>(() => ReceiveAsync(delivery));

    /// <summary>Puts a job into the journal, as it is after its submit.</summary>
    public JobRecord Submitted(string provider, string remoteId, NBJobState state = NBJobState.Submitted)
    {
        JobRecord job = new()
        {
            Id = "job-" + remoteId,
            State = state,
            Provider = provider,
            Model = "nano-banana-2",
            Operation = ImageOperation.Generate,
            Prompt = "a cat",
            Output = new OutputOptions { Directory = "/out" },
            CreatedAt = Clock.GetUtcNow(),
            UpdatedAt = Clock.GetUtcNow(),
            Remote = new RemoteJob { Id = remoteId, Model = "nano-banana-2" },
            QueuePosition = 3,
        };
        Jobs.Put(job);
        return job;
    }

    /// <summary>A delivery as fal signs it.</summary>
    public WebhookDelivery FromFal(string body, DateTimeOffset? signedAt = null, string? provider = null) => new(Encoding.UTF8.GetBytes(body), FalHeaders(body, signedAt), provider);

    public Dictionary<string, string> FalHeaders(string body, DateTimeOffset? signedAt = null)
    {
        string time = (signedAt ?? Clock.GetUtcNow()).ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        string digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(body)));
        byte[] signature = Signer.Sign(Encoding.UTF8.GetBytes($"req-1\nuser-1\n{time}\n{digest}"));
        return new Dictionary<string, string>
        {
            ["x-fal-webhook-request-id"] = "req-1", // As a gateway may write them: in lower case.
            ["x-fal-webhook-user-id"] = "user-1",
            ["x-fal-webhook-timestamp"] = time,
            ["x-fal-webhook-signature"] = Convert.ToHexStringLower(signature),
        };
    }

    /// <summary>A delivery as Apiframe signs it.</summary>
    public static WebhookDelivery FromApiframe(string body, string key = ApiframeKey) => FromApiframe(Encoding.UTF8.GetBytes(body), key);

    public static WebhookDelivery FromApiframe(byte[] body, string key = ApiframeKey)
    {
        byte[] digest = SHA256.HashData(Encoding.UTF8.GetBytes(key));
        string signature = "sha256=" + Convert.ToHexStringLower(HMACSHA256.HashData(digest, body));
        return new WebhookDelivery(body, new Dictionary<string, string> { ["X-Webhook-Signature"] = signature, ["X-Webhook-Event"] = "completed" });
    }

    /// <summary>A delivery with nothing around it.</summary>
    public static WebhookDelivery Plain(string body, string? provider = null) => new(Encoding.UTF8.GetBytes(body), [], provider);

    public void Dispose()
    {
        falKeys.Dispose();
        api.Dispose();
    }

    private static string Base64Url(byte[] bytes) => Convert.ToBase64String(bytes).TrimEnd('=').Replace('+', '-').Replace('/', '_');

    private SecretKey FindKey(string provider)
    {
        KeysAsked.Add(provider);
        return Key();
    }

    private HttpResponseMessage Respond() => KeySetAnswer?.Invoke() ?? new HttpResponseMessage(HttpStatusCode.OK)
    {
        Content = new StringContent(KeySet(Published), Encoding.UTF8, "application/json"),
    };
}
