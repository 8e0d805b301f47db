namespace NanoBanana.Engine.Webhooks;

/// <summary>How one provider proves that a delivery is its own.</summary>
internal interface IWebhookSignature
{
    /// <summary>The provider's name.</summary>
    string Provider { get; }

    /// <summary>Whether a delivery carries this provider's signature, be it a good one or not.</summary>
    bool IsClaimedBy(WebhookDelivery delivery);

    /// <summary>Checks the signature.</summary>
    /// <exception cref="NBException">
    /// AccessDenied: it is missing, wrong or too old. ProviderUnavailable, CredentialNotFound: what it is checked with cannot
    /// be had.
    /// </exception>
    ValueTask VerifyAsync(WebhookDelivery delivery, CancellationToken cancellationToken);
}
