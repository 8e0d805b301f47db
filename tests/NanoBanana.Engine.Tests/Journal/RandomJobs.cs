using FsCheck;
using FsCheck.Fluent;
using NanoBanana.Engine.Jobs;
using NanoBanana.Engine.Providers;
using NanoBanana.Engine.Requests;

namespace NanoBanana.Engine.Tests.Journal;

/// <summary>Jobs of any kind.</summary>
internal static class RandomJobs
{
    // Any text that is text: half a surrogate pair is none, and becomes U+FFFD in every UTF-8 file.
    private static readonly Gen<string> Text =
        ArbMap.Default.GeneratorFor<string>().Select(text => new string([.. (text ?? "日本 🍌").Where(character => !char.IsSurrogate(character))]) + " 🍌");

    private static readonly Gen<DateTimeOffset> Time =
        ArbMap.Default.GeneratorFor<long>().Select(ticks => JournalRig.Noon.AddTicks(ticks % (TimeSpan.TicksPerDay * 3650)));

    private static readonly Gen<decimal> Money = Gen.Choose(0, int.MaxValue).Select(number => number / 10_000m);

    private static readonly Gen<Uri> Address = Gen.Choose(0, 99_999).Select(number => new Uri($"https://cdn.example/{number}%20x?sig=a%2Fb+{number}#ü"));

    private static readonly Gen<JobPicture> Picture =
        from uri in Maybe(Address)
        from path in Maybe(Text)
        from partial in Maybe(Text)
        from size in Number()
        from format in Value(Gen.Elements(Enum.GetValues<ImageFormat>()))
        from length in Value(ArbMap.Default.GeneratorFor<long>())
        select new JobPicture { Uri = uri, Path = path, PartialPath = partial, Width = size, Height = size + 1, Format = format, Length = length };

    private static readonly Gen<RemoteJob> Remote =
        from id in Text
        from model in Text
        from status in Maybe(Address)
        from result in Maybe(Address)
        from cancel in Maybe(Address)
        select new RemoteJob { Id = id, Model = model, StatusUri = status, ResultUri = result, CancelUri = cancel };

    private static readonly Gen<OutputOptions> Output =
        from directory in Text
        from name in Maybe(Text)
        from template in Text
        from force in Gen.Elements(true, false)
        from noDownload in Gen.Elements(true, false)
        select new OutputOptions { Directory = directory, FileName = name, FileNameTemplate = template, Force = force, NoDownload = noDownload };

    private static readonly Gen<JobRecord> Asked =
        from time in Time
        from text in Text
        from word in Maybe(Text)
        from operation in Gen.Elements(Enum.GetValues<ImageOperation>())
        from tier in Value(Gen.Elements(Enum.GetValues<ImageResolution>()))
        from ratio in Value(Gen.Elements(AspectRatio.All.ToArray()))
        from format in Value(Gen.Elements(Enum.GetValues<ImageFormat>()))
        from seed in Value(ArbMap.Default.GeneratorFor<long>())
        from count in Gen.Choose(1, 8)
        from output in Output
        select new JobRecord
        {
            Id = JobId.New(time),
            State = NBJobState.Intent,
            Provider = text,
            Model = text,
            Operation = operation,
            Prompt = word,
            PromptHash = word,
            Resolution = tier,
            AspectRatio = ratio,
            OutputFormat = format,
            Seed = seed,
            Count = count,
            Part = word is null ? null : new RequestPart(count, count + 1),
            Output = output,
            CreatedAt = time,
            UpdatedAt = time,
        };

    /// <summary>All members, set or not.</summary>
    public static Gen<JobRecord> Any { get; } =
        from asked in Asked
        from state in Gen.Elements(Enum.GetValues<NBJobState>())
        from time in Value(Time)
        from ticks in Value(ArbMap.Default.GeneratorFor<long>())
        from remote in Maybe(Remote)
        from number in Number()
        from money in Value(Money)
        from text in Maybe(Text)
        from pictures in Picture.ListOf()
        from further in Address.ListOf()
        from error in Value(Gen.Elements(Enum.GetValues<NBErrorId>()))
        from sandbox in Gen.Elements(true, false)
        select asked with
        {
            State = state,
            SubmittedAt = time,
            EndedAt = time,
            Duration = ticks is { } some ? TimeSpan.FromTicks(Math.Abs(some % TimeSpan.TicksPerDay)) : null,
            Remote = remote,
            QueuePosition = number,
            UnitCost = money,
            CostSource = text,
            ReportedCost = money,
            Credits = money,
            IdempotencyKey = text,
            SubmitBody = text,
            SendStarted = number is null ? null : number % 2 == 0,
            Pictures = [.. pictures],
            FurtherUris = [.. further],
            Description = text,
            ErrorId = error,
            ErrorMessage = text,
            ProcessId = number,
            MachineName = text,
            Sandbox = sandbox,
            Settings = new RequestSettings
            {
                References = text is null ? null : [text],
                SafetyTolerance = number,
                WebSearch = sandbox,
                ThinkingLevel = text,
                SystemPrompt = text,
                LimitGenerations = number is null ? null : sandbox,
                StartTimeoutSeconds = number / 7.0,
                CallbackUri = text,
                AdditionalProperties = text,
            },
        };

    private static Gen<int?> Number() => Value(Gen.Choose(0, int.MaxValue - 1));

    private static Gen<T?> Maybe<T>(Gen<T> gen)
        where T : class => Gen.OneOf(Gen.Constant<T?>(null), gen.Select(value => (T?)value));

    private static Gen<T?> Value<T>(Gen<T> gen)
        where T : struct => Gen.OneOf(Gen.Constant<T?>(null), gen.Select(value => (T?)value));
}
