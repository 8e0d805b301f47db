namespace NanoBanana.Engine.Transport;

/// <summary>A handler that outlives the engine.</summary>
/// <param name="inner">What carries the calls; not disposed of.</param>
internal sealed class KeptHandler(HttpMessageHandler inner) : HttpMessageHandler
{
    private readonly HttpMessageInvoker invoker = new(inner, disposeHandler: false);

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        invoker.SendAsync(request, cancellationToken);
}
