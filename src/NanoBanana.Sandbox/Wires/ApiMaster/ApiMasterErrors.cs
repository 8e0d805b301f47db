using NanoBanana.Sandbox.Jobs;

namespace NanoBanana.Sandbox.Wires.ApiMaster;

/// <summary>
/// OpenAI's error envelope, <c>{"error":{"message","type","code"}}</c> (S3: "OpenAI-compatible"). The statuses are those of
/// the notes' table; of the codes only <c>image_generation_timeout</c> is documented, the rest are in OpenAI's manner.
/// </summary>
internal static class ApiMasterErrors
{
    public static SandboxResponse Of(int status) => status switch
    {
        400 => Of(400, "Bad parameters or wrong endpoint for the model.", "invalid_request_error", code: null),
        401 => Of(401, "Invalid API key.", "invalid_request_error", "invalid_api_key"),
        402 => Of(402, "Insufficient balance. Top up the account.", "insufficient_quota", "insufficient_balance"),
        403 => Of(403, "This key may not use this model.", "permission_error", "forbidden"),
        404 => Of(404, "Not found.", "invalid_request_error", "not_found"),
        408 => Of(408, "Image generation timed out. Lower the resolution, or use the async endpoint.", "timeout_error", "image_generation_timeout"),
        429 => Of(429, "Rate limited. Retry in a moment.", "rate_limit_error", "rate_limit_exceeded"),
        >= 500 => Of(status, "Upstream error. Retry.", "server_error", "upstream_error"),
        _ => Of(status, StatusWords.Of(status), "invalid_request_error", code: null),
    };

    public static SandboxResponse Of(int status, string message, string type, string? code) => JsonBody.Answer(status, json =>
    {
        json.WriteStartObject("error");
        json.WriteString("message", message);
        json.WriteString("type", type);
        json.WriteString("code", code);
        json.WriteEndObject();
    });

    public static SandboxResponse Invalid(IEnumerable<FieldProblem> problems) =>
        Of(400, string.Join("; ", problems), "invalid_request_error", "invalid_parameter");

    /// <summary>Why a job ended badly, with the status of a synchronous call.</summary>
    public static (int Status, string Message, string Type, string Code) Why(JobSnapshot look) => look.End switch
    {
        JobEnd.Rejected => (400, "The request was rejected by content moderation.", "invalid_request_error", "content_policy_violation"),
        JobEnd.ReferenceUnreachable => (400, Reference(look, "could not be downloaded"), "invalid_request_error", "invalid_image_url"),
        JobEnd.ReferenceUnreadable => (400, Reference(look, "is not a supported image"), "invalid_request_error", "invalid_image"),
        _ => (500, "The upstream provider failed.", "server_error", "upstream_error"),
    };

    private static string Reference(JobSnapshot look, string what) => FormattableString.Invariant($"image_urls[{look.FailedReference}] {what}.");
}
