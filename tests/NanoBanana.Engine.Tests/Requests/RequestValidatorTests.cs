using NanoBanana.Engine.Jobs;
using NanoBanana.Engine.Requests;
using NanoBanana.Engine.Tests.Support;

namespace NanoBanana.Engine.Tests.Requests;

/// <summary>What cannot be done is refused in words, before anything is sent.</summary>
public sealed class RequestValidatorTests : IDisposable
{
    private readonly EngineRig rig = new();

    /// <summary>A wrong request, the parameter it is wrong in, its cause, and what the message says would be taken.</summary>
    private static readonly Dictionary<string, (string Parameter, NBErrorId Cause, string Taken)> Refusals = new(StringComparer.Ordinal)
    {
        ["blank prompt"] = ("Prompt", NBErrorId.InvalidRequest, "New-NBImage 'a lighthouse at dusk'"),
        ["unknown provider"] = ("Provider", NBErrorId.InvalidRequest, "Choose one of: Fal"),
        ["model without owner"] = ("Model", NBErrorId.InvalidRequest, "fal-ai/nano-banana-2"),
        ["E4 model of another provider"] = ("Model", NBErrorId.InvalidRequest, "(ApiMaster does)"),
        ["model with a query"] = ("Model", NBErrorId.InvalidRequest, "owner/name"),
        ["model that climbs"] = ("Model", NBErrorId.InvalidRequest, "owner/name"),
        ["count 0"] = ("Count", NBErrorId.InvalidRequest, "1 to 4"),
        ["count 9"] = ("Count", NBErrorId.InvalidRequest, "@('a cat') * 9 | New-NBImage"),
        ["safety 0"] = ("SafetyTolerance", NBErrorId.InvalidRequest, "1 (strict) to 6"),
        ["safety 7"] = ("SafetyTolerance", NBErrorId.InvalidRequest, "1 (strict) to 6"),
        ["start timeout 1"] = ("StartTimeoutSec", NBErrorId.InvalidRequest, "more than 1 second"),
        ["edit without picture"] = ("Image", NBErrorId.InvalidRequest, "at least one picture"),
        ["15 references"] = ("Image", NBErrorId.InvalidRequest, "at most 14 references; 15 were given"),
        ["missing file"] = ("Image", NBErrorId.InvalidRequest, "does not exist"),
        ["folder as reference"] = ("Image", NBErrorId.InvalidRequest, "is a folder"),
        ["http reference"] = ("Image", NBErrorId.UnsafeUrl, "neither a file nor an https address"),
        ["text data uri"] = ("Image", NBErrorId.UnsafeUrl, "neither a file nor an https address"),
        ["text file"] = ("Image", NBErrorId.InvalidImageContent, "no PNG, JPEG or WebP"),
        ["empty file"] = ("Image", NBErrorId.InvalidImageContent, "is empty, or is not a regular file"),
        ["large file"] = ("Image", NBErrorId.InvalidImageContent, "at most 94,371,840"),
        ["sync mode without download"] = ("NoDownload", NBErrorId.InvalidRequest, "it would be lost"),
        ["unknown token"] = ("FileNameFormat", NBErrorId.InvalidRequest, "{slug}, {job}, {index}"),
        ["open token"] = ("FileNameFormat", NBErrorId.InvalidRequest, "without its '}'"),
        ["path in template"] = ("FileNameFormat", NBErrorId.InvalidRequest, "-OutDirectory"),
        ["blank template"] = ("FileNameFormat", NBErrorId.InvalidRequest, "{slug}-{index}"),
        ["existing file"] = ("OutFile", NBErrorId.OutputFileExists, "-Force"),
        ["reserved name"] = ("OutFile", NBErrorId.InvalidRequest, "Try '_CON'"),
        ["forbidden character"] = ("OutFile", NBErrorId.InvalidRequest, "Try 'a-b'"),
        ["folder as file"] = ("OutFile", NBErrorId.InvalidRequest, "is a folder"),
    };

    public static TheoryData<string> Wrongs => [.. Refusals.Keys];

    public void Dispose() => rig.Dispose();

    [Theory]
    [MemberData(nameof(Wrongs))]
    public async Task A_refusal_names_the_parameter(string wrong)
    {
        NBException error = (await rig.RunAsync(Wrong(wrong))).Error();

        Assert.Equal(Refusals[wrong].Parameter, error.Parameter);
    }

    [Theory]
    [MemberData(nameof(Wrongs))]
    public async Task A_refusal_has_its_cause(string wrong)
    {
        NBException error = (await rig.RunAsync(Wrong(wrong))).Error();

        Assert.Equal(Refusals[wrong].Cause, error.ErrorId);
    }

