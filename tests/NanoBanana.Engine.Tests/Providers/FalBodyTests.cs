using System.Text.Json;
using System.Text.Json.Nodes;
using NanoBanana.Engine.Requests;
using NanoBanana.Engine.Tests.Support;

namespace NanoBanana.Engine.Tests.Providers;

/// <summary>Bodies, field by field as on fal.ai's page "Nano Banana 2 API".</summary>
public sealed class FalBodyTests
{
    private const string GeneratePrompt = "An action shot of a black lab swimming in an inground suburban swimming pool. The camera is placed meticulously on the water line, dividing the image in half, revealing both the dogs head above water holding a tennis ball in it's mouth, and it's paws paddling underwater.";
    private const string EditPrompt = "make a photo of the man driving the car down the california coastline";

    private static readonly string[] EditImages =
    [
        "https://storage.googleapis.com/falserverless/example_inputs/nano-banana-edit-input.png",
        "https://storage.googleapis.com/falserverless/example_inputs/nano-banana-edit-input-2.png",
    ];

    /// <summary>What the page says of a field that is left out.</summary>
    private static readonly JsonObject Defaults = new()
    {
        ["num_images"] = 1,
        ["aspect_ratio"] = "auto",
        ["output_format"] = "png",
        ["safety_tolerance"] = "4",
        ["sync_mode"] = false,
        ["resolution"] = "1K",
        ["limit_generations"] = true,
        ["enable_web_search"] = false,
    };

    [Fact]
    public void A_plain_generate_is_the_pages_own_sample() =>
        AssertSame($$"""{"prompt":{{JsonSerializer.Serialize(GeneratePrompt)}}}""", Fal.Body(Fal.Request(GeneratePrompt)));

    [Fact]
    public void A_plain_edit_is_the_pages_own_sample() =>
        AssertSame(
            $$"""{"prompt":"{{EditPrompt}}","image_urls":["{{EditImages[0]}}","{{EditImages[1]}}"]}""",
            Fal.Body(Fal.Request(EditPrompt) with { Operation = ImageOperation.Edit }, EditImages));

    [Fact]
    public void The_full_sample_of_generate_is_what_a_request_with_its_values_means() =>
        AssertSame(
            $$"""
            {"prompt":{{JsonSerializer.Serialize(GeneratePrompt)}},"num_images":1,"aspect_ratio":"auto","output_format":"png","safety_tolerance":"4",
             "sync_mode":false,"resolution":"1K","limit_generations":true,"enable_web_search":false}
            """,
            OverDefaults(Fal.Body(WithSampleValues(Fal.Request(GeneratePrompt)))));

    [Fact]
    public void The_full_sample_of_edit_is_what_a_request_with_its_values_means() =>
        AssertSame(
            $$"""
            {"prompt":"{{EditPrompt}}","num_images":1,"aspect_ratio":"auto","output_format":"png","safety_tolerance":"4","sync_mode":false,
             "image_urls":["{{EditImages[0]}}","{{EditImages[1]}}"],"resolution":"1K","limit_generations":true,"enable_web_search":false}
            """,
            OverDefaults(Fal.Body(WithSampleValues(Fal.Request(EditPrompt)) with { Operation = ImageOperation.Edit }, EditImages)));

    [Fact]
    public void What_is_set_is_sent_even_where_it_is_the_default() =>
        AssertSame(
            """{"prompt":"a cat","aspect_ratio":"auto","output_format":"png","safety_tolerance":"4","resolution":"1K","limit_generations":true}""",
            Fal.Body(WithSampleValues(Fal.Request())));

    [Fact]
    public void Every_feature_has_its_field_and_its_type() =>
        AssertSame(
            """
            {"prompt":"a cat","num_images":4,"seed":9007199254740993,"aspect_ratio":"8:1","output_format":"webp","safety_tolerance":"6",
             "sync_mode":true,"resolution":"4K","limit_generations":false,"enable_web_search":true,"thinking_level":"high","system_prompt":"be brief"}
            """,
            Fal.Body(Fal.Request() with
            {
                Count = 4,
                Seed = 9007199254740993,
                AspectRatio = Ratio("8:1"),
                OutputFormat = ImageFormat.WebP,
                SafetyTolerance = 6,
                SyncMode = true,
                Resolution = ImageResolution.FourK,
                LimitGenerations = false,
                WebSearch = true,
                ThinkingLevel = ThinkingLevel.High,
                SystemPrompt = "be brief",
            }));

    [Theory]
    [InlineData(ImageResolution.HalfK, "0.5K")]
    [InlineData(ImageResolution.OneK, "1K")]
    [InlineData(ImageResolution.TwoK, "2K")]
    [InlineData(ImageResolution.FourK, "4K")]
    public void A_tier_is_written_as_the_page_writes_it(ImageResolution resolution, string expected) =>
        Assert.Equal(expected, Fal.Body(Fal.Request() with { Resolution = resolution }).GetProperty("resolution").GetString());

    [Theory]
    [InlineData(ImageFormat.Png, "png")]
    [InlineData(ImageFormat.Jpeg, "jpeg")]
    [InlineData(ImageFormat.WebP, "webp")]
    public void A_format_is_written_as_the_page_writes_it(ImageFormat format, string expected) =>
        Assert.Equal(expected, Fal.Body(Fal.Request() with { OutputFormat = format }).GetProperty("output_format").GetString());

    [Theory]
    [InlineData(ThinkingLevel.Minimal, "minimal")]
    [InlineData(ThinkingLevel.High, "high")]
    public void A_level_of_thinking_is_written_as_the_page_writes_it(ThinkingLevel level, string expected) =>
        Assert.Equal(expected, Fal.Body(Fal.Request() with { ThinkingLevel = level }).GetProperty("thinking_level").GetString());

    [Fact]
    public void An_additional_field_is_sent() =>
        AssertSame("""{"prompt":"a cat","new_field":{"a":[1,null]}}""", Fal.Body(With("""{"new_field":{"a":[1,null]}}""")));

    [Fact]
    public void A_prompt_in_any_script_arrives_as_it_was_written() =>
        Assert.Equal("маяк \"в\" сумерках 🏮\n", Fal.Body(Fal.Request("маяк \"в\" сумерках 🏮\n")).GetProperty("prompt").GetString());

    private static ImageRequest WithSampleValues(ImageRequest request) => request with
    {
        AspectRatio = AspectRatio.Auto,
        OutputFormat = ImageFormat.Png,
        SafetyTolerance = 4,
        Resolution = ImageResolution.OneK,
        LimitGenerations = true,
    };

    private static ImageRequest With(string additional)
    {
        using JsonDocument document = JsonDocument.Parse(additional);
        return Fal.Request() with { AdditionalProperties = document.RootElement.Clone().EnumerateObject().ToDictionary(p => p.Name, p => p.Value, StringComparer.Ordinal) };
    }

    private static AspectRatio Ratio(string text) => AspectRatio.TryParse(text, out AspectRatio ratio) ? ratio : throw new FormatException(text);

    private static JsonElement OverDefaults(JsonElement body)
    {
        JsonObject all = Defaults.DeepClone().AsObject();
        foreach (JsonProperty property in body.EnumerateObject()) all[property.Name] = JsonNode.Parse(property.Value.GetRawText());
        return JsonSerializer.SerializeToElement(all);
    }

    private static void AssertSame(string expected, JsonElement actual) =>
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), JsonNode.Parse(actual.GetRawText())), actual.GetRawText());
}
