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
        (string Text, string? Path)? details = Details(answer);
        return ProviderErrors.Read(
            provider,
            answer,
            kind,
            words => answer.StatusCode is 400 or 422 && (ProviderErrors.SpeaksOfContent(words.Text) || ProviderErrors.SpeaksOfContent(details?.Text)) ? NBErrorId.ContentRejected : null,
            (words, _, detail) => detail with
            {
                Addition = details?.Text,
                Parameter = ParameterFor(details?.Path ?? words.Field),
                NextStep = answer.StatusCode == 409 ? "The idempotency key was used before for another request: give a new -IdempotencyKey, or none." : null,
            });
    }

    public static NBException OfJob(ProviderCapabilities provider, AnswerFields job)
    {
        string? text = job.Element("error") is { } error ? ErrorWords.Read(error).Text ?? AnswerFields.Safely(error.GetRawText) : null;
        NBErrorId id = ProviderErrors.SpeaksOfContent(text) ? NBErrorId.ContentRejected : NBErrorId.ProviderUnavailable;
        var detail = new ErrorDetail
        {
            RequestId = job.Text("id") ?? job.Text("jobId"),
            NextStep = id == NBErrorId.ProviderUnavailable ? "Apiframe refunds failed jobs; try again later." : null,
        };
        return ProviderErrors.Make(provider, id, string.IsNullOrWhiteSpace(text) ? "the job failed" : text, detail);
    }

    /// <summary>What stands beside the words: the fields at fault, or the credits.</summary>
    private static (string Text, string? Path)? Details(ApiAnswer answer)
    {
        AnswerFields root;
        try
        {
            root = AnswerFields.Read(answer.Body);
        }
        catch (JsonException)
        {
            return null;
        }

        string text = string.Empty;
        string? path = null;
        if (root.Element("details") is { ValueKind: JsonValueKind.Object } details)
        {
            foreach (JsonProperty detail in details.EnumerateObject())
            {
                if (AnswerFields.Safely(() => detail.Name) is not { } name) continue;
                path ??= name;
                string words = string.Join(", ", new AnswerFields(details).List(name).Select(AnswerFields.Text).OfType<string>());
                text += $"; {name}: {words}";
            }
        }

        if (root.Text("creditsRequired") is { } required && root.Text("creditsAvailable") is { } available)
        {
            text += $" ({required} credits are needed, {available} are there)";
        }

        return text.Length == 0 ? null : (text, path);
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
