using System.Collections;
using System.Globalization;
using System.Management.Automation;
using System.Text;
using System.Text.Json;
using NanoBanana.Engine.Webhooks;

namespace NanoBanana.PowerShell.Commands;

/// <summary>Makes a delivery of what a runbook or a web server of the user's own hands over.</summary>
internal static class WebhookReading
{
    private const string BodyName = "RequestBody";
    private const string HeaderName = "RequestHeader";

    /// <summary>Reads a runbook's $WebhookData: an object, or JSON text, with RequestBody and RequestHeader.</summary>
    /// <param name="data">The object or the text.</param>
    /// <param name="provider">Who sent it, where the user knows.</param>
    /// <exception cref="NBException">InvalidRequest: it is neither, or the body is no text any more.</exception>
    public static WebhookDelivery FromRunbook(object? data, string? provider)
    {
        object? plain = Plain(data);
        if (plain is string json) return FromJson(json, provider);
        object? body = Member(plain, BodyName) ?? throw Invalid($"-WebhookData has no {BodyName}. Hand over the runbook's $WebhookData as it is, or use -Body and -Headers.");
        if (body is not string) throw Invalid($"{BodyName} is a {body.GetType().Name}, not the text that arrived. A signature is over the text itself: do not convert it before.");
        return FromParts(body, Member(plain, HeaderName), provider);
    }

    /// <summary>Reads a body and headers.</summary>
    /// <param name="body">Text or bytes.</param>
    /// <param name="headers">A table or an object; null for none.</param>
    /// <param name="provider">Who sent it, where the user knows.</param>
    /// <exception cref="NBException">InvalidRequest.</exception>
    public static WebhookDelivery FromParts(object? body, object? headers, string? provider)
    {
        byte[] bytes = Plain(body) switch
        {
            string text => Encoding.UTF8.GetBytes(text),
            byte[] raw => raw,
            object?[] items when items.Length > 0 && items.All(item => Plain(item) is byte) => [.. items.Select(item => (byte)Plain(item)!)],
            _ => throw Invalid("-Body must be the text or the bytes that arrived."),
        };
        return new WebhookDelivery(bytes, Headers(Plain(headers)), provider);
    }

    private static WebhookDelivery FromJson(string json, string? provider)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            if (document.RootElement.ValueKind == JsonValueKind.Object && Find(document.RootElement, BodyName) is { ValueKind: JsonValueKind.String } body)
            {
                var headers = new Dictionary<string, object?>(StringComparer.Ordinal);
                if (Find(document.RootElement, HeaderName) is { ValueKind: JsonValueKind.Object } table)
                {
                    foreach (JsonProperty header in table.EnumerateObject()) headers[header.Name] = header.Value.ToString();
                }

                return FromParts(body.GetString(), headers, provider);
            }
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            throw Invalid("-WebhookData is a text, but no JSON. Hand over the runbook's $WebhookData as it is, or use -Body and -Headers.", exception);
        }

        throw Invalid($"-WebhookData is JSON without a text {BodyName}. Hand over the runbook's $WebhookData as it is, or use -Body and -Headers.");
    }

    private static JsonElement? Find(JsonElement root, string name)
    {
        foreach (JsonProperty property in root.EnumerateObject())
        {
            if (string.Equals(property.Name, name, StringComparison.OrdinalIgnoreCase)) return property.Value;
        }

        return null;
    }

    private static IEnumerable<KeyValuePair<string, string>> Headers(object? headers) => headers switch
    {
        null => [],
        IDictionary table => Entries(table).Select(entry => Header(Convert.ToString(entry.Key, CultureInfo.InvariantCulture) ?? string.Empty, entry.Value)),
        string => throw Invalid("-Headers must be a hashtable or an object with a property for each header."),
        _ => PSObject.AsPSObject(headers).Properties.Select(property => Header(property.Name, property.Value)),
    };

    /// <summary>Some servers hand over a list of values for each name.</summary>
    private static KeyValuePair<string, string> Header(string name, object? value) => new(name, Plain(value) switch
    {
        string text => text,
        IEnumerable items => string.Join(", ", items.Cast<object?>().Select(item => Convert.ToString(Plain(item), CultureInfo.InvariantCulture))),
        { } other => Convert.ToString(other, CultureInfo.InvariantCulture) ?? string.Empty,
        null => string.Empty,
    });

    private static object? Member(object? owner, string name) => owner switch
    {
        null => null,
        IDictionary table => Plain(Entries(table).FirstOrDefault(entry => string.Equals(entry.Key as string, name, StringComparison.OrdinalIgnoreCase)).Value),
        _ => Plain(PSObject.AsPSObject(owner).Properties[name]?.Value),
    };

    /// <summary>Every kind of table gives entries here; one with types gives pairs to a mere Cast.</summary>
    private static IEnumerable<DictionaryEntry> Entries(IDictionary table)
    {
        foreach (DictionaryEntry entry in table) yield return entry;
    }

    /// <summary>The thing itself, where PowerShell has wrapped it; an object made of properties stays as it is.</summary>
    private static object? Plain(object? value) => value is PSObject { BaseObject: not PSCustomObject } wrapped ? wrapped.BaseObject : value;

    private static NBException Invalid(string message, Exception? inner = null) => new(NBErrorId.InvalidRequest, message, inner) { Parameter = "WebhookData" };
}
