using NanoBanana.Engine.State;
using NanoBanana.Engine.Tests.Support;

namespace NanoBanana.Engine.Tests.State;

public sealed class OptionStoreTests : IDisposable
{
    private readonly OptionsRig rig = new();

    private static readonly string Folder = Path.GetFullPath(Path.GetTempPath());
    private static readonly string SomeFile = typeof(OptionStoreTests).Assembly.Location;

    /// <summary>Each option: a value as it may be written, as it is told, and what the file says; and two that are refused.</summary>
    private static readonly Dictionary<string, Case> Cases = new(StringComparer.Ordinal)
    {
        ["Provider"] = new("apiDOT", "ApiDot", "\"provider\": \"ApiDot\"", "Nobody", "Fal2"),
        ["Resolution"] = new("2k", "2K", "\"resolution\": \"2K\"", "3K", "big"),
        ["OutputDirectory"] = new(Folder, Folder, "\"outputDirectory\": \"", "pictures", "./out"),
        ["Vault"] = new(" my vault ", "my vault", "\"vault\": \"my vault\"", "a\nb", "a\0b"),
        ["DailyBudget"] = new("2.50", 2.50m, "\"dailyBudget\": 2.50", "-1", "1,5"),
        ["PriceFile"] = new(SomeFile, SomeFile, "\"priceFile\": \"", Path.Combine(Folder, "no such file"), "prices.json"),
        ["JournalPrompt"] = new("False", false, "\"journalPrompt\": false", "no", "2"),
        ["LogPrompts"] = new("1", true, "\"logPrompts\": true", "yes", "on"),
        ["LargestPictureMB"] = new("128", 128, "\"largestPictureMB\": 128", "0", "1025"),
    };

    public static TheoryData<string> EveryOption => [.. OptionStore.Names];

    public void Dispose() => rig.Dispose();

    [Fact]
    public void Without_anything_said_the_built_in_values_hold_and_no_file_is_made()
    {
        UserOptions options = rig.Store.Read();

        Assert.Equal(new UserOptions(), options);
        Assert.Equal(64 * 1024 * 1024, options.LargestPicture);
        Assert.True(options.JournalPrompt);
        Assert.False(options.LogPrompts);
        Assert.All(OptionStore.Names, name => Assert.Equal(NBOptionSource.Default, rig.Store.Describe(name).Source));
        Assert.False(Directory.Exists(rig.State.Root));
    }

    [Theory]
    [MemberData(nameof(EveryOption))]
    public void The_user_s_value_is_kept_in_the_file(string name)
    {
        Case test = Cases[name];
        rig.Set(name, test.Text);

        NBOption option = rig.Store.Describe(name);
        Assert.Equal((test.Value, NBOptionSource.User), (option.Value!, option.Source));
        Assert.Contains(test.Json, File.ReadAllText(rig.File), StringComparison.Ordinal);
        Assert.Contains("\"version\": 1", File.ReadAllText(rig.File), StringComparison.Ordinal);
        Assert.Null(rig.Read(name));
    }

    [Theory]
    [MemberData(nameof(EveryOption))]
    public void The_process_s_value_never_reaches_the_file(string name)
    {
        Case test = Cases[name];
        rig.Set(name, test.Text, NBOptionScope.Process);

        NBOption option = rig.Store.Describe(name);
        Assert.Equal((test.Value, NBOptionSource.Process), (option.Value!, option.Source));
        Assert.False(File.Exists(rig.File));
    }

    [Theory]
    [MemberData(nameof(EveryOption))]
    public void The_environment_s_value_is_read(string name)
    {
        Case test = Cases[name];
        rig.Variables[rig.Store.Describe(name).Variable] = test.Text;

        NBOption option = rig.Store.Describe(name);
        Assert.Equal((test.Value, NBOptionSource.Environment), (option.Value!, option.Source));
    }

