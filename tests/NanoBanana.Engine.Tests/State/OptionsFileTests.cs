using System.Text.Json;
using NanoBanana.Engine.State;
using NanoBanana.Engine.Tests.Support;

namespace NanoBanana.Engine.Tests.State;

public sealed class OptionsFileTests : IDisposable
{
    private readonly OptionsRig rig = new();

    public void Dispose() => rig.Dispose();

    [Fact]
    public void A_file_of_version_1_is_read_forever()
    {
        rig.WriteFile("""
            {
              "version": 1,
              "provider": "ApiMaster",
              "resolution": "4K",
              "vault": "keys",
              "dailyBudget": 12.30,
              "journalPrompt": false,
              "logPrompts": true,
              "largestPictureMB": 100
            }
            """);

        UserOptions expected = new()
        {
            Provider = "ApiMaster",
            Resolution = ImageResolution.FourK,
            Vault = "keys",
            DailyBudget = 12.30m,
            JournalPrompt = false,
            LogPrompts = true,
            LargestPictureMB = 100,
        };
        Assert.Equal(expected, rig.Store.Read());
    }

    [Fact]
    public void Fields_of_others_stay_as_they_are()
    {
        rig.WriteFile("""{ "version": 1, "colour": { "sky": [1.50, null, "blue"] }, "vault": "old", "later": 12345678901234567890.10 }""");

        rig.Set("Vault", "new");
        rig.Set("LogPrompts", "true");
        rig.Set("Vault", null);

        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(rig.File));
        Assert.Equal(["version", "colour", "later", "logPrompts"], document.RootElement.EnumerateObject().Select(field => field.Name));
        Assert.Equal("""{ "sky": [1.50, null, "blue"] }""", document.RootElement.GetProperty("colour").GetRawText());
        Assert.Equal("12345678901234567890.10", document.RootElement.GetProperty("later").GetRawText());
    }

    [Theory]
    [InlineData("", 1)]
    [InlineData("nonsense", 1)]
    [InlineData("[]", 1)]
    [InlineData("{\n  \"vault\": \"a\",\n  \"provider\" \"Fal\"\n}", 3)]
    [InlineData("{\n  \"vault\": \"a\"", 2)]
    [InlineData("{\n  \"vault\": \"a\"\n}\n{}", 4)]
    [InlineData("{\n  \"vault\": \"a\",\n  \"VAULT\": \"b\"\n}", 3)]
    [InlineData("{\n  \"version\": 2\n}", 2)]
    [InlineData("{\n  \"version\": \"1\"\n}", 2)]
    public void A_file_that_cannot_be_understood_is_refused_with_its_line_and_left_alone(string json, int line)
    {
        rig.WriteFile(json);

        foreach (Action action in new Action[] { () => rig.Store.Read(), () => rig.Store.Describe("Vault"), () => rig.Set("Vault", "mine") })
        {
            NBException error = Assert.Throws<NBException>(action);
            Assert.Equal(NBErrorId.InvalidRequest, error.ErrorId);
            Assert.Contains($"'{rig.File}'", error.Message, StringComparison.Ordinal);
            Assert.Contains($"line {line}:", error.Message, StringComparison.Ordinal);
            Assert.Contains("move it away", error.Message, StringComparison.Ordinal);
        }

        Assert.Equal(json, File.ReadAllText(rig.File));
    }

    [Theory]
    [InlineData("\"dailyBudget\": \"5\"", "a number")]
    [InlineData("\"dailyBudget\": -5", "0 or more")]
    [InlineData("\"dailyBudget\": 5e3", "0 or more")]
    [InlineData("\"journalPrompt\": \"true\"", "true or false")]
    [InlineData("\"provider\": 7", "a text")]
    [InlineData("\"resolution\": \"9K\"", "0.5K, 1K, 2K, 4K")]
    [InlineData("\"largestPictureMB\": 1.5", "1 to 1024")]
    public void A_wrong_value_is_told_with_its_line_and_can_be_set_anew(string field, string right)
    {
        rig.WriteFile($"{{\n\n  {field}\n}}");
        string name = OptionStore.Names.Single(option => field.StartsWith($"\"{option}\"", StringComparison.OrdinalIgnoreCase));

        NBException error = Assert.Throws<NBException>(() => rig.Store.Read());
        Assert.Contains("line 3", error.Message, StringComparison.Ordinal);
        Assert.Contains(rig.File, error.Message, StringComparison.Ordinal);
        Assert.Contains(right, error.Message, StringComparison.Ordinal);
        Assert.Equal(name, error.Parameter);

        rig.Set(name, null);
        Assert.Equal(new UserOptions(), rig.Store.Read());
    }

    [Fact]
    public void A_byte_order_mark_and_null_are_taken()
    {
        Directory.CreateDirectory(rig.State.Root);
        File.WriteAllText(rig.File, """{ "vault": null, "Provider": "fal" }""", System.Text.Encoding.UTF8);

        Assert.Equal(new UserOptions { Provider = "Fal" }, rig.Store.Read());
    }

    [Fact]
    public void Any_text_comes_back_as_it_was()
    {
        const string Name = "Schlüssel \"der\" Банк \\ 🔑 <&>";
        rig.Set("Vault", Name);

        Assert.Equal(Name, rig.Store.Read().Vault);
    }

    [Fact]
    public async Task Fifty_writers_at_once_lose_nothing_of_each_other()
    {
        string[] names = [.. Enumerable.Range(0, 50).Select(index => $"Field{index}")];
        var start = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task[] writers =
        [
            .. names.Select(name => Task.Run(async () =>
            {
                await start.Task;
                var option = new OptionDefinition(name, "NB_TEST", OptionKind.Text, null, "", text => new OptionReading(text));
                await OptionsFile.ChangeAsync(rig.File, [(option, name)], TimeSpan.FromMinutes(5));
            })),
        ];
        start.SetResult();
        await Task.WhenAll(writers);

        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(rig.File));
        Assert.Equal(
            names.Select(name => $"f{name[1..]}").Order(StringComparer.Ordinal),
            document.RootElement.EnumerateObject().Select(field => field.Name).Where(name => name != "version").Order(StringComparer.Ordinal));
        Assert.Equal(["options.json", "options.json.lock"], rig.Folder.Files);
    }

    [Fact]
    public async Task A_writer_that_waits_for_its_turn_can_be_stopped()
    {
        rig.Set("Vault", "first");
        using var stop = new CancellationTokenSource();
        using var turn = new FileStream(rig.File + ".lock", FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        Task waiting = OptionsFile.ChangeAsync(rig.File, [(OptionDefinition.All.First(option => option.Name == "Vault"), "second")], TimeSpan.FromMinutes(5), stop.Token);

        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        Assert.Equal("first", rig.Store.Read().Vault);
    }

    [Fact]
    public async Task A_writer_that_does_not_get_its_turn_says_so_and_writes_nothing()
    {
        rig.Set("Vault", "first");
        using (new FileStream(rig.File + ".lock", FileMode.Open, FileAccess.ReadWrite, FileShare.None))
        {
            NBException error = await Assert.ThrowsAsync<NBException>(
                () => OptionsFile.ChangeAsync(rig.File, [(OptionDefinition.All.First(option => option.Name == "Vault"), "second")], TimeSpan.Zero));
            Assert.Equal(NBErrorId.OutputWriteFailed, error.ErrorId);
            Assert.Equal("first", rig.Store.Read().Vault); // Reading waits for nobody.
        }

        rig.Set("Vault", "second");
        Assert.Equal("second", rig.Store.Read().Vault);
    }

    [Fact]
    public void The_file_is_for_its_user_alone()
    {
        if (OperatingSystem.IsWindows()) Assert.Skip("Windows has no file modes.");

        rig.Set("Vault", "a");
        rig.Set("Vault", "b");

        const UnixFileMode Own = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        Assert.Equal(Own, File.GetUnixFileMode(rig.File));
        Assert.Equal(Own, File.GetUnixFileMode(rig.File + ".lock"));
        Assert.Equal(Own | UnixFileMode.UserExecute, File.GetUnixFileMode(rig.State.Root));
    }

    [Fact]
    public void A_folder_that_cannot_be_made_is_told()
    {
        rig.Folder.Write("state", [1]); // A file where the folder should be.

        NBException error = Assert.Throws<NBException>(() => rig.Set("Vault", "a"));
        Assert.Equal(NBErrorId.OutputWriteFailed, error.ErrorId);
        Assert.Contains("-Scope Process", error.Message, StringComparison.Ordinal);
    }
}
