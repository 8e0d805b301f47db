using System.Globalization;
using System.Text.Json;
using NanoBanana.Engine.Transport;

namespace NanoBanana.Engine.Providers.Apiframe;

/// <summary>
/// Reads Apiframe's errors: <c>{"error":"text"}</c>, with <c>details</c> by path under 400 and the credits under 402
/// (its OpenAPI 2.0.0).
/// </summary>
internal static class ApiframeErrors
{
    public static NBException Read(ProviderCapabilities provider, ApiAnswer answer, CallKind kind)
    {
        (string? text, string? path) = ProviderErrors.Parse(answer.Body, ReadText);
        NBErrorId id = answer.StatusCode is 400 or 422 && ProviderErrors.SpeaksOfContent(text)
            ? NBErrorId.ContentRejected
            : ProviderErrors.ByStatus(answer.StatusCode, kind);
        var detail = new ErrorDetail
        {
            StatusCode = answer.StatusCode,
            RequestId = answer.Header("x-request-id"),
            RetryAfter = answer.RetryAfter,
            Parameter = ParameterFor(path),
            NextStep = answer.StatusCode == 409 ? "The idempotency key was used before for another request: give a new -IdempotencyKey, or none." : null,
        };
        return ProviderErrors.Make(provider, id, text ?? $"status {answer.StatusCode}", detail);
    }

    public static NBException OfJob(ProviderCapabilities provider, ApiframeJob job)
    {
        string? text = job.Error.ValueKind switch
        {
            JsonValueKind.String => ProviderErrors.Text(job.Error),
            JsonValueKind.Object => ProviderErrors.Text(job.Error, "message") ?? ProviderErrors.Safely(job.Error.GetRawText),
            _ => null,
        };
        NBErrorId id = ProviderErrors.SpeaksOfContent(text) ? NBErrorId.ContentRejected : NBErrorId.ProviderUnavailable;
        var detail = new ErrorDetail
        {
            RequestId = job.Id ?? job.JobId,
            NextStep = id == NBErrorId.ProviderUnavailable ? "Apiframe refunds failed jobs; try again later." : null,
        };
        return ProviderErrors.Make(provider, id, string.IsNullOrWhiteSpace(text) ? "the job failed" : text, detail);
    }

    private static (string? Text, string? Path) ReadText(JsonElement root)
    {
        string? text = ProviderErrors.Text(root, "error") ?? ProviderErrors.Text(root, "message");
        string? path = null;
        if (root.TryGetProperty("details", out JsonElement details) && details.ValueKind == JsonValueKind.Object)
        {
            foreach (JsonProperty detail in details.EnumerateObject())
            {
                path ??= detail.Name;
                string words = detail.Value.ValueKind == JsonValueKind.Array ? string.Join(", ", detail.Value.EnumerateArray()) : detail.Value.ToString();
                text += $"; {detail.Name}: {words}";
            }
        }

        if (root.TryGetProperty("creditsRequired", out JsonElement required) && root.TryGetProperty("creditsAvailable", out JsonElement available))
        {
            text = string.Create(CultureInfo.InvariantCulture, $"{text} ({required} credits are needed, {available} are there)");
        }

        return (text, path);
    }

    private static string? ParameterFor(string? path) => path?.Split('.')[^1] switch
    {
        "prompt" => "Prompt",
        "aspect_ratio" => "AspectRatio",
        "resolution" => "Resolution",
        "image_input" => "Image",
        "output_format" => "OutputFormat",
        "google_search" => "WebSearch",
        "image_search" => "ImageSearch",
        "webhookUrl" => "CallbackUri",
        "model" => "Model",
        _ => null,
    };
}
