using NanoBanana.Engine.Jobs;
using NanoBanana.Engine.Requests;
using NanoBanana.Engine.Tests.Support;
using NanoBanana.Engine.Transport;

namespace NanoBanana.Engine.Tests.Providers;

/// <summary>Prospolabs answers once: whatever shape the answer has, its image is kept.</summary>
public sealed class ProspolabsAnswerTests : IDisposable
{
    private const string Image = "https://cdn.example.com/a.png";
    private readonly TempFolder folder = new();

    public static TheoryData<string> BadIds => ["a\\nb", new string('a', 600), " "];

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("""{"generation_id":"x","status":"completed","url":"$url"}""")]
    [InlineData("""{"generation_id":"x","status":"completed","output":"$url"}""")]
    [InlineData("""{"generation_id":"x","status":"completed","result":{"url":"$url"}}""")]
    [InlineData("""{"generation_id":"x","status":"completed","output_urls":"[\"$url\"]"}""")]
    [InlineData("""{"data":{"generation_id":"x","status":"completed","output_url":"$url"}}""")]
    [InlineData("""{"result":{"generation_id":"x","output_url":"$url"}}""")]
    [InlineData("""{"output":{"generation_id":"x","status":"completed","images":[{"url":"$url"}]}}""")]
    [InlineData("""{"generation_id":"x","url":"https://example.com/page","output_url":"$url"}""")]
    public void An_image_is_kept_wherever_it_stands(string answer)
    {
        NBImage image = Run(answer.Replace("$url", Image, StringComparison.Ordinal)).Image();

        Assert.Equal(new Uri(Image), image.Uri);
        Assert.True(File.Exists(image.Path));
    }

    [Theory]
    [MemberData(nameof(BadIds))]
    public void An_id_that_cannot_be_used_does_not_cost_the_image(string id) =>
        Assert.NotNull(Run($$"""{"generation_id":"{{id}}","status":"completed","output_url":"{{Image}}"}""").Image().Path);

    [Theory]
    [InlineData("""{"generation_id":"x","status":"completed","image_urls":["https://cdn.example.com/a.png"]}""")]
    [InlineData("""{"data":{"generation_id":"x","status":"completed","image_urls":["https://cdn.example.com/a.png"]}}""")]
    [InlineData("""{"generation_id":"x","status":"completed","result":"note: nothing was made"}""")]
    public void What_is_no_image_is_not_taken_for_one(string answer) =>
        Assert.Equal(NBErrorId.NoImageReturned, Run(answer, ImageOperation.Edit).Error().ErrorId);

    private List<JobEvent> Run(string answer, ImageOperation operation = ImageOperation.Generate)
    {
        using var stub = new StubHandler(request => request.Uri.Host == "cdn.example.com" ? Answers.Bytes(Pictures.Png()) : Answers.Json(answer));
        using var engine = new ImageEngine(
            new EngineOptions { Key = static _ => SecretKey.FromText(FalStub.Key), MessageHandler = stub, TimeProvider = new ImpatientTimeProvider() }, new RecordingJournal());
        var request = new ImageRequest { Prompt = "a cat", Provider = "Prospolabs", Operation = operation, References = operation == ImageOperation.Edit ? [ReferenceImage.FromAddress("https://example.com/ref.png")] : [], Output = new OutputOptions { Directory = folder.Path } };
        return [.. engine.RunAsync(EngineRig.Stream([request]), new BatchOptions { MaximumRetryCount = 0 }).ToBlockingEnumerable()];
    }
}