    [Theory]
    [MemberData(nameof(Wrongs))]
    public async Task A_refusal_says_what_would_be_taken(string wrong)
    {
        NBException error = (await rig.RunAsync(Wrong(wrong))).Error();

        Assert.Contains(Refusals[wrong].Taken, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Wrongs))]
    public async Task Nothing_is_sent_and_no_job_is_made(string wrong)
    {
        await rig.RunAsync(Wrong(wrong));

        Assert.Equal((0, 0), (rig.Fal.Handler.Requests.Count, rig.Journal.Written.Count));
    }

    [Fact]
    public async Task A_refused_request_does_not_stop_the_next()
    {
        List<JobEvent> events = await rig.RunAsync([Wrong("count 9"), rig.Request()]);

        Assert.Single(events.OfType<ImageReceived>());
    }

    [Theory]
    [InlineData("fal")]
    [InlineData(" FAL ")]
    [InlineData(null)]
    [InlineData("")]
    public void The_provider_is_found_in_any_case_and_by_default(string? name) =>
        Assert.Equal("Fal", rig.Engine.Price(rig.Request() with { Provider = name }).Provider);

    [Theory]
    [InlineData(null, "fal-ai/nano-banana-2")]
    [InlineData("  ", "fal-ai/nano-banana-2")]
    [InlineData(" google/nano-banana-2.1 ", "google/nano-banana-2.1")]
    [InlineData("nano-banana-2", "fal-ai/nano-banana-2")]
    [InlineData("Nano-Banana-2", "fal-ai/nano-banana-2")]
    public void The_model_is_the_providers_first_where_none_is_given(string? model, string expected) =>
        Assert.Equal(expected, rig.Engine.Price(rig.Request() with { Model = model }).Model);

    [Theory]
    [InlineData("https://example.com/a.png")]
    [InlineData("HTTPS://example.com/a.png")]
    [InlineData("data:image/png;base64,AAAA")]
    public void An_address_that_the_provider_can_read_is_taken(string address) =>
        Assert.NotNull(rig.Engine.Price(rig.Request() with { Operation = ImageOperation.Edit, References = [ReferenceImage.FromAddress(address)] }));

    [Fact]
    public void Fourteen_references_are_taken() =>
        Assert.NotNull(rig.Engine.Price(Referring(Enumerable.Repeat(ReferenceImage.FromAddress("https://example.com/a.png"), 14))));

    [Fact]
    public void An_existing_file_may_be_written_over_with_Force()
    {
        rig.Folder.Write("x.png", [1]);

        Assert.NotNull(rig.Engine.Price(Named("x.png", force: true)));
    }

    private ImageRequest Wrong(string wrong)
    {
        ImageRequest request = rig.Request();
        return wrong switch
        {
            "blank prompt" => rig.Request(" \t"),
            "unknown provider" => request with { Provider = "Faal" },
            "model without owner" => request with { Model = "nano-banana-9" },
            "E4 model of another provider" => request with { Model = "gemini-3.1-flash-image" },
            "model with a query" => request with { Model = "fal-ai/nano-banana-2?x=1" },
            "model that climbs" => request with { Model = "fal-ai/../other" },
            "count 0" => request with { Count = 0 },
            "count 9" => request with { Count = 9 },
            "safety 0" => request with { SafetyTolerance = 0 },
            "safety 7" => request with { SafetyTolerance = 7 },
            "start timeout 1" => request with { StartTimeout = TimeSpan.FromSeconds(1) },
            "edit without picture" => Referring([]),
            "15 references" => Referring(Enumerable.Repeat(ReferenceImage.FromAddress("https://example.com/a.png"), 15)),
            "missing file" => Referring([ReferenceImage.FromFile(rig.Folder.File("missing.png"))]),
            "folder as reference" => Referring([ReferenceImage.FromFile(rig.Folder.Path)]),
            "http reference" => Referring([ReferenceImage.FromAddress("http://example.com/a.png")]),
            "text data uri" => Referring([ReferenceImage.FromAddress("data:text/html,hello")]),
            "text file" => Referring([ReferenceImage.FromFile(rig.Folder.Write("shoe.png", "just some words, long enough to be read"u8.ToArray()))]),
            "empty file" => Referring([ReferenceImage.FromFile(rig.Folder.Write("empty.png", []))]),
            "large file" => Referring([ReferenceImage.FromFile(Sparse(94_371_841))]),
            "sync mode without download" => rig.Request(noDownload: true) with { SyncMode = true },
            "unknown token" => Template("{slug}-{colour}"),
            "open token" => Template("{slug"),
            "path in template" => Template("a/{slug}"),
            "blank template" => Template(" "),
            "existing file" => Named(Path.GetFileName(rig.Folder.Write("x.png", [1])), force: false),
            "reserved name" => Named("CON.png", force: false),
            "forbidden character" => Named("a:b.png", force: false),
            "folder as file" => Named(Directory.CreateDirectory(rig.Folder.File("sub.png")).Name, force: true),
            _ => throw new ArgumentException(wrong, nameof(wrong)),
        };
    }

    private string Sparse(long length)
    {
        string path = rig.Folder.File("large.png");
        using FileStream file = File.Create(path);
        file.SetLength(length);
        return path;
    }

    private ImageRequest Referring(IEnumerable<ReferenceImage> references) =>
        rig.Request() with { Operation = ImageOperation.Edit, References = [.. references] };

    private ImageRequest Template(string template) => rig.Request() with { Output = new OutputOptions { Directory = rig.Folder.Path, FileNameTemplate = template } };

    private ImageRequest Named(string name, bool force) => rig.Request() with { Output = new OutputOptions { Directory = rig.Folder.Path, FileName = name, Force = force } };
}