    [Theory]
    [MemberData(nameof(EveryOption))]
    public void A_wrong_value_is_refused_and_changes_nothing(string name)
    {
        Case test = Cases[name];
        rig.Set(name, test.Text);
        string before = File.ReadAllText(rig.File);

        foreach (string bad in test.Wrong)
        {
            foreach (NBOptionScope scope in Enum.GetValues<NBOptionScope>())
            {
                NBException error = Assert.Throws<NBException>(() => rig.Set(name, bad, scope));
                Assert.Equal((NBErrorId.InvalidRequest, name), (error.ErrorId, error.Parameter!));
                Assert.StartsWith($"-{name} '{bad}' ", error.Message, StringComparison.Ordinal);
            }
        }

        Assert.Equal(before, File.ReadAllText(rig.File));
        Assert.Equal((test.Value, NBOptionSource.User), (rig.Store.Describe(name).Value!, rig.Store.Describe(name).Source));
        Assert.Contains(test.Json, before, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(EveryOption))]
    public void A_wrong_variable_is_an_error_that_names_it(string name)
    {
        Case test = Cases[name];
        string variable = rig.Store.Describe(name).Variable;
        rig.Set(name, test.Text);
        foreach (string bad in test.Wrong)
        {
            rig.Variables[variable] = bad;

            NBException error = Assert.Throws<NBException>(() => rig.Store.Read());
            Assert.Contains(variable, error.Message, StringComparison.Ordinal);
            Assert.Contains($"'{bad}'", error.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(EveryOption))]
    public void Removing_gives_the_built_in_value_back(string name)
    {
        Case test = Cases[name];
        NBOption before = rig.Store.Describe(name);
        foreach (NBOptionScope scope in Enum.GetValues<NBOptionScope>())
        {
            rig.Set(name, test.Text, scope);
            Assert.Equal(test.Value, rig.Store.Describe(name).Value);
            rig.Set(name, null, scope);
            Assert.Equal((before.Value, before.Source), (rig.Store.Describe(name).Value, rig.Store.Describe(name).Source));
        }

        Assert.DoesNotContain(test.Json, File.ReadAllText(rig.File), StringComparison.Ordinal);
    }

    [Fact]
    public void The_process_goes_before_the_environment_and_that_before_the_user()
    {
        rig.Set("Resolution", "1K");
        rig.Variables["NB_RESOLUTION"] = "2K";
        rig.Set("Resolution", "4K", NBOptionScope.Process);

        Assert.Equal(ImageResolution.FourK, rig.Store.Read().Resolution);
        rig.Set("Resolution", null, NBOptionScope.Process);
        Assert.Equal(ImageResolution.TwoK, rig.Store.Read().Resolution);
        rig.Variables["NB_RESOLUTION"] = " ";
        Assert.Equal(ImageResolution.OneK, rig.Store.Read().Resolution);
    }

    [Fact]
    public void Everything_said_is_read()
    {
        string prices = rig.PriceFile;
        rig.WriteFile("""{ "provider": "Apiframe", "resolution": "4K", "vault": "v", "dailyBudget": 0, "journalPrompt": false, "logPrompts": true, "largestPictureMB": 1 }""");
        rig.Set("OutputDirectory", rig.Folder.Path);
        rig.Set("PriceFile", prices);

        Assert.Equal(
            new UserOptions
            {
                Provider = "Apiframe",
                Resolution = ImageResolution.FourK,
                OutputDirectory = rig.Folder.Path,
                Vault = "v",
                DailyBudget = 0m,
                PriceFile = prices,
                JournalPrompt = false,
                LogPrompts = true,
                LargestPictureMB = 1,
            },
            rig.Store.Read());
    }

    [Fact]
    public void A_budget_keeps_every_digit()
    {
        rig.Set("DailyBudget", "79228162514264337593543950335");
        Assert.Equal(decimal.MaxValue, rig.Store.Read().DailyBudget);
        rig.Set("DailyBudget", "0.0000000000000000000000000001");
        Assert.Equal(0.0000000000000000000000000001m, rig.Store.Read().DailyBudget);
    }

    [Fact]
    public void A_price_file_that_has_gone_is_told_when_the_options_are_read()
    {
        rig.Set("PriceFile", rig.PriceFile);
        File.Delete(rig.Folder.File("prices.json"));

        NBException error = Assert.Throws<NBException>(() => rig.Store.Read());
        Assert.Contains("line 3", error.Message, StringComparison.Ordinal);
        Assert.Contains("-PriceFile", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_output_directory_that_is_a_file_is_refused() =>
        Assert.Contains("is a file", Assert.Throws<NBException>(() => rig.Set("OutputDirectory", rig.PriceFile)).Message, StringComparison.Ordinal);

    [Fact]
    public void An_unknown_option_is_refused_with_those_there_are() =>
        Assert.Contains("LargestPictureMB", Assert.Throws<NBException>(() => rig.Store.Describe("Colour")).Message, StringComparison.Ordinal);

    [Fact]
    public async Task One_wrong_value_among_several_changes_none()
    {
        var changes = new Dictionary<string, string?>(StringComparer.Ordinal) { ["Vault"] = "v", ["DailyBudget"] = "-3" };

        await Assert.ThrowsAsync<NBException>(() => rig.Store.ChangeAsync(NBOptionScope.User, changes, CancellationToken.None));
        await Assert.ThrowsAsync<NBException>(() => rig.Store.ChangeAsync(NBOptionScope.Process, changes, CancellationToken.None));
        Assert.Equal(NBOptionSource.Default, rig.Store.Describe("Vault").Source);
        Assert.False(File.Exists(rig.File));
    }

    private sealed record Case(string Text, object Value, string Json, params string[] Wrong);
}
