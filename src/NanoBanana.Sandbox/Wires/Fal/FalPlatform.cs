using System.Globalization;
using System.Text.Json;
using NanoBanana.Sandbox.Jobs;

namespace NanoBanana.Sandbox.Wires.Fal;

/// <summary>The platform's API (api.fal.ai/v1/openapi.json): the price list, and the history a lost answer is looked up in.</summary>
internal static class FalPlatform
{
    private const int MostIds = 50;
    private const int MostItems = 100;
    private static readonly string[] Priced =
        ["fal-ai/nano-banana-2", "fal-ai/nano-banana-2/edit", "fal-ai/gemini-3.1-flash-image-preview", "fal-ai/gemini-3.1-flash-image-preview/edit"];

    public static SandboxResponse Answer(Exchange exchange) => (exchange.Request.Method, exchange.Request.Path) switch
    {
        ("GET", "/v1/models/pricing") => Prices(exchange),
        ("GET", "/v1/models/requests/by-endpoint") => History(exchange),
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

    private static SandboxResponse History(Exchange exchange)
    {
        var request = exchange.Request;
        var ids = Ids(exchange);
        if (ids.Length == 0)
            return FalErrors.Platform(exchange, 400, "validation_error", "endpoint_id is required");
        var start = exchange.Simulator.Clock.GetUtcNow().AddDays(request.QueryValue("request_id") is null ? -1 : -90);
        if (request.QueryValue("start") is { } from
            && !DateTimeOffset.TryParse(from, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out start))
            return FalErrors.Platform(exchange, 400, "validation_error", "start must be an ISO 8601 date");
        var limit = MostItems;
        if (request.QueryValue("limit") is { } wanted
            && (!int.TryParse(wanted, NumberStyles.None, CultureInfo.InvariantCulture, out limit) || limit is < 1 or > MostItems))
            return FalErrors.Platform(exchange, 400, "validation_error", "limit must be between 1 and 100");

        var jobs = exchange.Simulator.Jobs.Since(start)
            .Where(job => string.Equals(job.Order.Provider, FalWire.Name, StringComparison.Ordinal))
            .Where(job => Array.IndexOf(ids, job.Order.Model) >= 0)
            .Where(job => request.QueryValue("request_id") is not { } id || string.Equals(job.Id, id, StringComparison.Ordinal))
            .Take(limit + 1)
            .ToArray();
        return JsonBody.Answer(200, json =>
        {
            json.WriteStartArray("items");
            foreach (var job in jobs.Take(limit))
                Write(json, job, string.Equals(request.QueryValue("expand"), "payloads", StringComparison.Ordinal));
            json.WriteEndArray();
            json.WriteNull("next_cursor");
            json.WriteBoolean("has_more", jobs.Length > limit);
        });
    }

    private static void Write(Utf8JsonWriter json, SandboxJob job, bool payloads)
    {
        var look = job.Look();
        json.WriteStartObject();
        json.WriteString("request_id", job.Id);
        json.WriteString("endpoint_id", job.Order.Model);
        json.WriteString("sent_at", job.AcceptedAt);
        if (look.StartedAt is { } started)
            json.WriteString("started_at", started);
        if (look.EndedAt is { } ended)
        {
            json.WriteString("ended_at", ended);
            json.WriteNumber("duration", Math.Round((ended - (look.StartedAt ?? job.AcceptedAt)).TotalSeconds, 3));
            json.WriteNumber("status_code", look.End is JobEnd.Succeeded or JobEnd.Empty ? 200 : FalErrors.OfJob(job, look).Status);
        }

        if (payloads)
        {
            json.WriteStartObject("json_input");
            json.WriteString("prompt", job.Order.Prompt);
            json.WriteNumber("num_images", job.Order.Count);
            json.WriteString("resolution", job.Order.Tier);
            json.WriteString("aspect_ratio", job.Order.AspectRatio);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static string[] Ids(Exchange exchange) =>
        exchange.Request.QueryValue("endpoint_id")?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];
}
