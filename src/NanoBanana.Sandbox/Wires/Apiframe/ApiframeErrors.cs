namespace NanoBanana.Sandbox.Wires.Apiframe;

/// <summary>Apiframe's errors (OpenAPI: ErrorResponse, ValidationError, InsufficientCredits).</summary>
internal static class ApiframeErrors
{
    public static SandboxResponse Of(int status) => status == 402
        ? Credits()
        : Of(status, status switch
        {
            401 => "Missing or invalid API key",
            403 => "API key is inactive or lacks permission",
            429 => "Rate limit exceeded",
            503 => "Service temporarily unavailable",
            _ => StatusWords.Of(status),
        });

    public static SandboxResponse Of(int status, string error) => JsonBody.Answer(status, json => json.WriteString("error", error));

    public static SandboxResponse KeyConflict() => Of(409, "Idempotency-Key was already used with a different request body");

    /// <summary>A body that fails validation: what is wrong, by path.</summary>
    public static SandboxResponse Validation(IEnumerable<FieldProblem> problems) => JsonBody.Answer(400, json =>
    {
        json.WriteString("error", "Validation failed");
        json.WriteStartObject("details");
        foreach (var field in problems.GroupBy(static problem => problem.Path, StringComparer.Ordinal))
        {
            json.WriteStartArray(field.Key);
            foreach (var problem in field)
                json.WriteStringValue(problem.Message);
            json.WriteEndArray();
        }

        json.WriteEndObject();
    });

    private static SandboxResponse Credits() => JsonBody.Answer(402, static json =>
    {
        json.WriteString("error", "Insufficient credits");
        json.WriteNumber("creditsRequired", ApiframePrices.Credits("1K"));
        json.WriteNumber("creditsAvailable", 0);
    });
}
