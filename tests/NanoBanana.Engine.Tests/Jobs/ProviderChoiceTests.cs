using NanoBanana.Engine.Jobs;
using NanoBanana.Engine.Requests;
using NanoBanana.Engine.Tests.Support;

namespace NanoBanana.Engine.Tests.Jobs;

/// <summary>Who is asked for a request, and in which order.</summary>
public sealed class ProviderChoiceTests
{
    /// <summary>
    /// By hand, from the providers' pages: dollars for one picture at 0.5K, 1K, 2K, 4K are
    /// ApiMaster - 0.0375 0.05 0.075; ApiDot 0.035 0.05 0.075 0.10; Prospolabs - 0.048 0.072 0.096; Fal 0.06 0.08 0.12 0.16 (web
    /// search + 0.015); Apiframe says none and is asked last.
    /// </summary>
    public static TheoryData<string, string> Table => new()
    {
        { "", "ApiMaster Prospolabs ApiDot Fal Apiframe" },
        { "0.5K", "ApiDot Fal Apiframe" },
        { "1K", "ApiMaster Prospolabs ApiDot Fal Apiframe" },
        { "2K", "ApiMaster Prospolabs ApiDot Fal Apiframe" },
        { "4K", "ApiMaster Prospolabs ApiDot Fal Apiframe" },
        { "count=3", "ApiMaster Prospolabs ApiDot Fal Apiframe" },
        { "0.5K count=4", "ApiDot Fal Apiframe" },
        { "seed", "Prospolabs ApiDot Fal" },
        { "0.5K seed", "ApiDot Fal" },
        { "4K seed", "Prospolabs ApiDot Fal" },
        { "web", "Prospolabs ApiDot Fal Apiframe" },
        { "0.5K web", "ApiDot Fal Apiframe" },
        { "2K web count=2", "Prospolabs ApiDot Fal Apiframe" },
        { "imagesearch", "Apiframe" },
        { "imagesearch web", "Apiframe" },
        { "safety", "Prospolabs Fal" },
        { "safety seed web", "Prospolabs Fal" },
        { "0.5K safety", "Fal" },
        { "thinking", "Fal" },
        { "system", "Fal" },
        { "limit", "Fal" },
        { "sync", "Fal" },
        { "direct", "ApiMaster Prospolabs Fal" },
        { "direct seed", "Prospolabs Fal" },
        { "nowait", "ApiMaster ApiDot Fal Apiframe" },
        { "cancel", "Fal" },
        { "callback", "ApiDot Fal Apiframe" },
        { "key", "Apiframe" },
        { "8:1", "ApiMaster ApiDot Fal Apiframe" },
        { "8:1 seed", "ApiDot Fal" },
        { "edit-url", "ApiMaster Prospolabs ApiDot Fal Apiframe" },
        { "edit-file", "ApiMaster Fal Apiframe" },
        { "edit-file 0.5K", "Fal Apiframe" },
        { "model=nano-banana-2", "ApiMaster Prospolabs ApiDot Fal Apiframe" },
        { "model=nano-banana-2-edit", "ApiDot" },
        { "model=gemini-3.1-flash-image", "ApiMaster" },
        { "model=fal-ai/nano-banana-2", "Fal" },
    };

    [Theory]
    [MemberData(nameof(Table))]
    public void Auto_asks_the_cheapest_that_can_take_exactly_this(string wanted, string expected)
    {
        using var folder = new TempFolder();
        using ImageEngine engine = Engine();
        ImageRequest request = Parse(folder, wanted) with { Providers = ["Auto"] };

        Assert.Equal(expected.Split(' '), engine.Candidates(request));
        Assert.Equal(expected.Split(' ')[0], engine.Price(request).Provider);
        Assert.Equal(expected.Split(' '), engine.Prices(request).Select(price => price.Provider));
    }

    [Theory]
    [InlineData("Fal,ApiDot", "", "Fal ApiDot")]
    [InlineData("apidot,FAL", "", "ApiDot Fal")]
    [InlineData("Apiframe,Fal", "", "Apiframe Fal")]
    [InlineData("ApiMaster,Fal,ApiDot", "0.5K", "Fal ApiDot")]
    [InlineData("Fal,Fal,ApiDot,fal", "", "Fal ApiDot")]
    [InlineData("Fal,ApiDot", "model=nano-banana-2-edit", "ApiDot")]
    public void A_list_is_asked_in_its_own_order_without_those_that_cannot(string list, string wanted, string expected)
    {
        using var folder = new TempFolder();
        using ImageEngine engine = Engine();
        Assert.Equal(expected.Split(' '), engine.Candidates(Parse(folder, wanted) with { Providers = list.Split(',') }));
    }

