namespace NanoBanana.Sandbox.Wires.ApiDot;

/// <summary>
/// APIDot's one error shape, <c>{"code":400,"error":{"message":"...","type":"..."}}</c>. S1 names the types of 400, 401,
/// 402 and 429; those of other statuses are not documented and follow the same manner.
/// </summary>
internal static class ApiDotErrors
{
    public static SandboxResponse Of(int status) => Of(status, status switch
    {
        401 => "Missing, expired, or invalid Bearer API key.",
        402 => "The current prepaid balance cannot cover the estimated image generation cost.",
        429 => "The API key is temporarily above the allowed submit rate.",
        _ => StatusWords.Of(status),
    });

    public static SandboxResponse Of(int status, string message) => JsonBody.Answer(status, json =>
    {
        json.WriteNumber("code", status);
        json.WriteStartObject("error");
        json.WriteString("message", message);
        json.WriteString("type", TypeOf(status));
        json.WriteEndObject();
    });

    private static string TypeOf(int status) => status switch
    {
        401 => "authentication_error",
        402 => "insufficient_credits",
        403 => "permission_denied",
        404 => "not_found",
        429 => "rate_limited",
        >= 500 => "internal_error",
        _ => "invalid_request_error",
    };
}
