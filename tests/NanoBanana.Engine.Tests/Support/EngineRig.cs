using System.Runtime.CompilerServices;
using NanoBanana.Engine.Jobs;
using NanoBanana.Engine.Requests;
using NanoBanana.Engine.Transport;

namespace NanoBanana.Engine.Tests.Support;

/// <summary>An engine with a stub in the place of fal, a journal that remembers, a clock that does not wait, and a folder.</summary>
internal sealed class EngineRig : IDisposable
{
    private readonly Lazy<ImageEngine> engine;

    public EngineRig() => engine = new Lazy<ImageEngine>(() => new ImageEngine(
        new EngineOptions
        {
            Key = Key,
            MessageHandler = Fal.Handler,
            TimeProvider = Clock,
            LargestPicture = LargestPicture,
            LogPrompts = LogPrompts,
        },
        Journal));

    public FalStub Fal { get; } = new();

    public RecordingJournal Journal { get; } = new();

    public ImpatientTimeProvider Clock { get; init; } = new();

    public TempFolder Folder { get; } = new();

    public bool LogPrompts { get; init; }

    public long LargestPicture { get; init; } = 64 * 1024 * 1024;

    public Func<string, SecretKey> Key { get; init; } = static _ => SecretKey.FromText(FalStub.Key);

    public ImageEngine Engine => engine.Value;

    public ImageRequest Request(string prompt = "a lighthouse at dusk", bool noDownload = false) =>
        new() { Prompt = prompt, Output = new OutputOptions { Directory = Folder.Path, NoDownload = noDownload } };

    public Task<List<JobEvent>> RunAsync(ImageRequest? request = null, BatchOptions? batch = null, CancellationToken stopping = default) =>
        RunAsync([request ?? Request()], batch, stopping);

    public async Task<List<JobEvent>> RunAsync(IEnumerable<ImageRequest> requests, BatchOptions? batch = null, CancellationToken stopping = default)
    {
        var events = new List<JobEvent>();
        await foreach (JobEvent next in Engine.RunAsync(Stream(requests), batch ?? new BatchOptions(), stopping)) events.Add(next);
        return events;
    }

    public void Dispose()
    {
        if (engine.IsValueCreated) engine.Value.Dispose();
        Folder.Dispose();
    }

    public static async IAsyncEnumerable<T> Stream<T>(IEnumerable<T> items, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        foreach (T item in items)
        {
            await Task.Yield();
            cancellationToken.ThrowIfCancellationRequested();
            yield return item;
        }
    }
}

internal static class EventExtensions
{
    public static NBException Error(this IEnumerable<JobEvent> events) => Assert.Single(events.OfType<JobFailed>()).Error;

    public static NBImage Image(this IEnumerable<JobEvent> events) => Assert.Single(events.OfType<ImageReceived>()).Image;

    public static string[] Warnings(this IEnumerable<JobEvent> events) =>
        [.. events.OfType<LogLine>().Where(line => line.Level == LogLevel.Warning).Select(line => line.Text)];
}
