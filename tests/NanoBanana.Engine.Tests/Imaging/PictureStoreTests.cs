using NanoBanana.Engine.Imaging;
using NanoBanana.Engine.Jobs;
using NanoBanana.Engine.Requests;
using NanoBanana.Engine.Tests.Support;

namespace NanoBanana.Engine.Tests.Imaging;

public sealed class PictureStoreTests : IDisposable
{
    private const string Id = "01jd7x8k2m9qwert";
    private readonly TempFolder folder = new();
    private readonly PictureStore store = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_picture_is_named_by_its_prompt_and_job() => Assert.Equal($"a-cat-{Id}.png", await KeepAsync(new OutputOptions { Directory = folder.Path }));

    [Fact]
    public async Task A_name_that_was_chosen_is_kept() => Assert.Equal("x.png", await KeepAsync(Named("x.png")));

    [Theory]
    [InlineData("{provider}-{model}", "fal-fal-ai-nano-banana-2.png")]
    [InlineData("{seed}_{resolution}_{ratio}", "42_2K_16x9.png")]
    [InlineData("{date} {time}", "2026-11-21 131415.png")]
    [InlineData("{index}", "1.png")]
    public async Task Every_token_of_a_template_is_filled(string template, string expected) =>
        Assert.Equal(expected, await KeepAsync(new OutputOptions { Directory = folder.Path, FileNameTemplate = template }));

    [Theory]
    [InlineData("x.png", 0, "x-1.png")]
    [InlineData("x.png", 3, "x-4.png")]
    public async Task Several_pictures_of_a_chosen_name_are_numbered(string name, int index, string expected) =>
        Assert.Equal(expected, await KeepAsync(Named(name), Job() with { Count = 4 }, index));

    [Fact]
    public async Task Several_pictures_of_a_template_are_numbered() =>
        Assert.Equal("a-cat-2.png", await KeepAsync(new OutputOptions { Directory = folder.Path, FileNameTemplate = "{slug}" }, Job() with { Count = 2 }, 1));

    [Fact]
    public async Task A_template_with_a_number_is_not_numbered_twice() =>
        Assert.Equal("2-a-cat.png", await KeepAsync(new OutputOptions { Directory = folder.Path, FileNameTemplate = "{index}-{slug}" }, Job() with { Count = 2 }, 1));

    [Theory]
    [InlineData("x.png", "x.jpg")]
    [InlineData("x.webp", "x.jpg")]
    [InlineData("x.jpeg", "x.jpeg")]
    [InlineData("x.JPG", "x.JPG")]
    [InlineData("x", "x.jpg")]
    public async Task The_extension_is_what_the_bytes_are(string asked, string expected) =>
        Assert.Equal(expected, await KeepAsync(Named(asked), bytes: Pictures.Jpeg(1024, 1024)));

    [Theory]
    [InlineData("x.png", true)]
    [InlineData("x.jpg", false)]
    [InlineData("x.jpeg", false)]
    [InlineData("x", false)]
    public async Task Another_extension_than_was_asked_for_is_told(string asked, bool expected)
    {
        StoredPicture stored = await StoreAsync(Named(asked), Job(), 0, Pictures.Jpeg(1024, 1024));

        Assert.Equal(expected, stored.Warnings.Count > 0);
    }

