using NanoBanana.Sandbox.Jobs;

namespace NanoBanana.Sandbox.Wires.Apiframe;

/// <summary>Who the key belongs to, with what is left of its credits, and the public list of models (OpenAPI, Me and ModelCatalog).</summary>
internal static class ApiframeAccount
{
    /// <summary>The credits of a simulated team before its first job.</summary>
    public const int FirstCredits = 10_000;

    private const int KeyPrefix = 8;

    public static SandboxResponse Me(Exchange exchange, string key) => JsonBody.Answer(200, json =>
    {
        json.WriteStartObject("user");
        json.WriteString("id", "00000000-0000-0000-0000-000000000001");
        json.WriteString("email", "sandbox@example.com");
        json.WriteString("role", "OWNER");
        json.WriteEndObject();
        json.WriteStartObject("team");
        json.WriteString("id", "00000000-0000-0000-0000-000000000002");
        json.WriteString("name", "Sandbox");
        json.WriteNumber("credits", Math.Max(0, FirstCredits - Spent(exchange.Simulator)));
        json.WriteString("plan", "pro");
        json.WriteNull("customerId");
        json.WriteEndObject();
        json.WriteStartObject("apiKey");
        json.WriteString("id", "00000000-0000-0000-0000-000000000003");
        json.WriteString("name", "Default");
        json.WriteString("prefix", key.Length > KeyPrefix ? key[..KeyPrefix] : key[..1]);
        json.WriteEndObject();
    });

    public static SandboxResponse Models(Exchange exchange)
    {
        var modality = exchange.Request.QueryValue("modality");
        if (modality is not (null or "image" or "video" or "music"))
            return ApiframeErrors.Validation([new FieldProblem("modality", "must be one of image, video, music")]);
        return JsonBody.Answer(200, json =>
        {
            json.WriteStartArray("models");
            if (modality is null or "image")
            {
                json.WriteStartObject();
                json.WriteString("id", ApiframeInput.Model);
                json.WriteString("label", "Nano Banana 2");
                json.WriteString("modality", "image");
                json.WriteNumber("costMin", ApiframePrices.Least);
                json.WriteNumber("costMax", ApiframePrices.Most);
                json.WriteString("pricingMode", "flat");
                json.WriteEndObject();
            }

            json.WriteEndArray();
        });
    }

    /// <summary>Credits of the jobs that run or went well: the rest was given back.</summary>
    private static int Spent(Simulator simulator) => simulator.Jobs.Since(DateTimeOffset.MinValue)
        .Where(static job => string.Equals(job.Order.Provider, ApiframeWire.Name, StringComparison.Ordinal))
        .Where(static job => job.Look().End is null or JobEnd.Succeeded)
        .Sum(static job => ApiframePrices.Credits(job.Order.TierOnWire!));
}
