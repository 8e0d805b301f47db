using NanoBanana.Engine.Jobs;
using NanoBanana.Engine.Requests;
using NanoBanana.Engine.Tests.Support;
using NanoBanana.Engine.Transport;

namespace NanoBanana.Engine.Tests.Jobs;

/// <summary>What lines for Verbose and Debug say of prompts and media.</summary>
public sealed class LogPromptsTests
{
    private const string Prompt = "a portrait of my aunt Philippa";

    [Fact]
    public async Task No_line_holds_the_prompt_that_a_provider_repeats_in_its_log()
    {
        string text = await LinesAsync(logPrompts: false);

        Assert.DoesNotContain("Philippa", text, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("painting ***", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/files/")]
    [InlineData("/put/")]
    public async Task No_line_holds_the_address_of_a_picture(string path) => Assert.DoesNotContain(path, await LinesAsync(logPrompts: false), StringComparison.Ordinal);

    [Theory]
    [InlineData("Philippa")]
    [InlineData("https://v3.fal.media/files/a.png")]
    [InlineData("https://storage.example.com/put/shoe.png?sig=***")]
    public async Task Every_line_is_whole_where_the_user_wants_it(string part) => Assert.Contains(part, await LinesAsync(logPrompts: true), StringComparison.Ordinal);

    [Theory]
    [InlineData(LogLevel.Debug)]
    [InlineData(LogLevel.Verbose)]
    [InlineData(LogLevel.Warning)]
    public async Task Lines_that_are_too_quiet_are_not_told(LogLevel least)
    {
        using var rig = new EngineRig();
        ImageRequest request = rig.Request() with { Resolution = ImageResolution.FourK }; // The picture is smaller: that is a warning.

        List<JobEvent> events = await rig.RunAsync(request, new BatchOptions { MinimumLogLevel = least });

        Assert.Equal(Enum.GetValues<LogLevel>().Where(level => level >= least), events.OfType<LogLine>().Select(line => line.Level).Distinct().Order());
    }

    [Theory]
    [InlineData("cat", "a cat in a category", "a *** in a category")]
    [InlineData("CAT", "cat", "***")]
    [InlineData("  a lighthouse at dusk ", "Prompt: 'a lighthouse at d...'", "Prompt: '***...'")]
    [InlineData("夕暮れの灯台と海辺の町", "input 夕暮れの灯台と海辺の町!", "input ***!")]
    [InlineData("", "all of it", "all of it")]
    public void A_prompt_is_taken_out_of_the_words_of_others(string prompt, string text, string expected) => Assert.Equal(expected, new PromptCover(prompt).Hide(text));

    [Fact]
    public async Task A_callback_address_stands_in_no_line_and_no_error()
    {
        var callback = new Uri("https://hooks.example.com/in/5ecre7?pass=word5");
        using var rig = new EngineRig();
        rig.Fal.Instead = request => FalStub.IsSubmit(request) ? Answers.Json("""{"detail":"The webhook https://hooks.example.com/in/5ecre7?pass=word5 is refused"}""", 422) : null;

        List<JobEvent> events = await rig.RunAsync(rig.Request() with { CallbackUri = callback });

        Assert.DoesNotContain("5ecre7", Text(events) + events.Error() + events.Error().ProviderMessage, StringComparison.Ordinal);
    }

    private static async Task<string> LinesAsync(bool logPrompts)
    {
        using var rig = new EngineRig { LogPrompts = logPrompts };
        string reference = rig.Folder.Write("shoe.png", Pictures.Png());
        rig.Fal.Instead = request => FalStub.IsStream(request)
            ? Answers.Events("""{"status":"IN_PROGRESS","logs":[{"message":"painting a Portrait of my aunt Philippa, see https://v3.fal.media/files/a.png"}]}""", FalStub.Status("COMPLETED"))
            : null;
        ImageRequest request = rig.Request(Prompt) with { Operation = ImageOperation.Edit, References = [ReferenceImage.FromFile(reference)] };
        List<JobEvent> events = await rig.RunAsync(request);
        Assert.Single(events.OfType<ImageReceived>());
        return Text(events);
    }

    private static string Text(List<JobEvent> events) => string.Join('\n', events.OfType<LogLine>().Select(line => line.Text));
}
