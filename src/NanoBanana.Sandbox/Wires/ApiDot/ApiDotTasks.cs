using System.Globalization;
using System.Text.Json;
using NanoBanana.Sandbox.Jobs;

namespace NanoBanana.Sandbox.Wires.ApiDot;

/// <summary>Tasks: what a submit is answered, and what a look shows (S1; <c>curl/generate.md</c>, "Expected response").</summary>
internal static class ApiDotTasks
{
    private const string IdPrefix = "task-unified-";

    public static async ValueTask<SandboxResponse> TakeAsync(Exchange exchange, CancellationToken cancellationToken)
    {
        var (json, problem) = await RequestBody.ReadJsonAsync(exchange.Request.Body, cancellationToken).ConfigureAwait(false);
        using (json)
        {
            if (json is null)
                return ApiDotErrors.Of(400, "The body is not valid JSON: " + problem);
            var input = ApiDotInput.Read(json.RootElement, out var problems);
            if (problems.Count > 0)
                return ApiDotErrors.Of(400, string.Join("; ", problems));
            var job = exchange.Simulator.Jobs.Accept(
                IdPrefix + Guid.NewGuid().ToString("N"),
                Order(exchange, input),
                WireStudio.For(exchange.Simulator, static (id, index) => $"/files/{id}/{index}"));
            return JsonBody.Answer(200, body =>
            {
                body.WriteNumber("code", 200);
                body.WriteStartObject("data");
                body.WriteString("task_id", job.Id);
                body.WriteString("status", "not_started");
                WriteCreated(body, job);
                body.WriteEndObject();
            });
        }
    }

    public static SandboxResponse Status(Exchange exchange, string id)
    {
        if (exchange.FindJob(ApiDotWire.Name, id) is not { } job)
            return ApiDotErrors.Of(404, $"Task {id} not found");
        var look = job.Look();
        return JsonBody.Answer(200, json =>
        {
            json.WriteNumber("code", 200);
            json.WriteStartObject("data");
            json.WriteString("task_id", job.Id);
            json.WriteString("status", StateOf(look));
            WriteCreated(json, job);
            if (look.End is JobEnd.Succeeded or JobEnd.Empty)
                WriteOutput(json, exchange.Request, job, look);
            json.WriteString("error_message", MessageOf(look));
            json.WriteEndObject();
        });
    }

    /// <summary>
    /// The files stand in <c>data.output.files</c> in the cURL page and in <c>data.files</c> in the webhook samples; a
    /// task shows them in one of the two places.
    /// </summary>
    private static void WriteOutput(Utf8JsonWriter json, SandboxRequest request, SandboxJob job, JobSnapshot look)
    {
        var nested = WireStudio.Variant(job.Id, 2) == 0;
        if (nested)
            json.WriteStartObject("output");
        json.WriteStartArray("files");
        foreach (var picture in look.Pictures)
        {
            json.WriteStartObject();
            json.WriteString("file_url", request.UrlFor(ApiDotWire.FileHost, picture.Path));
            json.WriteString("file_type", "image");
            json.WriteEndObject();
        }

        json.WriteEndArray();
        if (nested)
            json.WriteEndObject();
    }

    /// <summary>Without a zone, as the samples have it.</summary>
    private static void WriteCreated(Utf8JsonWriter json, SandboxJob job) =>
        json.WriteString("created_time", job.AcceptedAt.UtcDateTime.ToString("s", CultureInfo.InvariantCulture));

    private static string StateOf(JobSnapshot look) => look.Phase switch
    {
        JobPhase.Queued => "not_started",
        JobPhase.Running => "running",
        _ => look.End is JobEnd.Succeeded or JobEnd.Empty ? "finished" : "failed",
    };

    private static string? MessageOf(JobSnapshot look) => look.End switch
    {
        null or JobEnd.Succeeded or JobEnd.Empty => null,
        JobEnd.Rejected => "The content was rejected by the content moderation policy.",
        JobEnd.ReferenceUnreachable => Reference(look, "could not be downloaded"),
        JobEnd.ReferenceUnreadable => Reference(look, "is not a supported image"),
        _ => "The generation failed.",
    };

    private static string Reference(JobSnapshot look, string what) =>
        FormattableString.Invariant($"The reference image image_urls[{look.FailedReference}] {what}.");

    private static JobOrder Order(Exchange exchange, ApiDotInput input)
    {
        var latency = exchange.Options.Latency;
        var queue = latency / 3;
        return new JobOrder
        {
            Provider = ApiDotWire.Name,
            Operation = input.Edit ? "edit" : "generate",
            Model = input.Edit ? ApiDotInput.EditModel : ApiDotInput.Model,
            Prompt = input.Prompt,
            Seed = input.Seed,
            AspectRatio = input.Size,
            Tier = input.Resolution,
            Count = 1,
            Format = WireStudio.Format(input.Format),
            References = input.ImageUrls,
            Amount = ApiDotPrices.Of(input.Resolution),
            QueueTime = queue,
            RunTime = latency - queue,
            Notes = Notes(input),
            Doom = exchange.Doom.ToEnd(),
        };
    }

    private static Dictionary<string, string> Notes(ApiDotInput input)
    {
        var notes = new Dictionary<string, string>(StringComparer.Ordinal);
        if (input.CallbackUrl is { } callback)
            notes["callback_url"] = callback;
        if (input.GoogleSearch)
            notes["google_search"] = "true";
        return notes;
    }
}
