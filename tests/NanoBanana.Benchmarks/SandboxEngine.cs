using NanoBanana.Engine;
using NanoBanana.Engine.Jobs;
using NanoBanana.Engine.Requests;
using NanoBanana.Engine.State;
using NanoBanana.Engine.Transport;

namespace NanoBanana.Benchmarks;

/// <summary>Engines and requests as every benchmark needs them.</summary>
internal static class SandboxEngine
{
    public static ImageEngine Create(HttpMessageHandler handler, StateFolder? state = null) => new(new EngineOptions
    {
        MessageHandler = handler,
        Sandbox = true,
        State = state,
        Key = static _ => SecretKey.FromText("any"),
    });

    public static ImageRequest Request(int number, OutputOptions output) => new()
    {
        Prompt = $"prompt {number}",
        Resolution = ImageResolution.HalfK,
        OutputFormat = ImageFormat.WebP,
        Output = output,
    };

    /// <summary>Runs requests to the end.</summary>
    /// <returns>The number of pictures.</returns>
    /// <exception cref="InvalidOperationException">A job failed: then the figure would mean nothing.</exception>
    public static async Task<int> DrainAsync(ImageEngine engine, IAsyncEnumerable<ImageRequest> requests, int throttle, Action<JobEvent>? look = null)
    {
        int pictures = 0;
        await foreach (JobEvent next in engine.RunAsync(requests, new BatchOptions { ThrottleLimit = throttle }))
        {
            look?.Invoke(next);
            if (next is ImageReceived) pictures++;
            if (next is JobFailed failed) throw new InvalidOperationException($"A job failed: {failed.Error.Message}", failed.Error);
        }

        return pictures;
    }
}

/// <summary>A folder that goes when the benchmark does.</summary>
internal sealed class ScratchFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("nb-bench-").FullName;

    public OutputOptions Output => new() { Directory = Path };

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
