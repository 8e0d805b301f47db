using System.Text.Json;

namespace NanoBanana.Engine.Providers.Apiframe;

/// <summary>Reads Apiframe's <c>result</c>, which its OpenAPI leaves untyped: a text, an array, or an object with images, url or imageUrl.</summary>
internal static class ApiframeResults
{
    private static readonly string[] Names = ["images", "imageUrls", "urls", "url", "imageUrl", "image"];

    /// <summary>The addresses in a result, in order; empty when it holds none.</summary>
    public static IReadOnlyList<string> ReadAddresses(JsonElement result)
    {
        var addresses = new List<string>();
        try
        {
            Collect(result, addresses, depth: 0);
        }
        catch (InvalidOperationException exception)
        {
            throw new JsonException("the result is no Unicode", exception);
        }

        return addresses;
    }

    private static void Collect(JsonElement value, List<string> addresses, int depth)
    {
        if (depth > 3) return;
        switch (value.ValueKind)
        {
            case JsonValueKind.String:
                if (ProviderErrors.Text(value) is { } address) addresses.Add(address);
                break;
            case JsonValueKind.Array:
                foreach (JsonElement item in value.EnumerateArray()) Collect(item, addresses, depth + 1);
                break;
            case JsonValueKind.Object:
                foreach (string name in Names)
                {
                    if (!value.TryGetProperty(name, out JsonElement inner)) continue;
                    int before = addresses.Count;
                    Collect(inner, addresses, depth + 1);
                    if (addresses.Count > before) return; // The first name that holds something; the others repeat it.
                }

                break;
        }
    }
}
