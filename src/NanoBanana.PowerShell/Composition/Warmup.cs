using NanoBanana.Engine;
using NanoBanana.Engine.Jobs;
using NanoBanana.Engine.Requests;
using NanoBanana.Engine.Transport;
using NanoBanana.Sandbox;

namespace NanoBanana.PowerShell.Composition;

/// <summary>
/// Compiles the path of a picture while the user still types: one small job in a simulator of its own, in memory, without
/// a file, a key or a call to anywhere.
/// </summary>
internal static class Warmup
{
    /// <summary>Starts it in the background; it ends by itself within a second and is never waited for.</summary>
    public static void Start() => _ = Task.Run(RunAsync);

    private static async Task RunAsync()
    {
        try
        {
            using HttpMessageHandler handler = new Simulator().CreateHandler(new SandboxOptions { Latency = TimeSpan.Zero });
            using var engine = new ImageEngine(new EngineOptions { Key = static _ => SecretKey.FromText("warm-up"), Sandbox = true, MessageHandler = handler });
            var request = new ImageRequest
            {
                Prompt = "a small picture",
                Resolution = ImageResolution.HalfK,
                Output = new OutputOptions { Directory = Path.GetTempPath(), NoDownload = true },
            };
            await foreach (JobEvent _ in engine.RunAsync(Once(request), new BatchOptions()).ConfigureAwait(false))
            {
                // Only that it ran matters.
            }
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // What is wrong here will be told where it matters: at the user's own request.
        }
    }

    private static async IAsyncEnumerable<ImageRequest> Once(ImageRequest request)
    {
        await Task.CompletedTask.ConfigureAwait(false);
        yield return request;
    }
}
