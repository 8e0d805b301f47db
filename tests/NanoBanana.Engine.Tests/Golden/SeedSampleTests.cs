using System.Text.Json;
using System.Text.RegularExpressions;
using NanoBanana.Engine.Tests.Support;

namespace NanoBanana.Engine.Tests.Golden;

/// <summary>
/// Holds what we send against the samples in the providers' own documents, where these lie beside the project
/// (../shared/seeds): every field that both have is of the same type, and none of ours is unknown there.
/// </summary>
public sealed partial class SeedSampleTests
{
    /// <summary>Fields that we send and the samples do not show, each with the document that has it.</summary>
    private static readonly string[] DocumentedElsewhere =
    [
        "added_last_week", // Ours: an additional property, which no document can know.
        "system_prompt", // fal's schema of August 2026 (providers.md 1.4).
        "thinking_level", "seed", "image_urls", // The seeds' tables of fields.
        "aspect_ratio", "image_search", "webhookUrl", // Apiframe's OpenAPI 2.0.0.
        "n", "size", "resolution", "output_format", // APIMaster's api-notes.
        "safety_tolerance", "enable_web_search", "mode",
    ];

    [Theory]
    [InlineData("Prospolabs-generate", "000")]
    [InlineData("ApiDot-generate", "001")]
    [InlineData("ApiDot-edit", "001")]
    [InlineData("Apiframe-generate", "002")]
    [InlineData("ApiMaster-generate", "003")]
    [InlineData("Fal-generate", "004")]
    [InlineData("Fal-edit", "004")]
    public void What_we_send_has_the_types_of_the_sample(string golden, string seed)
    {
        string text = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Golden", golden + ".txt"));
        using JsonDocument ours = JsonDocument.Parse(text[text.IndexOf("\n\n", StringComparison.Ordinal)..]);
        JsonElement[] samples = [.. Samples(SeedDocument.Read(seed))];

        Assert.NotEmpty(samples);
        Compare(ours.RootElement, samples);
    }

    private static void Compare(JsonElement ours, JsonElement[] samples)
    {
        foreach (JsonProperty field in ours.EnumerateObject())
        {
            JsonElement[] theirs = [.. samples.Where(s => s.TryGetProperty(field.Name, out _)).Select(s => s.GetProperty(field.Name))];
            if (theirs.Length == 0)
            {
                Assert.Contains(field.Name, DocumentedElsewhere);
                continue;
            }

            if (field.Name == "image_input") continue; // The seed shows a text, the vendor's OpenAPI an array; decided for the array.
            Assert.Contains(Kind(field.Value), theirs.Select(Kind));
            if (field.Value.ValueKind == JsonValueKind.Object) Compare(field.Value, theirs);
        }
    }

    private static string Kind(JsonElement value) =>
        value.ValueKind is JsonValueKind.True or JsonValueKind.False ? "Boolean" : value.ValueKind.ToString();

    /// <summary>Every JSON object in a document that names a prompt, at its root or one level below.</summary>
    private static IEnumerable<JsonElement> Samples(string document)
    {
        foreach (Match start in ObjectStart().Matches(document))
        {
            string? json = Balanced(document[start.Index..].Replace("'\\''", "'", StringComparison.Ordinal));
            if (json is null) continue;
            JsonElement sample;
            try
            {
                sample = JsonDocument.Parse(json).RootElement;
            }
            catch (JsonException)
            {
                continue; // Code, not JSON.
            }

            bool isRequest = sample.TryGetProperty("prompt", out _) || (sample.TryGetProperty("input", out JsonElement input) && input.TryGetProperty("prompt", out _));
            if (isRequest) yield return sample;
        }
    }

    private static string? Balanced(string text)
    {
        int depth = 0;
        bool inText = false;
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == '"' && text[Math.Max(0, i - 1)] != '\\') inText = !inText;
            else if (!inText && text[i] == '{') depth++;
            else if (!inText && text[i] == '}' && --depth == 0) return text[..(i + 1)];
        }

        return null;
    }

    [GeneratedRegex(@"\{\s*""", RegexOptions.None, 1000)]
    private static partial Regex ObjectStart();
}
