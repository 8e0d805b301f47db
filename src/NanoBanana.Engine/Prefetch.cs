using System.Security.Cryptography;
using System.Text.Json;
using NanoBanana.Engine.Providers;
using NanoBanana.Engine.Transport;

namespace NanoBanana.Engine;

/// <summary>
/// Gets ready, on another thread, what the first answers will need while the first request is still on its way out: readers
/// are compiled when they are first used, and that is what the first picture of a session waits for.
/// </summary>
internal static class Prefetch
{
    /// <summary>Starts it; it ends by itself within a moment and changes nothing.</summary>
    /// <param name="provider">The provider that is most likely asked.</param>
    /// <param name="pipelines">The pipelines, which are built at their first use.</param>
    public static void Start(IImageProvider provider, ResiliencePipelines pipelines) => _ = Task.Run(() => RunAsync(provider, pipelines));

    private static async Task RunAsync(IImageProvider provider, ResiliencePipelines pipelines)
    {
        try
        {
            SHA256.HashData([]); // The system's cryptography, which TLS needs as well.
            pipelines.For(provider.Capabilities.Provider, CallKind.Submit);
            using var events = new MemoryStream(": ready\n\ndata: {\"status\":\"IN_QUEUE\"}\n\n"u8.ToArray());
            var reader = new SseReader(events);
            for (SseEvent next = default; !next.IsEnd; next = await reader.ReadAsync(CancellationToken.None).ConfigureAwait(false))
            {
                if (!next.Data.IsEmpty) provider.ReadStatus(next.Data);
            }

            using var answer = new MemoryStream("{\"images\":[{\"url\":\"https://example.com/a.png\"}]}"u8.ToArray());
            (ReadOnlyMemory<byte> json, _) = await new JsonPictureSplitter(1024, 1024)
                .SplitAsync(answer, static _ => throw new InvalidOperationException("There is no picture inside."), CancellationToken.None).ConfigureAwait(false);
            provider.ReadResult(new ApiAnswer { StatusCode = 200, Body = json, Headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase) });
        }
        catch (JsonException)
        {
            // The samples are fal.ai's; another provider reads other answers.
        }
    }
}
