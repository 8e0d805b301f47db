namespace NanoBanana.Engine.Webhooks;

/// <summary>What arrived at an address that was given to a provider with -CallbackUri.</summary>
public sealed class WebhookDelivery
{
    /// <summary>Takes a delivery as it arrived.</summary>
    /// <param name="body">The bytes of the body, untouched: signatures are over exactly these.</param>
    /// <param name="headers">The headers; their names are taken in any case.</param>
    /// <param name="provider">Who sent it; null or blank to tell it by its headers and the form of its body.</param>
    /// <exception cref="NBException">InvalidRequest: a header is given twice.</exception>
    public WebhookDelivery(ReadOnlyMemory<byte> body, IEnumerable<KeyValuePair<string, string>> headers, string? provider = null)
    {
        ArgumentNullException.ThrowIfNull(headers);
        var byName = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach ((string name, string value) in headers)
        {
            // Which of two is meant cannot be known, and a proof must not depend on the order.
            if (!byName.TryAdd(name, value)) throw new NBException(NBErrorId.InvalidRequest, "The delivery names the same header twice; nothing was changed.") { Parameter = "Headers" };
        }

        Body = body;
        Headers = byName;
        Provider = string.IsNullOrWhiteSpace(provider) ? null : provider;
    }

    /// <summary>The bytes of the body.</summary>
    public ReadOnlyMemory<byte> Body { get; }

    /// <summary>The headers, by name in any case.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; }

    /// <summary>Who sent it, where the caller knows.</summary>
    public string? Provider { get; }

    /// <summary>A header's value.</summary>
    /// <param name="name">The header's name.</param>
    /// <returns>The value without blanks around it, or null.</returns>
    public string? Header(string name) => Headers.TryGetValue(name, out string? value) ? value.Trim() : null;
}
