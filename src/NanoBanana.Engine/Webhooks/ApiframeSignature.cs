using System.Security.Cryptography;
using System.Text;
using NanoBanana.Engine.Transport;

namespace NanoBanana.Engine.Webhooks;

/// <summary>
/// Apiframe's signature: <c>X-Webhook-Signature: sha256=HEX</c>, the HMAC-SHA256 of the raw body under the 32 bytes that are
/// the SHA-256 of the API key (apiframe-ai/apiframe-nodejs-sdk, src/webhooks.ts). It holds no time, so an old delivery is
/// told by the job it speaks of.
/// </summary>
/// <param name="findKey">Finds the API key; what it gives is disposed of here.</param>
/// <param name="redactor">Learns the key, so that no message shows it.</param>
internal sealed class ApiframeSignature(Func<SecretKey> findKey, Redactor redactor) : IWebhookSignature
{
    private const string SignatureHeader = "X-Webhook-Signature";
    private const string EventHeader = "X-Webhook-Event";
    private const string Prefix = "sha256=";

    public string Provider => "Apiframe";

    public bool IsClaimedBy(WebhookDelivery delivery) =>
        delivery.Header(EventHeader) is not null && delivery.Header(SignatureHeader)?.StartsWith(Prefix, StringComparison.Ordinal) == true;

    public ValueTask VerifyAsync(WebhookDelivery delivery, CancellationToken cancellationToken)
    {
        string header = delivery.Header(SignatureHeader) ?? throw Denied($"it has no {SignatureHeader}");
        if (!header.StartsWith(Prefix, StringComparison.Ordinal)) throw Denied($"its {SignatureHeader} does not begin with {Prefix}");
        byte[] given = Hex.TryRead(header.AsSpan(Prefix.Length), HMACSHA256.HashSizeInBytes)
            ?? throw Denied($"its {SignatureHeader} does not hold {HMACSHA256.HashSizeInBytes * 2} hexadecimal digits");
        if (!CryptographicOperations.FixedTimeEquals(Compute(delivery.Body.Span), given))
        {
            throw Denied("its signature does not fit: the body was changed, or the key is not the one that the job was ordered with");
        }

        return ValueTask.CompletedTask;
    }

    private byte[] Compute(ReadOnlySpan<byte> body)
    {
        using SecretKey key = findKey();
        string text = key.Reveal();
        redactor.Add(text);
        byte[] digest = SHA256.HashData(Encoding.UTF8.GetBytes(text));
        byte[] signature = HMACSHA256.HashData(digest, body);
        CryptographicOperations.ZeroMemory(digest);
        return signature;
    }

    private static NBException Denied(string why) =>
        new(NBErrorId.AccessDenied, $"The delivery is not proved to be Apiframe's: {why}. Nothing was changed.") { Provider = "Apiframe" };
}
