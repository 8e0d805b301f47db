using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using NanoBanana.Engine.Jobs;
using NanoBanana.Engine.Providers;
using NanoBanana.Engine.Transport;

namespace NanoBanana.Engine;

/// <summary>
/// Gets ready, on another thread, what the first answers will need while the first request is still on its way out: code is
/// compiled when it is first used, and that is what the first picture of a session waits for. So a status, a stream and a result
/// are asked for here, of nobody: they are answered from memory, through pipelines of their own.
/// </summary>
internal static class Prefetch
{
    /// <summary>Starts it; it ends by itself within a moment and changes nothing.</summary>
    public static void Start() => _ = Task.Run(RunAsync);

    private static async Task RunAsync()
    {
        IImageProvider provider = new ProviderRegistry().Find(null); // The one that is most likely asked.
        using var nobody = new Nobody();
        using var client = new ApiClient(nobody, nobody, new ResiliencePipelines(TimeProvider.System), TimeProvider.System, largestPicture: 1);
        using var key = SecretKey.FromText("none");
        string name = provider.Capabilities.Provider;
        var session = new ProviderSession(provider, new ProviderEndpoint(name, provider.Hosts, baseUri: null), key, client);
        CallScope scope = session.Scope(0, TimeSpan.FromMinutes(1), static (_, _) => ValueTask.CompletedTask, picturePath: null);
        var job = new RemoteJob { Id = "0", Model = "a/b" };
        try
        {
            SHA256.HashData([]); // The system's cryptography, which TLS needs as well.
            await session.StatusAsync(job, scope, CancellationToken.None).ConfigureAwait(false);
            if (provider.Stream(job) is { } stream)
            {
                await foreach (RemoteStatus _ in session.ListenAsync(stream, scope, CancellationToken.None).ConfigureAwait(false))
                {
                    // Read to its end.
                }
            }

            if (provider.Result(job) is { } result) await session.ResultAsync(result, scope, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is NBException or BrokenAnswerException)
        {
            // The answers are fal.ai's; another provider reads others.
        }
    }

    private sealed class Nobody : HttpMessageHandler
    {
        private const string Answer = """{"status":"COMPLETED","images":[{"url":"https://example.com/a.png"}]}""";

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            await Task.Yield();
            bool isStream = request.Headers.Accept.Count > 0;
            var content = new ByteArrayContent(Encoding.UTF8.GetBytes(isStream ? $"data: {Answer}\n\n" : Answer));
            content.Headers.ContentType = new MediaTypeHeaderValue(isStream ? "text/event-stream" : "application/json");
            return new HttpResponseMessage { Content = content };
        }
    }
}
