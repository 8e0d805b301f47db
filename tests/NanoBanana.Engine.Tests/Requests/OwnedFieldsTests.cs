using System.Reflection;
using System.Text.Json;
using NanoBanana.Engine.Pricing;
using NanoBanana.Engine.Providers;
using NanoBanana.Engine.Requests;

namespace NanoBanana.Engine.Tests.Requests;

/// <summary>-AdditionalProperties sets no field that a parameter sets: only the parameter is priced, counted and written down.</summary>
public sealed class OwnedFieldsTests
{
    private static readonly ProviderRegistry Registry = new();
    private static readonly RequestValidator Validator = new(Registry);

    /// <summary>Properties of a request that reach no body: who makes the images, where they go, and how they are waited for.</summary>
    private static readonly string[] InNoBody =
    [
        nameof(ImageRequest.Provider), nameof(ImageRequest.Providers), nameof(ImageRequest.NoWait), nameof(ImageRequest.CancelOnStop), nameof(ImageRequest.UploadVia),
        nameof(ImageRequest.Part), nameof(ImageRequest.Input), nameof(ImageRequest.Output), nameof(ImageRequest.AllowUnknownPrice), nameof(ImageRequest.AdditionalProperties),
    ];

    public static TheoryData<string> ProviderNames => [.. Registry.All.Select(provider => provider.Capabilities.Provider)];

    /// <summary>Every field of every golden request, at any depth.</summary>
    public static TheoryData<string, string> GoldenFields
    {
        get
        {
            var fields = new TheoryData<string, string>();
            var seen = new HashSet<string>(StringComparer.Ordinal);
            foreach (string path in Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "Golden"), "*.txt").Order(StringComparer.Ordinal))
            {
                string provider = Path.GetFileName(path).Split('-')[0];
                string text = File.ReadAllText(path);
                using JsonDocument body = JsonDocument.Parse(text[text.IndexOf("\n\n", StringComparison.Ordinal)..]);
                foreach (string name in Names(body.RootElement).Where(name => name != "added_last_week" && seen.Add($"{provider} {name}"))) fields.Add(provider, name);
            }

