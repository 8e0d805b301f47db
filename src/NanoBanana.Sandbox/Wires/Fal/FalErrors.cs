using System.Text.Json;
using NanoBanana.Sandbox.Jobs;

namespace NanoBanana.Sandbox.Wires.Fal;

/// <summary>fal's four error shapes.</summary>
internal static class FalErrors
{
    private const string DocsUrl = "https://docs.fal.ai/errors#";

    /// <summary><c>{"detail":"text"}</c>.</summary>
    public static SandboxResponse Text(int status, string detail) =>
        JsonBody.Answer(status, json => json.WriteString("detail", detail));

    /// <summary><c>{"detail":"text","error_type":"..."}</c>: an error of fal's own machinery.</summary>
    public static SandboxResponse Infrastructure(int status, string detail, string type) =>
        JsonBody.Answer(status, json =>
        {
            json.WriteString("detail", detail);
            json.WriteString("error_type", type);
        }).With("X-Fal-Error-Type", type);

    /// <summary><c>{"detail":[{...}]}</c>: an error of the model.</summary>
    public static SandboxResponse Model(int status, IReadOnlyList<FalProblem> problems) =>
        JsonBody.Answer(status, json =>
        {
            json.WriteStartArray("detail");
            foreach (var problem in problems)
                Write(json, problem);
            json.WriteEndArray();
        }).With("X-Fal-Error-Type", problems[0].Type);

    /// <summary><c>{"error":{...}}</c>: an error of the platform's API.</summary>
    public static SandboxResponse Platform(Exchange exchange, int status, string type, string message)
    {
        var id = exchange.Request.Header("X-Fal-Request-Id") ?? Guid.NewGuid().ToString();
        return JsonBody.Answer(status, json =>
        {
            json.WriteStartObject("error");
            json.WriteString("type", type);
            json.WriteString("message", message);
            json.WriteString("docs_url", "https://docs.fal.ai/platform-apis/errors#" + type);
            json.WriteString("request_id", id);
            json.WriteEndObject();
        });
    }

    public static SandboxResponse Refuse(Exchange exchange, Refusal refusal)
    {
        var text = refusal.Cause switch
        {
            RefusalCause.Credits => "User is locked. Reason: Exhausted balance.",
            RefusalCause.Unauthorized => "Cannot access application. Authentication is required to access this application.",
            _ => StatusWords.Of(refusal.Status),
        };
        if (FalRoute.IsMedia(exchange.Request.Host))
            return new SandboxResponse(refusal.Status, ResponseBody.FromBytes(System.Text.Encoding.UTF8.GetBytes(text)), "text/plain; charset=utf-8");
        if (string.Equals(exchange.Request.Host, FalRoute.PlatformHost, StringComparison.OrdinalIgnoreCase))
            return Platform(exchange, refusal.Status, PlatformType(refusal.Status), text);
        return refusal is { Cause: RefusalCause.Status, Status: >= 500 }
            ? Infrastructure(refusal.Status, text, InfrastructureType(refusal.Status))
            : Text(refusal.Status, text);
    }

    /// <summary>What the result of a job that ended badly answers.</summary>
    public static SandboxResponse OfJob(SandboxJob job, JobSnapshot look) => look.End switch
    {
        JobEnd.Rejected => Model(422, [Rejection(job)]),
        JobEnd.Cancelled => Infrastructure(499, "Request was cancelled by the client.", "client_cancelled"),
        JobEnd.StartTimeout => Infrastructure(504, "Request timed out before it started.", "request_timeout").With("X-Fal-Request-Timeout-Type", "user"),
        JobEnd.ReferenceUnreachable => Model(422, [Reference(look, "file_download_error", "Failed to download the file.")]),
        JobEnd.ReferenceUnreadable => Model(422, [Reference(look, "image_load_error", "Failed to load the image. Please ensure the image file is not corrupted and is in a supported format.")]),
        _ => Model(500, [new FalProblem(["body"], "An unexpected error occurred. Please try again later.", "internal_server_error", null)]),
    };

    /// <summary>The short form a COMPLETED status carries; null when the job ended well.</summary>
    public static (string Text, string Type)? OnStatus(JobEnd? end) => end switch
    {
        null or JobEnd.Succeeded or JobEnd.Empty => null,
        JobEnd.Cancelled => ("Request was cancelled by the client.", "client_cancelled"),
        JobEnd.StartTimeout => ("Request timed out before it started.", "request_timeout"),
        JobEnd.Failed => ("Invalid status code: 500", "internal_server_error"),
        JobEnd.Rejected => ("Invalid status code: 422", "content_policy_violation"),
        JobEnd.ReferenceUnreachable => ("Invalid status code: 422", "file_download_error"),
        _ => ("Invalid status code: 422", "image_load_error"),
    };

    private static FalProblem Rejection(SandboxJob job) => new(
        ["body", "prompt"],
        "The content could not be processed because it contained material flagged by a content checker.",
        "content_policy_violation",
        job.Order.Prompt);

    private static FalProblem Reference(JobSnapshot look, string type, string message) =>
        new(["body", "image_urls", look.FailedReference], message, type, null);

    private static void Write(Utf8JsonWriter json, FalProblem problem)
    {
        json.WriteStartObject();
        json.WriteStartArray("loc");
        foreach (var step in problem.Location)
        {
            if (step is int index)
                json.WriteNumberValue(index);
            else
                json.WriteStringValue((string)step);
        }

        json.WriteEndArray();
        json.WriteString("msg", problem.Message);
        json.WriteString("type", problem.Type);
        json.WriteString("url", DocsUrl + problem.Type);
        if (problem.Context is { } context)
        {
            json.WritePropertyName("ctx");
            json.WriteRawValue(context);
        }

        json.WritePropertyName("input");
        if (problem.Input is JsonElement element)
            element.WriteTo(json);
        else
            json.WriteStringValue(problem.Input as string);
        json.WriteEndObject();
    }

    private static string InfrastructureType(int status) => status switch
    {
        503 => "runner_scheduling_failure",
        504 => "startup_timeout",
        _ => "internal_error",
    };

    private static string PlatformType(int status) => status switch
    {
        401 or 403 => "authorization_error",
        404 => "not_found",
        429 => "rate_limited",
        >= 500 => "server_error",
        _ => "validation_error",
    };
}

/// <summary>One entry of a model error.</summary>
/// <param name="Location">Names and indexes from the outside in.</param>
/// <param name="Message">For people; may change.</param>
/// <param name="Type">For programs.</param>
/// <param name="Input">What was sent there: a JsonElement, a string or null.</param>
/// <param name="Context">More for programs, as JSON.</param>
internal sealed record FalProblem(IReadOnlyList<object> Location, string Message, string Type, object? Input, string? Context = null);