    [Fact]
    public void Where_none_can_the_error_says_why_for_each()
    {
        using var folder = new TempFolder();
        using ImageEngine engine = Engine();
        ImageRequest request = Parse(folder, "imagesearch seed") with { Providers = ["Auto"] };

        NBException error = Assert.Throws<NBException>(() => engine.Candidates(request));

        Assert.Equal((NBErrorId.InvalidRequest, "Provider"), (error.ErrorId, error.Parameter));
        foreach (string name in (string[])["Fal", "ApiDot", "Apiframe", "ApiMaster", "Prospolabs"]) Assert.Contains(name, error.Message, StringComparison.Ordinal);
        Assert.Contains("nothing was sent", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_wrong_for_all_is_told_once_and_a_name_that_there_is_not_at_once()
    {
        using var folder = new TempFolder();
        using ImageEngine engine = Engine();
        ImageRequest request = Parse(folder, string.Empty);

        Assert.Equal("Prompt", Assert.Throws<NBException>(() => engine.Candidates(request with { Prompt = " ", Providers = ["Auto"] })).Parameter);
        NBException unknown = Assert.Throws<NBException>(() => engine.Candidates(request with { Providers = ["Fal", "Nobody"] }));
        Assert.Contains("There is no provider 'Nobody'", unknown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Whose_circuit_is_open_is_asked_last_and_not_never()
    {
        using var rig = new EngineRig();
        ImageRequest both = rig.Request() with { Providers = ["Fal", "ApiDot"] };
        Assert.Equal(["Fal", "ApiDot"], rig.Engine.Candidates(both));
        rig.Fal.Handler.Connect = static _ => Answers.NotSent(HttpRequestError.ConnectionError);

        await rig.RunAsync(Enumerable.Repeat(rig.Request(), 20), new BatchOptions { MaximumRetryCount = 0 });

        Assert.Equal(["ApiDot", "Fal"], rig.Engine.Candidates(both));
    }

    private static ImageEngine Engine() => new(new EngineOptions { Key = static _ => throw new InvalidOperationException("Nobody needs a key to be chosen.") });

    private static ImageRequest Parse(TempFolder folder, string wanted) => wanted.Split(' ', StringSplitOptions.RemoveEmptyEntries).Aggregate(
        new ImageRequest { Prompt = "a lighthouse", Output = new OutputOptions { Directory = folder.Path } },
        (request, word) => word switch
        {
            "seed" => request with { Seed = 7 },
            "web" => request with { WebSearch = true },
            "imagesearch" => request with { ImageSearch = true },
            "safety" => request with { SafetyTolerance = 2 },
            "thinking" => request with { ThinkingLevel = ThinkingLevel.High },
            "system" => request with { SystemPrompt = "Paint in oil." },
            "limit" => request with { LimitGenerations = false },
            "sync" => request with { SyncMode = true },
            "direct" => request with { Direct = true },
            "nowait" => request with { NoWait = true },
            "cancel" => request with { CancelOnStop = true },
            "callback" => request with { CallbackUri = new Uri("https://example.com/hook") },
            "key" => request with { IdempotencyKey = "order-1" },
            "edit-url" => request with { Operation = ImageOperation.Edit, References = [ReferenceImage.FromAddress("https://example.com/a.png")] },
            "edit-file" => request with { Operation = ImageOperation.Edit, References = [ReferenceImage.FromFile(folder.Write("a.png", Pictures.Png()))] },
            _ when word.StartsWith("count=", StringComparison.Ordinal) => request with { Count = word[6] - '0' },
            _ when word.StartsWith("model=", StringComparison.Ordinal) => request with { Model = word[6..] },
            _ when Vocabulary.TryParseResolution(word, out ImageResolution resolution) => request with { Resolution = resolution },
            _ when AspectRatio.TryParse(word, out AspectRatio ratio) => request with { AspectRatio = ratio },
            _ => throw new ArgumentException(word, nameof(wanted)),
        });
}