            return fields;
        }
    }

    /// <summary>Every parameter that sets a field of a provider's body, with the field.</summary>
    public static TheoryData<string, string, string> OwnedByParameter
    {
        get
        {
            var owned = new TheoryData<string, string, string>();
            foreach (IImageProvider provider in Registry.All)
            {
                string[] without = [.. Names(BodyOf(provider, Plain(provider)))];
                foreach ((string parameter, Func<ImageRequest, ImageRequest> set) in OwnedFields.Parameters)
                {
                    foreach (string name in Names(BodyOf(provider, set(Plain(provider)))).Except(without, StringComparer.Ordinal))
                    {
                        if (name is not ("input" or "nanoBananaParams")) owned.Add(provider.Capabilities.Provider, parameter, name);
                    }
                }
            }

            return owned;
        }
    }

    [Theory]
    [MemberData(nameof(GoldenFields))]
    public void B1_Every_field_of_a_golden_request_is_refused(string provider, string field)
    {
        NBException error = Refusal(provider, field, "\"x\"");

        Assert.Equal((NBErrorId.InvalidRequest, "AdditionalProperties"), (error.ErrorId, error.Parameter));
        Assert.Contains($"'{field}'", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(OwnedByParameter))]
    public void B1_A_field_that_a_parameter_sets_is_refused_with_the_name_of_the_parameter(string provider, string parameter, string field) =>
        Assert.Contains("-" + parameter, Refusal(provider, field, "\"x\"").Message, StringComparison.Ordinal);

    [Theory]
    [MemberData(nameof(OwnedByParameter))]
    public void B1_A_field_that_a_parameter_sets_is_refused_in_any_case_and_at_any_depth(string provider, string parameter, string field)
    {
        string upper = field.ToUpperInvariant();

        Assert.Contains("-" + parameter, Refusal(provider, upper, "null").Message, StringComparison.Ordinal);
        Assert.Contains("-" + parameter, Refusal(provider, "input", $$"""{"{{upper}}":1}""").Message, StringComparison.Ordinal);
        Assert.Contains("-" + parameter, Refusal(provider, "other", $$$"""[[{"deep":{"{{{field}}}":1}}]]""").Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Fal", "num_images", "-Count")]
    [InlineData("Fal", "resolution", "-Resolution")]
    [InlineData("Fal", "sync_mode", "-SyncMode")]
    [InlineData("ApiMaster", "n", "-Count")]
    [InlineData("ApiMaster", "size", "-AspectRatio")]
    [InlineData("ApiDot", "google_search", "-WebSearch")]
    [InlineData("Apiframe", "image_search", "-ImageSearch")]
    [InlineData("Apiframe", "webhookUrl", "-CallbackUri")]
    [InlineData("Prospolabs", "mode", "Edit-NBImage")]
    public void B1_The_refusal_names_the_parameter_to_use(string provider, string field, string parameter) =>
        Assert.Contains(parameter, Refusal(provider, field, "4").Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("Fal", "enable_google_search", "-WebSearch")]
    [InlineData("Prospolabs", "num_images", "-Count")]
    [InlineData("Apiframe", "webhook_url", "-CallbackUri")]
    public void B2_A_documented_alias_is_refused_like_the_field_itself(string provider, string alias, string parameter) =>
        Assert.Contains(parameter, Refusal(provider, alias, "true").Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("ApiDot", "input")]
    [InlineData("Apiframe", "nanoBananaParams")]
    public void B1_The_object_that_holds_the_parameters_cannot_be_replaced(string provider, string name)
    {
        Assert.Contains("cannot replace", Refusal(provider, name, "null").Message, StringComparison.Ordinal);
        Assert.Contains("cannot replace", Refusal(provider, name, "[]").Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ApiDot", "input")]
    [InlineData("Apiframe", "nanoBananaParams")]
    public void B1_Fields_inside_the_object_that_holds_the_parameters_are_added_to_it(string provider, string name)
    {
        ImageRequest valid = Validator.Validate(With(provider, name, """{"new_field":1}""") with { Resolution = ImageResolution.TwoK });
        JsonElement body = BodyOf(Registry.Find(provider), valid).GetProperty(name);

        Assert.Equal(1, body.GetProperty("new_field").GetInt32());
        Assert.Equal("2K", body.GetProperty("resolution").GetString());
    }

    [Theory]
    [MemberData(nameof(ProviderNames))]
    public void B1_A_field_without_a_parameter_is_still_sent(string provider)
    {
        ImageRequest valid = Validator.Validate(With(provider, "new_field", """{"a":[1,null]}"""));

        Assert.Contains("new_field", Names(BodyOf(Registry.Find(provider), valid)));
    }

    [Fact]
    public void B1_No_property_of_a_request_is_missing_from_the_table()
    {
        ImageRequest plain = Plain(Registry.Find("Fal"));
        IEnumerable<string> set = OwnedFields.Parameters.SelectMany(parameter => Changed(plain, parameter.Set(plain)));

        Assert.Equal(
            typeof(ImageRequest).GetProperties().Select(property => property.Name).Order(StringComparer.Ordinal),
            set.Concat(InNoBody).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("ApiMaster", "quality", true)]
    [InlineData("ApiMaster", "response_format", false)]
    [InlineData("Apiframe", "webhookEvents", false)]
    [InlineData("Fal", "added_last_week", true)]
    public void B1_A_field_that_may_change_the_price_makes_the_price_unsure(string provider, string field, bool isUnsure)
    {
        NBPrice price = PriceCatalog.ReadBuiltIn().Price(Validator.Validate(With(provider, field, "\"high\"")));

        Assert.Equal(isUnsure, price.Source.Contains($"'{field}' may change it", StringComparison.Ordinal));
        if (isUnsure) Assert.Equal(PriceConfidence.Unknown, price.Confidence);
    }

    private static NBException Refusal(string provider, string field, string value) =>
        Assert.Throws<NBException>(() => Validator.Validate(With(provider, field, value)));

    private static ImageRequest With(string provider, string field, string value) => Plain(Registry.Find(provider)) with
    {
        AdditionalProperties = new Dictionary<string, JsonElement>(StringComparer.Ordinal) { [field] = JsonSerializer.Deserialize<JsonElement>(value) },
    };

    private static ImageRequest Plain(IImageProvider provider) => new()
    {
        Prompt = "a prompt",
        Provider = provider.Capabilities.Provider,
        Model = provider.Capabilities.Models[0],
        IdempotencyKey = provider.Capabilities.Has(Capability.Idempotency) ? "a-key" : null,
        Output = new OutputOptions { Directory = Path.GetTempPath() },
    };

    private static JsonElement BodyOf(IImageProvider provider, ImageRequest request)
    {
        using HttpContent content = provider.Submit(request, [.. request.References.Select(reference => new PreparedReference(reference.Address))]).Content!();
        return JsonDocument.Parse(content.ReadAsStream()).RootElement;
    }

    private static IEnumerable<string> Names(JsonElement value) => value.ValueKind == JsonValueKind.Object
        ? value.EnumerateObject().SelectMany(field => Names(field.Value).Prepend(field.Name))
        : [];

    private static IEnumerable<string> Changed(ImageRequest before, ImageRequest after) =>
        typeof(ImageRequest).GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(property => !Equals(property.GetValue(before), property.GetValue(after)))
            .Select(property => property.Name);
}
