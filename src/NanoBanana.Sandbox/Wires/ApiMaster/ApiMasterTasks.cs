using System.Globalization;
using System.Text.Json;
using NanoBanana.Sandbox.Jobs;

namespace NanoBanana.Sandbox.Wires.ApiMaster;

/// <summary>Takes pictures' orders at both endpoints, and answers looks at tasks (notes, "Image parameters").</summary>
internal static class ApiMasterTasks
{
    public static async ValueTask<SandboxResponse> TakeAsync(Exchange exchange, CancellationToken cancellationToken)
    {
        var bytes = await RequestBody.ReadAsync(exchange.Request.Body, ApiMasterBody.Most, cancellationToken).ConfigureAwait(false);
        if (bytes is not { } body)
            return ApiMasterErrors.Of(413);
        if (!TryRead(body, out var input, out var problems))
            return ApiMasterErrors.Invalid(problems);
        var direct = exchange.Call.Action == WireAction.Direct;
        var job = exchange.Simulator.Jobs.Accept(
            "task_" + Guid.NewGuid().ToString("N"), Order(exchange, input, direct), StudioFor(exchange.Simulator, input.References));
        if (!direct)
            return Submitted(job);

        // A client that hangs up stops waiting and nothing else: "jobs you are still charged for" (notes, "Timeouts").
        return Output(exchange, await job.WaitForEndAsync(cancellationToken).ConfigureAwait(false));
    }

    /// <summary>A look at a task. The model must be the task's own, as the notes' address has it.</summary>
    public static SandboxResponse Status(Exchange exchange, string id)
    {
        var model = exchange.Request.QueryValue("model");
        if (exchange.FindJob(ApiMasterWire.Name, id) is not { } job || !string.Equals(job.Order.Model, model, StringComparison.Ordinal))
            return ApiMasterErrors.Of(404, $"Task {id} not found for model '{model}'.", "invalid_request_error", "task_not_found");
        var look = job.Look();
        return JsonBody.Answer(200, json =>
        {
            json.WriteNumber("code", 200);
            json.WriteStartObject("data");
            json.WriteString("task_id", job.Id);
            json.WriteString("status", StateOf(exchange.Simulator.Clock, job, look));
            if (look.End is JobEnd.Succeeded or JobEnd.Empty)
                WriteResult(json, exchange.Request, job, look);
            else if (look.End is not null)
                WriteError(json, look);
            json.WriteEndObject();
        });
    }

    private static SandboxResponse Submitted(SandboxJob job) => JsonBody.Answer(200, json =>
    {
        json.WriteNumber("code", 200);
        json.WriteStartArray("data");
        json.WriteStartObject();
        json.WriteString("status", "submitted");
        json.WriteString("task_id", job.Id);
        json.WriteEndObject();
        json.WriteEndArray();
    });

    private static SandboxResponse Output(Exchange exchange, JobSnapshot look)
    {
        if (look.End is not (JobEnd.Succeeded or JobEnd.Empty))
        {
            var (status, message, type, code) = ApiMasterErrors.Why(look);
            return ApiMasterErrors.Of(status, message, type, code);
        }

        return JsonBody.Answer(200, json =>
        {
            json.WriteNumber("created", look.EndedAt!.Value.ToUnixTimeSeconds());
            json.WriteStartArray("data");
            foreach (var picture in look.Pictures)
            {
                json.WriteStartObject();
                json.WriteString("url", exchange.Request.UrlFor(ApiMasterWire.FileHost, picture.Path));
                json.WriteEndObject();
            }

            json.WriteEndArray();
        });
    }

    /// <summary>
    /// "data.result.images[0].url[0]": an array within an array. Which of the two grows with <c>n</c> is not said, so a
    /// task does the one or the other.
    /// </summary>
    private static void WriteResult(Utf8JsonWriter json, SandboxRequest request, SandboxJob job, JobSnapshot look)
    {
        var groups = WireStudio.Variant(job.Id, 2) == 0 ? look.Pictures.Chunk(1) : look.Pictures.Chunk(Math.Max(1, look.Pictures.Count));
        json.WriteStartObject("result");
        json.WriteStartArray("images");
        foreach (var group in groups)
        {
            json.WriteStartObject();
            json.WriteStartArray("url");
            foreach (var picture in group)
                json.WriteStringValue(request.UrlFor(ApiMasterWire.FileHost, picture.Path));
            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>How a failed task says why is not documented: in the provider's own envelope.</summary>
    private static void WriteError(Utf8JsonWriter json, JobSnapshot look)
    {
        var (_, message, type, code) = ApiMasterErrors.Why(look);
        json.WriteStartObject("error");
        json.WriteString("message", message);
        json.WriteString("type", type);
        json.WriteString("code", code);
        json.WriteEndObject();
    }

    /// <summary>The states of the notes; the two names of a running task are its first and its second half.</summary>
    private static string StateOf(TimeProvider clock, SandboxJob job, JobSnapshot look) => look.Phase switch
    {
        JobPhase.Queued => "submitted",
        JobPhase.Running => clock.GetUtcNow() - look.StartedAt!.Value < job.Order.RunTime / 2 ? "processing" : "in_progress",
        _ => look.End is JobEnd.Succeeded or JobEnd.Empty ? "completed" : "failed",
    };

    private static bool TryRead(ReadOnlyMemory<byte> bytes, out ApiMasterInput input, out IReadOnlyList<FieldProblem> problems)
    {
        input = new ApiMasterInput();
        problems = [new FieldProblem("", "must be a JSON object")];
        try
        {
            if (ApiMasterBody.Parse(bytes) is { } body)
                input = ApiMasterInput.Read(body, out problems);
        }
        catch (JsonException error)
        {
            problems = [new FieldProblem("", "is not valid JSON: " + error.Message)];
        }

        return problems.Count == 0;
    }

    /// <summary>A studio that takes data URIs from the request's bytes, one at a time, and lets the request go with the last.</summary>
    private static Studio StudioFor(Simulator simulator, IReadOnlyList<ApiMasterReference> references)
    {
        var left = references.ToArray();
        return new Studio(Fetch, static (id, index, format) => $"/files/{id}/{index}{WireStudio.Extension(format)}");

        byte[]? Fetch(string place)
        {
            var index = int.Parse(place, CultureInfo.InvariantCulture);
            var reference = left[index];
            left[index] = default;
            return reference.Address is { } address ? WireStudio.Fetch(simulator, address) : reference.Decode();
        }
    }

    private static JobOrder Order(Exchange exchange, ApiMasterInput input, bool direct)
    {
        var latency = exchange.Options.Latency;
        var queue = direct ? TimeSpan.Zero : latency / 3;
        return new JobOrder
        {
            Provider = ApiMasterWire.Name,
            Operation = input.References.Count > 0 ? "edit" : "generate",
            Model = input.Model,
            Prompt = input.Prompt,
            AspectRatio = input.Ratio,
            Tier = input.Resolution.ToUpperInvariant(),
            TierOnWire = input.Resolution,
            Count = input.Count,
            Format = WireStudio.Format(input.Format),
            // Their places: the studio knows what is there.
            References = [.. Enumerable.Range(0, input.References.Count).Select(static place => place.ToString(CultureInfo.InvariantCulture))],
            Amount = ApiMasterPrices.Of(input.Resolution, input.Count),
            QueueTime = queue,
            RunTime = latency - queue,
            Notes = input.Notes,
            Doom = exchange.Doom.ToEnd(),
        };
    }
}
