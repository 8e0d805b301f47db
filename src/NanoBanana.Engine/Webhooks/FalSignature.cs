using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace NanoBanana.Engine.Webhooks;

/// <summary>
/// fal's signature: Ed25519 over four lines, which are the request's id, the user's id, the time, and the SHA-256 of the raw
/// body (fal.ai's page "Webhooks").
/// </summary>
/// <param name="keys">fal's public keys.</param>
/// <param name="timeProvider">The clock.</param>
internal sealed class FalSignature(FalKeys keys, TimeProvider timeProvider) : IWebhookSignature
{
    private const string HeaderPrefix = "X-Fal-Webhook-";

    /// <summary>How far a delivery's time may lie from ours, both ways.</summary>
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(300);

    public string Provider => "Fal";

    public bool IsClaimedBy(WebhookDelivery delivery) =>
        delivery.Headers.Keys.Any(static name => name.StartsWith(HeaderPrefix, StringComparison.OrdinalIgnoreCase));

    public async ValueTask VerifyAsync(WebhookDelivery delivery, CancellationToken cancellationToken)
    {
        string requestId = Required(delivery, "Request-Id");
        string userId = Required(delivery, "User-Id");
        string timestamp = Required(delivery, "Timestamp");
        byte[] signature = Hex.TryRead(Required(delivery, "Signature"), Ed25519.SignatureLength)
            ?? throw Denied($"its {HeaderPrefix}Signature does not hold {Ed25519.SignatureLength * 2} hexadecimal digits");
        CheckTime(timestamp); // First, for it costs nothing.

        string digest = Convert.ToHexString(SHA256.HashData(delivery.Body.Span)).ToLowerInvariant();
        byte[] message = Encoding.UTF8.GetBytes($"{requestId}\n{userId}\n{timestamp}\n{digest}");
        if (IsSigned(await keys.GetAsync(cancellationToken).ConfigureAwait(false))) return;
        if (await keys.RenewAsync(cancellationToken).ConfigureAwait(false) is { } renewed && IsSigned(renewed)) return;
        throw Denied("its signature does not fit any of fal's keys: the body or a header was changed, or somebody else sent it");

        bool IsSigned(IReadOnlyList<byte[]> candidates) => candidates.Any(key => Ed25519.Verify(key, message, signature));
    }

    private void CheckTime(string timestamp)
    {
        if (!long.TryParse(timestamp, NumberStyles.None, CultureInfo.InvariantCulture, out long seconds))
        {
            throw Denied($"its {HeaderPrefix}Timestamp is no number of seconds");
        }

        long now = timeProvider.GetUtcNow().ToUnixTimeSeconds();
        if (Math.Abs((decimal)now - seconds) <= (decimal)Window.TotalSeconds) return;
        string direction = seconds < now ? "before" : "after";
        throw Denied(string.Create(
            CultureInfo.InvariantCulture,
            $"it was signed more than {Window.TotalSeconds:0} seconds {direction} now, so it may be an old one played again. Check this machine's clock if it keeps happening; Wait-NBJob fetches the result in any case"));
    }

    private static string Required(WebhookDelivery delivery, string name) =>
        delivery.Header(HeaderPrefix + name) is { Length: > 0 } value ? value : throw Denied($"it has no {HeaderPrefix}{name}");

    private static NBException Denied(string why) =>
        new(NBErrorId.AccessDenied, $"The delivery is not proved to be fal's: {why}. Nothing was changed.") { Provider = "Fal" };
}