    [Fact]
    public async Task Another_format_than_was_asked_for_is_told()
    {
        StoredPicture stored = await StoreAsync(new OutputOptions { Directory = folder.Path }, Job() with { OutputFormat = ImageFormat.WebP }, 0, Pictures.Png());

        Assert.Contains("-OutputFormat webp was asked for, but Fal sent png", Assert.Single(stored.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_existing_file_is_not_written_over()
    {
        folder.Write("x.png", [1, 2, 3]);

        await KeepAsync(Named("x.png"));

        Assert.Equal([1, 2, 3], File.ReadAllBytes(folder.File("x.png")));
    }

    [Fact]
    public async Task A_paid_picture_gets_a_second_name_when_the_first_is_taken()
    {
        folder.Write("x.png", [1]);

        Assert.Equal($"x-{Id}.png", await KeepAsync(Named("x.png")));
    }

    [Fact]
    public async Task A_paid_picture_gets_a_third_name_when_the_second_is_taken()
    {
        folder.Write("x.png", [1]);
        folder.Write($"x-{Id}.png", [1]);

        Assert.Equal($"x-{Id}-2.png", await KeepAsync(Named("x.png")));
    }

    [Fact]
    public async Task Another_name_than_was_chosen_is_told()
    {
        folder.Write("x.png", [1]);

        Assert.Contains("exists meanwhile", Assert.Single((await StoreAsync(Named("x.png"), Job(), 0, Pictures.Png())).Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void Many_pictures_that_want_the_same_name_at_the_same_moment_all_get_one()
    {
        const int Threads = 8;
        const int Rounds = 40;
        using var together = new Barrier(Threads);
        Thread[] threads = [.. Enumerable.Range(0, Threads).Select(_ => new Thread(() =>
        {
            for (int round = 0; round < Rounds; round++)
            {
                together.SignalAndWait();
                KeepAsync(Named($"{round}.png")).GetAwaiter().GetResult();
            }
        }))];
        foreach (Thread thread in threads) thread.Start();
        foreach (Thread thread in threads) thread.Join();

        Assert.Equal(Threads * Rounds, folder.Files.Length);
    }

    [Fact]
    public async Task With_Force_an_existing_file_is_written_over()
    {
        folder.Write("x.png", [1, 2, 3]);

        await KeepAsync(Named("x.png") with { Force = true });

        Assert.Equal(Pictures.Png(), File.ReadAllBytes(folder.File("x.png")));
    }

    [Fact]
    public async Task A_name_that_was_taken_by_a_process_that_died_then_is_used_by_who_carries_on()
    {
        folder.Write($"a-cat-{Id}.png", []);

        StoredPicture stored = await StoreAsync(new OutputOptions { Directory = folder.Path }, Job(), 0, Pictures.Png(), mayBeThere: true);

        Assert.Equal([$"a-cat-{Id}.png"], folder.Files);
        Assert.Equal(Pictures.Png(), File.ReadAllBytes(stored.Path));
    }

    [Fact]
    public async Task An_empty_file_that_may_be_anothers_is_left_alone()
    {
        folder.Write("x.png", []);

        StoredPicture stored = await StoreAsync(Named("x.png"), Job(), 0, Pictures.Png(), mayBeThere: true);

        Assert.Equal(folder.File($"x-{Id}.png"), stored.Path);
        Assert.Empty(File.ReadAllBytes(folder.File("x.png")));
    }

    [Fact]
    public async Task What_is_no_picture_is_refused() =>
        Assert.Equal(
            NBErrorId.InvalidImageContent,
            (await Assert.ThrowsAsync<NBException>(() => KeepAsync(Named("x.png"), bytes: "<html>no picture at all</html>"u8.ToArray()))).ErrorId);

    [Fact]
    public async Task Nothing_but_the_picture_is_left()
    {
        await KeepAsync(Named("x.png"));

        Assert.Equal(["x.png"], folder.Files);
    }

    [Fact]
    public async Task The_length_is_told() =>
        Assert.Equal(5000, (await StoreAsync(Named("x.png"), Job(), 0, Pictures.Png(length: 5000))).Length);

    [Fact]
    public void A_folder_is_made_where_there_is_none()
    {
        new PictureStore().Ensure(new OutputOptions { Directory = folder.File("a/b") });

        Assert.True(Directory.Exists(folder.File("a/b")));
    }

    [Fact]
    public void Looking_whether_a_folder_can_be_written_to_leaves_nothing_in_it()
    {
        new PictureStore().Ensure(new OutputOptions { Directory = folder.Path });

        Assert.Empty(folder.Files);
    }

    [Fact]
    public void A_folder_that_cannot_be_is_refused()
    {
        folder.Write("file", [1]);

        Assert.Equal(
            NBErrorId.OutputWriteFailed,
            Assert.Throws<NBException>(() => new PictureStore().Ensure(new OutputOptions { Directory = folder.File("file/sub") })).ErrorId);
    }

    [Fact]
    public void Without_a_download_no_folder_is_made()
    {
        new PictureStore().Ensure(new OutputOptions { Directory = folder.File("never"), NoDownload = true });

        Assert.False(Directory.Exists(folder.File("never")));
    }

    [Fact]
    public async Task A_folder_that_is_a_link_is_written_through()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows lets only administrators make symbolic links.");
        string real = Directory.CreateDirectory(folder.File("real")).FullName;
        string link = folder.File("link");
        Directory.CreateSymbolicLink(link, real);
        var output = new OutputOptions { Directory = link, FileName = "x.png" };
        new PictureStore().Ensure(output);

        StoredPicture stored = await StoreAsync(output, Job(), 0, Pictures.Png());

        Assert.Equal(Path.Combine(link, "x.png"), stored.Path);
        Assert.Equal(["x.png"], Directory.GetFiles(real).Select(Path.GetFileName));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_file_that_is_a_link_is_never_written_through(bool force)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows lets only administrators make symbolic links.");
        string elsewhere = folder.Write("elsewhere", [1, 2, 3]);
        File.CreateSymbolicLink(folder.File("x.png"), elsewhere);

        await StoreAsync(Named("x.png") with { Force = force }, Job(), 0, Pictures.Png());

        Assert.Equal([1, 2, 3], File.ReadAllBytes(elsewhere));
    }

    [Fact]
    public async Task A_link_to_nothing_keeps_its_name()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows lets only administrators make symbolic links.");
        File.CreateSymbolicLink(folder.File("x.png"), folder.File("nothing"));

        Assert.Equal($"x-{Id}.png", await KeepAsync(Named("x.png")));
        Assert.False(File.Exists(folder.File("nothing")));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_folder_of_the_wanted_name_costs_no_picture(bool force)
    {
        Directory.CreateDirectory(folder.File("x.png"));

        Assert.Equal($"x-{Id}.png", await KeepAsync(Named("x.png") with { Force = force }));
    }

    [Fact]
    public async Task The_longest_name_still_has_room_for_a_number_and_a_second_name()
    {
        OutputOptions output = Named(new string('я', 100) + ".png");
        folder.Write(new string('я', 100) + "-4.png", [1]);

        Assert.Equal(new string('я', 100) + $"-4-{Id}.png", await KeepAsync(output, Job() with { Count = 4 }, 3));
    }

    private static JobRecord Job() => new()
    {
        Id = Id,
        Output = new OutputOptions { Directory = "." },
        State = NBJobState.Succeeded,
        Provider = "Fal",
        Model = "fal-ai/nano-banana-2",
        Operation = ImageOperation.Generate,
        Prompt = "A cat",
        Seed = 42,
        Resolution = ImageResolution.TwoK,
        AspectRatio = AspectRatio.TryParse("16:9", out AspectRatio ratio) ? ratio : null,
        CreatedAt = new DateTimeOffset(2026, 11, 21, 13, 14, 15, TimeSpan.Zero),
        UpdatedAt = default,
    };

    private OutputOptions Named(string name) => new() { Directory = folder.Path, FileName = name };

    private Task<StoredPicture> StoreAsync(OutputOptions output, JobRecord job, int index, byte[] bytes, bool mayBeThere = false)
    {
        string partial = PictureStore.PartialPath(output, job.Id, index);
        File.WriteAllBytes(partial, bytes);
        return store.KeepAsync(partial, job, output, index, mayBeThere, CancellationToken.None);
    }

    private async Task<string> KeepAsync(OutputOptions output, JobRecord? job = null, int index = 0, byte[]? bytes = null) =>
        Path.GetFileName((await StoreAsync(output, job ?? Job(), index, bytes ?? Pictures.Png())).Path);
}
