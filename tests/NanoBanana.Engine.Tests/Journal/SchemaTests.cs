using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using NanoBanana.Engine.Jobs;
using NanoBanana.Engine.Jobs.Journal;
using NanoBanana.Engine.Providers;
using NanoBanana.Engine.Requests;

namespace NanoBanana.Engine.Tests.Journal;

/// <summary>The text of a job's file. What version 1 wrote is read forever.</summary>
public sealed class SchemaTests
{
    private static readonly JobRecord Version1 = JobReader.Read(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Journal", "job-v1.json")));

    [Fact]
    public void Version_1_says_what_the_job_is()
    {
        Assert.Equal("01m7yzmhkv0c4yhd", Version1.Id);
        Assert.Equal(NBJobState.Received, Version1.State);
        Assert.Equal("Apiframe", Version1.Provider);
        Assert.Equal("nano-banana-2", Version1.Model);
        Assert.Equal(ImageOperation.Edit, Version1.Operation);
        Assert.Equal("put it on wet asphalt, ñeon \"light\"", Version1.Prompt);
        Assert.Equal("2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae", Version1.PromptHash);
        Assert.Equal(2, Version1.Count);
        Assert.Equal(ImageResolution.FourK, Version1.Resolution);
        Assert.Equal("16:9", Version1.AspectRatio.ToString());
        Assert.Equal(ImageFormat.WebP, Version1.OutputFormat);
        Assert.Equal(7L, Version1.Seed);
        Assert.True(Version1.Sandbox);
        Assert.Equal(new RequestPart(1, 3), Version1.Part);
    }

    [Fact]
    public void Version_1_says_when()
    {
        Assert.Equal(new DateTimeOffset(2026, 11, 21, 12, 0, 0, 123, TimeSpan.Zero), Version1.CreatedAt);
        Assert.Equal(new DateTimeOffset(2026, 11, 21, 12, 1, 0, 500, TimeSpan.Zero), Version1.UpdatedAt);
        Assert.Equal(new DateTimeOffset(2026, 11, 21, 12, 0, 1, TimeSpan.Zero), Version1.SubmittedAt);
        Assert.Equal(new DateTimeOffset(2026, 11, 21, 12, 0, 31, TimeSpan.Zero), Version1.EndedAt);
        Assert.Equal(TimeSpan.FromSeconds(30.25), Version1.Duration);
        Assert.Equal(TimeSpan.Zero, Version1.CreatedAt.Offset);
    }

    [Fact]
    public void Version_1_says_what_else_was_asked()
    {
        RequestSettings asked = Version1.Settings;

        Assert.Equal(["/home/me/shoe.png", "https://example.com/street.jpg"], asked.References);
        Assert.Equal(
            new RequestSettings
            {
                SafetyTolerance = 2,
                WebSearch = true,
                ImageSearch = true,
                ThinkingLevel = "High",
                SystemPrompt = "Paint in oil.",
                LimitGenerations = true,
                SyncMode = true,
                Direct = true,
                NoWait = true,
                CancelOnStop = true,
                LowPriority = true,
                StartTimeoutSeconds = 60.5,
                NoProviderRetry = true,
                CallbackUri = "https://example.com/hook?t=1",
                UploadVia = "Fal",
                AdditionalProperties = """{"quality":"high"}""",
            },
            asked with { References = null });
    }

    [Fact]
    public void A7_Every_setting_of_a_request_stands_in_the_file_of_version_1()
    {
        string[] unset = [.. typeof(RequestSettings).GetProperties().Where(property => property.CanWrite && IsUnset(property.GetValue(Version1.Settings))).Select(property => property.Name)];

        Assert.Empty(unset);
    }

    [Fact]
    public void Version_1_says_how_the_provider_knows_it()
    {
        Assert.Equal(
            new RemoteJob
            {
                Id = "abc-1",
                Model = "nano-banana-2",
                StatusUri = new Uri("https://api.example/jobs/abc-1"),
                ResultUri = new Uri("https://api.example/jobs/abc-1/result"),
                CancelUri = new Uri("https://api.example/jobs/abc-1/cancel"),
            },
            Version1.Remote);
        Assert.Equal(3, Version1.QueuePosition);
        Assert.Equal("key-of-the-request", Version1.IdempotencyKey);
        Assert.Equal("""{"prompt":"put it"}""", Version1.SubmitBody);
    }

    [Fact]
    public void Version_1_says_what_it_costs()
    {
        Assert.Equal(0.16m, Version1.UnitCost);
        Assert.Equal("Catalogue", Version1.CostSource);
        Assert.Equal(0.07m, Version1.ReportedCost);
        Assert.Equal(12.5m, Version1.Credits);
    }

    [Fact]
    public void Version_1_says_where_the_pictures_are()
    {
        Assert.Equal(
            new OutputOptions { Directory = "/home/me/out", FileName = "shoe.png", FileNameTemplate = "{slug}-{job}", Force = true, NoDownload = true },
            Version1.Output);
        Assert.Equal(
            [
                new JobPicture
                {
                    Uri = new Uri("https://cdn.example/1.webp?X-Amz-Signature=abc%2Bdef"),
                    Path = "/home/me/out/shoe.webp",
                    PartialPath = "/home/me/out/.x.partial",
                    Width = 5504,
                    Height = 3072,
                    Format = ImageFormat.WebP,
                    Length = 1234567,
                },
                new JobPicture { Format = ImageFormat.Jpeg },
            ],
            Version1.Pictures);
    }

    [Fact]
    public void Version_1_says_how_it_ended()
    {
        Assert.Equal("a shoe", Version1.Description);
        Assert.Equal(NBErrorId.OutputExpired, Version1.ErrorId);
        Assert.Equal("It expired.", Version1.ErrorMessage);
        Assert.Equal(new DateTimeOffset(2026, 11, 21, 12, 0, 5, TimeSpan.Zero), Version1.StartedAt);
        Assert.Equal((410, "output_expired"), (Version1.ErrorStatus, Version1.ErrorType));
        Assert.Equal(4711, Version1.ProcessId);
        Assert.Equal("HOST-1", Version1.MachineName);
    }

    [Fact]
    public void Every_member_of_a_record_stands_in_the_file_of_version_1()
    {
        // A member that is added must be added to the file too: else this is red, as the sample would leave it unset.
        string[] unset = [.. typeof(JobRecord).GetProperties().Where(property => property.CanWrite && IsUnset(property.GetValue(Version1))).Select(property => property.Name)];

        Assert.Empty(unset);
    }

    [Fact]
    public void What_is_written_is_what_version_1_wrote()
    {
        using JsonDocument written = JsonDocument.Parse(JobWriter.Write(Version1, keepPrompt: true));
        using JsonDocument sample = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Journal", "job-v1.json")));

        Assert.Equal(Flat(sample.RootElement).Where(line => !line.StartsWith("$.aField", StringComparison.Ordinal)), Flat(written.RootElement));
    }

    [Fact]
    public void Any_job_comes_back_as_it_was_written() =>
        Prop.ForAll(RandomJobs.Any.ToArbitrary(), job =>
        {
            JobRecord back = JobReader.Read(JobWriter.Write(job, keepPrompt: true));
            Assert.Equal(job.Pictures, back.Pictures);
            Assert.Equal(job.Settings.References, back.Settings.References);
            Assert.Equal(job.FurtherUris, back.FurtherUris);
            Assert.Equal(Comparable(job), Comparable(back));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));

    [Fact]
    public void Any_other_text_is_refused_and_breaks_nothing() =>
        Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), bytes => Assert.ThrowsAny<JsonException>(() => JobReader.Read(bytes))).QuickCheckThrowOnFailure();

    [Fact]
    public void A_text_that_was_cut_off_anywhere_is_refused()
    {
        byte[] whole = JobWriter.Write(Version1, keepPrompt: true);

        Assert.All(Enumerable.Range(0, whole.Length), length => Assert.ThrowsAny<JsonException>(() => JobReader.Read(whole.AsSpan(0, length))));
    }

    [Theory]
    [InlineData("\"state\":\"Received\"", "\"state\":\"Dreaming\"")]
    [InlineData("\"state\":\"Received\"", "\"state\":null")]
    [InlineData("\"operation\":\"Edit\"", "\"operation\":\"Paint\"")]
    [InlineData("\"resolution\":\"4K\"", "\"resolution\":\"9K\"")]
    [InlineData("\"aspectRatio\":\"16:9\"", "\"aspectRatio\":\"17:9\"")]
    [InlineData("\"uri\":\"https://cdn.example", "\"uri\":\"cdn.example")]
    [InlineData("\"createdAt\":\"2026", "\"createdAt\":\"x\",\"was\":\"2026")]
    [InlineData("\"schema\":1", "\"schema\":0")]
    [InlineData("\"schema\":1,", "")]
    [InlineData("\"pictures\":[", "\"pictures\":[null,")]
    public void A_value_that_was_never_written_is_refused(string value, string instead)
    {
        string text = Encoding.UTF8.GetString(JobWriter.Write(Version1, keepPrompt: true));
        Assert.Contains(value, text, StringComparison.Ordinal);

        Assert.ThrowsAny<JsonException>(() => JobReader.Read(Encoding.UTF8.GetBytes(text.Replace(value, instead, StringComparison.Ordinal))));
    }

    [Fact]
    public void An_error_that_a_later_version_knows_is_told_by_its_text()
    {
        string text = Encoding.UTF8.GetString(JobWriter.Write(Version1, keepPrompt: true)).Replace("OutputExpired", "MoonTooBright", StringComparison.Ordinal);

        JobRecord job = JobReader.Read(Encoding.UTF8.GetBytes(text));

        Assert.Equal((null, "It expired."), (job.ErrorId, job.ErrorMessage));
    }

    [Theory]
    [InlineData("""{"schema":2}""")]
    [InlineData("""{"schema":7,"state":{"name":"Running"},"count":"three"}""")]
    public void A_newer_schema_is_told_from_a_damaged_file(string text) =>
        Assert.Throws<NewerSchemaException>(() => JobReader.Read(Encoding.UTF8.GetBytes(text)));

    [Fact]
    public void A_prompt_that_is_not_kept_is_nowhere_in_the_file()
    {
        JobRecord job = JournalRig.Job(prompt: "secret garden") with { SubmitBody = """{"prompt":"secret garden"}""" };

        string text = Encoding.UTF8.GetString(JobWriter.Write(job, keepPrompt: false));

        Assert.DoesNotContain("secret", text, StringComparison.Ordinal);
    }

    [Fact]
    public void The_hash_of_a_prompt_that_is_not_kept_is_its_SHA_256() => Assert.Equal(
        "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae",
        JobReader.Read(JobWriter.Write(JournalRig.Job(prompt: "foo"), keepPrompt: false)).PromptHash);

    [Fact]
    public void The_hash_stays_when_a_job_without_its_prompt_is_written_again()
    {
        JobRecord read = JobReader.Read(JobWriter.Write(JournalRig.Job(prompt: "foo"), keepPrompt: false));

        Assert.Equal((null, read.PromptHash), (JobReader.Read(JobWriter.Write(read, keepPrompt: true)).Prompt, JobReader.Read(JobWriter.Write(read, keepPrompt: false)).PromptHash));
    }

    [Fact]
    public void A7_System_prompt_callback_and_additional_properties_are_kept_or_not_like_the_prompt()
    {
        JobRecord job = JournalRig.Job() with
        {
            Settings = new RequestSettings { SystemPrompt = "secret words", CallbackUri = "https://example.com/secret", AdditionalProperties = """{"secret":1}""", SafetyTolerance = 3 },
        };

        RequestSettings kept = JobReader.Read(JobWriter.Write(job, keepPrompt: false)).Settings;

        Assert.Equal(new RequestSettings { SafetyTolerance = 3 }, kept);
        Assert.Equal(job.Settings, JobReader.Read(JobWriter.Write(job, keepPrompt: true)).Settings);
    }

    /// <summary>Lists are equal by what they hold; they are compared apart.</summary>
    private static JobRecord Comparable(JobRecord job) => job with { FurtherUris = [], Pictures = [], Settings = job.Settings with { References = null } };

    private static bool IsUnset(object? value) => value switch
    {
        null or false => true,
        int number => number == 0,
        System.Collections.ICollection list => list.Count == 0,
        _ => false,
    };

    private static IEnumerable<string> Flat(JsonElement element, string path = "$") => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().SelectMany(property => Flat(property.Value, $"{path}.{property.Name}")),
        JsonValueKind.Array => element.EnumerateArray().SelectMany((item, index) => Flat(item, $"{path}[{index}]")),
        JsonValueKind.String => [$"{path}={element.GetString()}"],
        _ => [$"{path}={element.GetRawText()}"],
    };
}
