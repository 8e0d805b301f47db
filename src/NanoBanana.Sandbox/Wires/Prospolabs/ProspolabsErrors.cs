using NanoBanana.Sandbox.Jobs;

namespace NanoBanana.Sandbox.Wires.Prospolabs;

/// <summary>
/// Errors as <c>{"code":"...","message":"..."}</c>. S0 shows only <c>{"code":"output_expired"}</c>; every other code,
/// and that there is a message, is the simulator's own.
/// </summary>
internal static class ProspolabsErrors
{
    public static SandboxResponse Of(int status) => Of(status, CodeOf(status), status switch
    {
        401 => "The API key is missing or not valid.",
        402 => "The balance does not cover this run.",
        429 => "Too many requests.",
        _ => StatusWords.Of(status),
    });

    public static SandboxResponse Of(int status, string code, string message) => JsonBody.Answer(status, json =>
    {
        json.WriteString("code", code);
        json.WriteString("message", message);
    });

    /// <summary>An output fetched too late, in S0's own words ("Output retention").</summary>
    public static SandboxResponse Expired() => JsonBody.Answer(410, static json => json.WriteString("code", "output_expired"));

    /// <summary>What a run that ended badly is answered.</summary>
    public static SandboxResponse OfRun(JobSnapshot look) => look.End switch
    {
        JobEnd.Rejected => Of(400, "content_rejected", "The request was rejected by the content policy."),
        JobEnd.ReferenceUnreachable => Of(400, "invalid_request", Reference(look, "could not be downloaded")),
        JobEnd.ReferenceUnreadable => Of(400, "invalid_request", Reference(look, "is not a supported image")),
        _ => Of(500, "generation_failed", "The generation failed. It was refunded."),
    };

    private static string Reference(JobSnapshot look, string what) => FormattableString.Invariant($"image_urls[{look.FailedReference}] {what}.");

    private static string CodeOf(int status) => status switch
    {
        401 => "unauthorized",
        402 => "insufficient_balance",
        403 => "forbidden",
        404 => "not_found",
        410 => "output_expired",
        429 => "rate_limited",
        >= 500 => "internal_error",
        _ => "invalid_request",
    };
}
