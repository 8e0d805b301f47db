using System.IO.Compression;

namespace NanoBanana.Acceptance.Answers;

/// <summary>Results as servers really send them: whatever stands around an image, the image is kept.</summary>
public sealed class ResultAnswerTests
{
    [Theory]
    [InlineData("""{"images":[{"url":"$url","width":512.0,"height":512.0,"file_size":1.2e4}]}""")]
    [InlineData("""{"images":[{"url":"$url","width":"512","height":null,"file_size":"big","content_type":7}],"seed":"x","timings":[],"description":{"a":1}}""")]
    [InlineData("""{"images":[{"url":"$url","width":{},"content_type":["image/png"]}],"has_nsfw_concepts":[false]}""")]
    [InlineData("""{"images":["$url"]}""")]
    [InlineData("""{"images":{"url":"$url"}}""")]
    [InlineData("""{"image":{"url":["$url"]}}""")]
    [InlineData("""{"images":[{"url":"$url","width":NaN}],"seed":-Infinity}""")]
    [InlineData("{\"images\":[{\"url\":\"$url\"}],\"description\":\"a\u0001b\"}")]
    [InlineData("{\"images\":[{\"url\":\"$url\"},]}\0\0\n")]
    [InlineData("{\"status\":\"COMPLETED\"}\n{\"images\":[{\"url\":\"$url\"}]}\n")]
    public async Task D1_An_optional_field_of_any_type_does_not_cost_the_image(string result)
    {
        await using var stage = new AnswerStage(stage => new Script { Result = _ => Reply.Json(result.Replace("$url", stage.FileAddress(), StringComparison.Ordinal)) });

        Assert.Equal(1024, (await stage.RunAsync()).Image().Width);
    }

