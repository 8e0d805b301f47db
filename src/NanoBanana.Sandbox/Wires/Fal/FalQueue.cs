using System.Globalization;
using System.Text.Json;
using NanoBanana.Sandbox.Jobs;

namespace NanoBanana.Sandbox.Wires.Fal;

/// <summary>The queue: what a submit is answered, and all that can be asked of a job.</summary>
internal static class FalQueue
{
    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(15);

    public static SandboxResponse Accepted(Exchange exchange, SandboxJob job)
    {
        var look = job.Look();
        return JsonBody.Answer(200, json =>
        {
            json.WriteString("status", "IN_QUEUE");
            json.WriteString("request_id", job.Id);
            WriteAddresses(json, exchange.Request, job);
            json.WriteNumber("queue_position", look.Position);
        }).With("x-fal-request-id", job.Id);
    }

    public static SandboxResponse AnswerAboutJob(Exchange exchange, FalRoute route)
    {
        if (route.Subpath.Length > 0 || route.Call.Action == WireAction.Other)
            return FalErrors.Text(405, "Method Not Allowed");
        var job = exchange.Simulator.Jobs.Find(route.RequestId!);
        if (job is null || !string.Equals(AppOf(job), route.App, StringComparison.Ordinal))
            return FalErrors.Text(404, $"Request {route.RequestId} not found");
        if (exchange.Doom.ToEnd() is { } end)
            job.Spoil(exchange.Simulator.Clock.GetUtcNow(), end);
        var answer = route.Call.Action switch
        {
            WireAction.Status => Status(exchange, job),
            WireAction.Stream => Stream(exchange, job),
            WireAction.Cancel => Cancel(exchange, job),
            _ => Result(exchange, job),
        };
        return answer.With("x-fal-request-id", job.Id);
    }

    /// <summary>The output of a job that ended, or the error it ended with.</summary>
    public static SandboxResponse Output(Exchange exchange, SandboxJob job, JobSnapshot look) =>
        look.End is JobEnd.Succeeded or JobEnd.Empty ? FalOutput.Answer(exchange, job, look) : FalErrors.OfJob(job, look);

    private static SandboxResponse Result(Exchange exchange, SandboxJob job)
    {
        var look = job.Look();
        return look.Phase == JobPhase.Ended ? Output(exchange, job, look) : FalErrors.Text(400, "Request is still in progress");
    }

    private static SandboxResponse Status(Exchange exchange, SandboxJob job)
    {
        var look = job.Look();
        var body = StatusJson(exchange.Request, job, look, WantsLogs(exchange.Request));
        return new SandboxResponse(look.Phase == JobPhase.Ended ? 200 : 202, ResponseBody.FromBytes(body), JsonBody.ContentType);
    }

    private static SandboxResponse Cancel(Exchange exchange, SandboxJob job)
    {
        var cancelled = job.TryCancel(exchange.Simulator.Clock.GetUtcNow());
        return JsonBody.Answer(cancelled ? 202 : 400, json => json.WriteString("status", cancelled ? "CANCELLATION_REQUESTED" : "ALREADY_COMPLETED"));
    }

    private static SandboxResponse Stream(Exchange exchange, SandboxJob job)
    {
        var body = ResponseBody.FromWriter((destination, cancel) => StreamAsync(exchange, job, destination, cancel));
        return new SandboxResponse(200, body, "text/event-stream; charset=utf-8").With("Cache-Control", "no-cache");
    }

    /// <summary>An event for each change, until the end; a comment whenever it has been quiet for long.</summary>
    private static async Task StreamAsync(Exchange exchange, SandboxJob job, Stream destination, CancellationToken cancellationToken)
    {
        var logs = WantsLogs(exchange.Request);
        while (true)
        {
            var look = job.Look();
            await destination.WriteAsync(Event(StatusJson(exchange.Request, job, look, logs)), cancellationToken).ConfigureAwait(false);
            await destination.FlushAsync(cancellationToken).ConfigureAwait(false);
            if (look.Phase == JobPhase.Ended)
                return;
            while (!await HappensAsync(look.Changed, exchange.Simulator.Clock, cancellationToken).ConfigureAwait(false))
            {
                await destination.WriteAsync(": ping\n\n"u8.ToArray(), cancellationToken).ConfigureAwait(false);
                await destination.FlushAsync(cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private static async Task<bool> HappensAsync(Task change, TimeProvider clock, CancellationToken cancellationToken)
    {
        try
        {
            await change.WaitAsync(KeepAlive, clock, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    private static byte[] Event(byte[] json)
    {
        var text = new byte[json.Length + 8];
        "data: "u8.CopyTo(text);
        json.CopyTo(text, 6);
        "\n\n"u8.CopyTo(text.AsSpan(json.Length + 6));
        return text;
    }

    private static byte[] StatusJson(SandboxRequest request, SandboxJob job, JobSnapshot look, bool logs) => JsonBody.Bytes(json =>
    {
        json.WriteString("status", look.Phase switch { JobPhase.Queued => "IN_QUEUE", JobPhase.Running => "IN_PROGRESS", _ => "COMPLETED" });
        json.WriteString("request_id", job.Id);
        WriteAddresses(json, request, job);
        if (look.Phase == JobPhase.Queued)
            json.WriteNumber("queue_position", look.Position);
        WriteLogs(json, logs ? look.Logs : null);
        if (look.Phase != JobPhase.Ended)
            return;
        json.WriteStartObject("metrics");
        json.WriteNumber("inference_time", Math.Round(look.RunTime.TotalSeconds, 3));
        json.WriteEndObject();
        if (FalErrors.OnStatus(look.End) is not { } error)
            return;
        json.WriteString("error", error.Text);
        json.WriteString("error_type", error.Type);
    });

    private static void WriteLogs(Utf8JsonWriter json, IReadOnlyList<JobLog>? logs)
    {
        if (logs is null)
        {
            json.WriteNull("logs");
            return;
        }

        json.WriteStartArray("logs");
        foreach (var log in logs)
        {
            json.WriteStartObject();
            json.WriteString("message", log.Message);
            json.WriteString("level", "INFO");
            json.WriteString("source", "USER");
            json.WriteString("timestamp", log.At.ToString("O", CultureInfo.InvariantCulture));
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteAddresses(Utf8JsonWriter json, SandboxRequest request, SandboxJob job)
    {
        // Always on the queue's host and without the subpath, wherever the question came in.
        var path = $"/{AppOf(job)}/requests/{job.Id}";
        json.WriteString("response_url", request.UrlFor(FalRoute.QueueHost, path));
        json.WriteString("status_url", request.UrlFor(FalRoute.QueueHost, path + "/status"));
        json.WriteString("cancel_url", request.UrlFor(FalRoute.QueueHost, path + "/cancel"));
    }

    private static bool WantsLogs(SandboxRequest request) => request.QueryValue("logs") is "1" or "true" or "True";

    private static string AppOf(SandboxJob job) =>
        job.Order.Model.EndsWith("/edit", StringComparison.Ordinal) ? job.Order.Model[..^"/edit".Length] : job.Order.Model;
}
