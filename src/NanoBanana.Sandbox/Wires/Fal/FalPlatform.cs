namespace NanoBanana.Sandbox.Wires.Fal;

/// <summary>The platform's API (api.fal.ai/v1/openapi.json): the price list, and the way to <see cref="FalHistory"/>.</summary>
internal static class FalPlatform
{
    public const int MostIds = 50;
    private static readonly string[] Priced =
        ["fal-ai/nano-banana-2", "fal-ai/nano-banana-2/edit", "fal-ai/gemini-3.1-flash-image-preview", "fal-ai/gemini-3.1-flash-image-preview/edit"];

    public static SandboxResponse Answer(Exchange exchange) => (exchange.Request.Method, exchange.Request.Path) switch
    {
        ("GET", "/v1/models/pricing") => Prices(exchange),
        ("GET", "/v1/models/requests/by-endpoint") => FalHistory.Answer(exchange),
        _ => FalErrors.Platform(exchange, 404, "not_found", "Not found"),
    };

    private static SandboxResponse Prices(Exchange exchange)
    {
        var ids = Ids(exchange);
        if (ids.Length is 0 or > MostIds)
            return FalErrors.Platform(exchange, 400, "validation_error", "endpoint_id must name between 1 and 50 endpoints");
        var unknown = Array.Find(ids, static id => Array.IndexOf(Priced, id) < 0);
        if (unknown is not null)
            return FalErrors.Platform(exchange, 404, "not_found", $"No pricing found for endpoint '{unknown}'");
        return JsonBody.Answer(200, json =>
        {
            json.WriteStartArray("prices");
            foreach (var id in ids)
            {
                json.WriteStartObject();
                json.WriteString("endpoint_id", id);
                json.WriteNumber("unit_price", FalPrices.Unit);
                json.WriteString("unit", "images");
                json.WriteString("currency", "USD");
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteNull("next_cursor");
            json.WriteBoolean("has_more", value: false);
        });
    }

    /// <summary>"Comma-separated or repeated query params".</summary>
    public static string[] Ids(Exchange exchange) =>
        [.. exchange.Request.QueryValues("endpoint_id").SelectMany(static ids => ids.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))];
}