    [Theory]
    [InlineData("Fal", """{"images":[],"detail":[{"msg":"The prompt was flagged by a checker.","type":"content_policy_violation"}]}""")]
    [InlineData("Fal", """{"images":null,"error":"The prompt was flagged by a checker."}""")]
    [InlineData("ApiDot", """{"code":200,"data":{"status":"finished","output":{"files":[]},"error_message":"The prompt was flagged by a checker."}}""")]
    [InlineData("ApiDot", """{"code":200,"data":{"status":"finished","output":{"files":[]},"failReason":"The prompt was flagged by a checker."}}""")]
    [InlineData("ApiDot", """{"code":200,"data":{"status":"finished","output":{"files":[]},"status_message":"The prompt was flagged by a checker."}}""")]
    [InlineData("Apiframe", """{"id":"scripted","status":"COMPLETED","result":null,"error":{"message":"The prompt was flagged by a checker."}}""")]
    [InlineData("ApiMaster", """{"data":{"status":"completed","result":{"images":[]},"error":{"message":"The prompt was flagged by a checker.","code":"moderation_blocked"}}}""")]
    [InlineData("Prospolabs", """{"generation_id":"scripted","status":"completed","output_url":null,"error":"The prompt was flagged by a checker."}""")]
    public async Task D3_The_words_beside_missing_images_are_the_error(string provider, string answer)
    {
        await using var stage = new AnswerStage(_ => new Script
        {
            Submit = _ => provider == "Prospolabs" ? Reply.Json(answer) : null,
            Status = _ => provider == "Fal" ? null : Reply.Json(answer),
            Result = _ => Reply.Json(answer),
        });

        NBException error = (await stage.RunAsync(stage.Request(provider))).Error();

        Assert.Equal(NBErrorId.ContentRejected, error.ErrorId);
        Assert.Contains("flagged by a checker", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"data":[{"url":null,"b64_json":"$png"}]}""")]
    [InlineData("""{"created":1,"data":[{"b64_json":"$png","revised_prompt":"a fox"}]}""")]
    [InlineData("""{"data":{"b64_json":["$png"]}}""")]
    public async Task D4_A_picture_in_base64_is_kept(string answer)
    {
        await using var stage = new AnswerStage(_ => new Script { Submit = _ => Reply.Json(WithPng(answer)) });

        NBImage image = (await stage.RunAsync(stage.Request("ApiMaster") with { Direct = true })).Image();

        Assert.Equal(ScriptedServer.Png, await File.ReadAllBytesAsync(image.Path!));
    }

    [Fact]
    public async Task D4_A_task_may_end_with_base64()
    {
        await using var stage = new AnswerStage(_ => new Script { Status = _ => Reply.Json(WithPng("""{"data":{"status":"completed","result":{"images":[{"b64_json":"$png"}]}}}""")) });

        NBImage image = (await stage.RunAsync(stage.Request("ApiMaster"))).Image();

        Assert.Equal(ScriptedServer.Png, await File.ReadAllBytesAsync(image.Path!));
    }

    [Theory]
    [InlineData("data:image\\/png;base64,", 0)]
    [InlineData("DATA:IMAGE/PNG;BASE64,", 0)]
    [InlineData("\\u0064ata:image/png;charset=utf-8;base64,", 0)]
    [InlineData("data:image/png;base64,", 1)]
    [InlineData("data:image/png;base64,", 2)]
    [InlineData("data:image/png;base64,", 3)]
    [InlineData("data:image/png;base64,", 4)]
    [InlineData("", 0)]
    [InlineData("\\n", 1)]
    public async Task D5_Every_legal_spelling_of_base64_is_read(string start, int spelling)
    {
        string base64 = Convert.ToBase64String(ScriptedServer.Png);
        string spelled = spelling switch
        {
            1 => string.Join("\\r\\n", base64.Chunk(76).Select(static line => new string(line))),
            2 => base64.TrimEnd('=').Replace('+', '-').Replace('/', '_'),
            3 => Uri.EscapeDataString(base64),
            4 => base64.Replace("/", "\\/", StringComparison.Ordinal).Replace("=", "\\u003d", StringComparison.Ordinal),
            _ => base64,
        };
        await using var stage = new AnswerStage(_ => new Script { Submit = _ => Reply.Json($$"""{"images":[{"url":"{{start}}{{spelled}}"}]}""") });

        NBImage image = (await stage.RunAsync(stage.Request() with { Direct = true, SyncMode = true })).Image();

        Assert.Equal(ScriptedServer.Png, await File.ReadAllBytesAsync(image.Path!));
    }

    [Theory]
    [InlineData("$path")]
    [InlineData(" \\\"$url\\\"\\n")]
    [InlineData("\\u200B$url\\u200B")]
    [InlineData("[{\\\"url\\\":\\\"$url\\\"}]")]
    public async Task D5_An_address_is_read_whatever_stands_around_it(string address)
    {
        await using var stage = new AnswerStage(stage => new Script
        {
            Result = _ => Reply.Json($$"""{"images":"{{address.Replace("$url", stage.FileAddress(), StringComparison.Ordinal).Replace("$path", new Uri(stage.FileAddress()).AbsolutePath, StringComparison.Ordinal)}}"}"""),
        });

        Assert.NotNull((await stage.RunAsync()).Image().Path);
    }

    [Theory]
    [InlineData("x")]
    [InlineData("relative.png")]
    [InlineData("data:image/png;base64,*not base64*")]
    public async Task D7_A_bad_address_among_good_ones_is_a_warning(string bad)
    {
        await using var stage = new AnswerStage(stage => new Script
        {
            Result = _ => Reply.Json($$"""{"images":[{"url":"{{stage.FileAddress()}}"},{"url":"{{bad}}"},{"url":"{{stage.FileAddress(2)}}"}]}"""),
        });

        Outcome outcome = await stage.RunAsync(stage.Request() with { Count = 3 });

        Assert.Empty(outcome.Errors);
        Assert.Equal(2, outcome.Images.Count);
        Assert.Contains(outcome.Warnings, static warning => warning.Contains("in the place of an image", StringComparison.Ordinal));
    }

    [Fact]
    public async Task D7_An_address_that_may_not_be_followed_keeps_no_other_from_being_fetched()
    {
        await using var stage = new AnswerStage(stage => new Script
        {
            Result = _ => Reply.Json($$"""{"images":[{"url":"https://10.0.0.1/a.png"},{"url":"{{stage.FileAddress()}}"}]}"""),
        });

        Outcome outcome = await stage.RunAsync(stage.Request() with { Count = 2 });

        Assert.Single(outcome.Images);
        Assert.Equal(NBErrorId.UnsafeUrl, Assert.Single(outcome.Errors).ErrorId);
    }

    [Fact]
    public async Task D8_Fewer_images_than_asked_for_is_a_warning()
    {
        await using var stage = new AnswerStage(stage => new Script
        {
            Result = _ => Reply.Json($$"""{"images":[{"url":"{{stage.FileAddress()}}"},{"url":"{{stage.FileAddress(1)}}"}]}"""),
        });

        Outcome outcome = await stage.RunAsync(stage.Request() with { Count = 4 });

        Assert.Equal(2, outcome.Images.Count);
        Assert.Contains(outcome.Warnings, static warning => warning.Contains("2 of 4 images came", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task D17_No_more_images_are_fetched_than_were_asked_for(int count)
    {
        await using var stage = new AnswerStage(stage => new Script
        {
            Result = _ => Reply.Json($$"""{"images":[{{string.Join(',', Enumerable.Range(0, 300).Select(number => $$"""{"url":"{{stage.FileAddress(number)}}"}"""))}}]}"""),
        });

        Outcome outcome = await stage.RunAsync(stage.Request() with { Count = count });

        Assert.Empty(outcome.Errors);
        Assert.Equal(count, stage.Files.Count);
        Assert.Equal(count * 0.08m, outcome.Images.Sum(static image => image.Cost));
        Assert.Contains(outcome.Warnings, static warning => warning.Contains("300 image addresses", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("gzip", "gzip")]
    [InlineData("deflate", "deflate")]
    [InlineData("deflate", "zlib")]
    [InlineData("br", "br")]
    [InlineData(null, "gzip")]
    [InlineData("gzip", null)]
    [InlineData("deflate", null)]
    [InlineData("br", null)]
    public async Task D10_An_image_is_unpacked_whatever_is_announced(string? announced, string? packed)
    {
        string[] headers = announced is null ? [] : ["Content-Encoding: " + announced];
        await using var stage = new AnswerStage(_ => new Script { File = _ => Reply.Image(Pack(ScriptedServer.Png, packed), headers) });

        NBImage image = (await stage.RunAsync()).Image();

        Assert.Equal(ScriptedServer.Png, await File.ReadAllBytesAsync(image.Path!));
    }

    [Theory]
    [InlineData("gzip", "gzip")]
    [InlineData("br", "br")]
    [InlineData("deflate", "deflate")]
    [InlineData("gzip", null)]
    public async Task D10_An_answer_is_unpacked_whatever_is_announced(string announced, string? packed)
    {
        await using var stage = new AnswerStage(_ => new Script
        {
            Submit = _ => new Reply(200, Pack("""{"request_id":"scripted"}"""u8.ToArray(), packed), "application/json", "Content-Encoding: " + announced),
        });

        Assert.NotNull((await stage.RunAsync()).Image().Path);
    }

    internal static string WithPng(string answer) => answer.Replace("$png", Convert.ToBase64String(ScriptedServer.Png), StringComparison.Ordinal);

    private static byte[] Pack(byte[] bytes, string? coding)
    {
        if (coding is null) return bytes;
        using var packed = new MemoryStream();
        using (Stream packing = coding switch
        {
            "gzip" => new GZipStream(packed, CompressionLevel.Fastest),
            "zlib" => new ZLibStream(packed, CompressionLevel.Fastest),
            "deflate" => new DeflateStream(packed, CompressionLevel.Fastest),
            _ => new BrotliStream(packed, CompressionLevel.Fastest),
        })
        {
            packing.Write(bytes);
        }

        return packed.ToArray();
    }
}
