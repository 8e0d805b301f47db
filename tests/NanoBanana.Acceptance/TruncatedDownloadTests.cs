namespace NanoBanana.Acceptance;

/// <summary>Downloads whose announced length is not the picture's: whole in the end, or no picture at all.</summary>
public sealed class TruncatedDownloadTests
{
    /// <summary>More is announced than comes: all of it is there already when the rest is asked for, and that answers 416.</summary>
    public static TheoryData<string, string> TooLong => EveryProviderStormTests.Table("download:badlength", "download:badlength*2");

    /// <summary>Less comes, and the length says so: only the picture itself lacks its end.</summary>
    public static TheoryData<string, string> TooShort => EveryProviderStormTests.Table("download:truncate", "download:badlength=-100", "download:badlength=7");

    [Theory]
    [MemberData(nameof(TooLong))]
    public async Task A_length_that_is_too_large_does_not_lose_the_picture(string provider, string faults)
    {
        await using Stage stage = await Stage.SetAsync(faults);
        NBImage image = (await stage.RunAsync(EveryProviderTests.Request(stage, provider))).Image();

        Assert.True(EveryProviderStormTests.IsWhole(image.Path!), "The picture lacks its end.");
        EveryProviderStormTests.BilledOnce(stage);
    }

    [Theory]
    [MemberData(nameof(TooShort))]
    public async Task A_picture_cut_short_is_never_shown_as_whole(string provider, string faults)
    {
        await using Stage stage = await Stage.SetAsync(faults);
        Outcome outcome = await stage.RunAsync(EveryProviderTests.Request(stage, provider));

        EveryProviderStormTests.BilledOnce(stage);
        if (outcome.Errors.Count > 0)
        {
            Assert.Equal(NBErrorId.InvalidImageContent, outcome.Error().ErrorId);
            Assert.Empty(stage.Files);
            return;
        }

        Assert.True(EveryProviderStormTests.IsWhole(outcome.Image().Path!), "The picture lacks its end.");
    }
}
