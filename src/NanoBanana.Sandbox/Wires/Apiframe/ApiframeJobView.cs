using System.Text.Json;
using NanoBanana.Sandbox.Jobs;
using NanoBanana.Sandbox.Painting;

namespace NanoBanana.Sandbox.Wires.Apiframe;

/// <summary>A job as a look shows it (OpenAPI, Job).</summary>
internal static class ApiframeJobView
{
    /// <summary>The shapes of <c>result</c>, which the OpenAPI leaves without a type.</summary>
    private const int ResultShapes = 6;

    public static SandboxResponse Answer(Exchange exchange, SandboxJob job, JobSnapshot look, bool expired)
    {
        var well = look.End is JobEnd.Succeeded or JobEnd.Empty;
        expired &= well;
        return JsonBody.Answer(200, json =>
        {
            json.WriteString("id", job.Id);
            json.WriteString("status", StateOf(look));
            json.WriteString("model", job.Order.Model);
            WriteNumber(json, "progress", Progress(exchange, job, look));
            json.WritePropertyName("result");
            if (well && !expired)
                WriteResult(json, Addresses(exchange.Request, look), WireStudio.Variant(job.Id, ResultShapes));
            else
                json.WriteNullValue();
            json.WriteString("error", ErrorOf(look));
            // S2: "you only pay for successful generations".
            json.WriteNumber("creditCost", look.End is null or JobEnd.Succeeded ? ApiframePrices.Credits(job.Order.TierOnWire!) : 0);
            // The sandbox delivers no webhooks: one asked for stays pending.
            json.WriteString("webhookStatus", job.Order.Notes.ContainsKey("webhookUrl") ? "pending" : null);
            json.WriteString("createdAt", job.AcceptedAt.UtcDateTime);
            if (look.EndedAt is { } ended)
                json.WriteString("completedAt", ended.UtcDateTime);
            else
                json.WriteNull("completedAt");
            json.WriteBoolean("expired", expired);
            WriteInput(json, job.Order);
        });
    }

    public static string StateOf(JobSnapshot look) => look.Phase switch
    {
        JobPhase.Queued => "QUEUED",
        JobPhase.Running => "PROCESSING",
        _ => look.End is JobEnd.Succeeded or JobEnd.Empty ? "COMPLETED" : "FAILED",
    };

    private static string[] Addresses(SandboxRequest request, JobSnapshot look) =>
        [.. look.Pictures.Select(picture => request.UrlFor(ApiframeWire.FileHost, picture.Path))];

    /// <summary>
    /// S2: "the result field then holds the output URL(s)". Its shape is nowhere said: seen are a plain address and
    /// <c>{"images":[...]}</c>. Each job keeps to one of those a client must be ready for.
    /// </summary>
    private static void WriteResult(Utf8JsonWriter json, string[] urls, int shape)
    {
        switch (shape)
        {
            case 1:
                WriteArray(json, urls, named: false);
                return;
            case 2 or 3:
                json.WriteStartObject();
                json.WritePropertyName("images");
                WriteArray(json, urls, named: shape == 3);
                json.WriteEndObject();
                return;
        }

        if (urls.Length == 0)
        {
            json.WriteNullValue();
            return;
        }

        if (shape == 0)
        {
            json.WriteStringValue(urls[0]);
            return;
        }

        json.WriteStartObject();
        json.WriteString(shape == 4 ? "url" : "imageUrl", urls[0]);
        json.WriteEndObject();
    }

    private static void WriteArray(Utf8JsonWriter json, string[] urls, bool named)
    {
        json.WriteStartArray();
        foreach (var url in urls)
        {
            if (!named)
            {
                json.WriteStringValue(url);
                continue;
            }

            json.WriteStartObject();
            json.WriteString("url", url);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    /// <summary>From 0 to 100; null for a job that failed.</summary>
    private static int? Progress(Exchange exchange, SandboxJob job, JobSnapshot look)
    {
        if (look.Phase == JobPhase.Queued)
            return 0;
        if (look.Phase == JobPhase.Ended)
            return look.End is JobEnd.Succeeded or JobEnd.Empty ? 100 : null;
        var ran = exchange.Simulator.Clock.GetUtcNow() - look.StartedAt!.Value;
        return job.Order.RunTime > TimeSpan.Zero ? (int)Math.Clamp(100 * (ran / job.Order.RunTime), 1, 99) : 99;
    }

    private static void WriteNumber(Utf8JsonWriter json, string name, int? value)
    {
        if (value is { } number)
            json.WriteNumber(name, number);
        else
            json.WriteNull(name);
    }

    private static void WriteInput(Utf8JsonWriter json, JobOrder order)
    {
        json.WriteStartObject("input");
        json.WriteString("model", order.Model);
        json.WriteString("prompt", order.Prompt);
        json.WriteStartObject("nanoBananaParams");
        if (order.Notes.TryGetValue("aspect_ratio", out var ratio))
            json.WriteString("aspect_ratio", ratio);
        json.WriteString("resolution", order.TierOnWire);
        json.WriteString("output_format", order.Format switch { PictureFormat.Jpeg => "jpg", PictureFormat.Webp => "webp", _ => "png" });
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static string? ErrorOf(JobSnapshot look) => look.End switch
    {
        null or JobEnd.Succeeded or JobEnd.Empty => null,
        JobEnd.Rejected => "Content was flagged by the provider's moderation and rejected",
        JobEnd.ReferenceUnreachable => FormattableString.Invariant($"image_input[{look.FailedReference}] could not be downloaded"),
        JobEnd.ReferenceUnreadable => FormattableString.Invariant($"image_input[{look.FailedReference}] is not a supported image"),
        _ => "Generation failed",
    };
}
