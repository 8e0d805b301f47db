using System.Text;

namespace NanoBanana.Sandbox.Wires;

/// <summary>A provider's file host: it serves finished files to anyone, and speaks plain text otherwise.</summary>
internal static class CdnHost
{
    public static WireCall Classify(SandboxRequest request) =>
        new(request.Method is "GET" or "HEAD" ? WireAction.Download : WireAction.Other);

    /// <summary>The file asked for.</summary>
    /// <param name="exchange">The request.</param>
    /// <param name="gone">Answers for a file whose time is over.</param>
    /// <param name="cancellationToken">The client hung up.</param>
    public static async ValueTask<SandboxResponse> AnswerAsync(
        Exchange exchange, Func<SandboxResponse> gone, CancellationToken cancellationToken)
    {
        var request = exchange.Request;
        if (exchange.Call.Action != WireAction.Download)
        {
            await request.Body.CopyToAsync(Stream.Null, cancellationToken).ConfigureAwait(false);
            return Text(405, "Method Not Allowed");
        }

        if (exchange.Simulator.Media.Find(request.Path) is not { } item)
            return Text(404, "Not Found");
        return item.ExpiresAt <= exchange.Simulator.Clock.GetUtcNow() ? gone() : MediaAnswer.Of(request, item);
    }

    public static SandboxResponse Text(int status, string text) =>
        new(status, ResponseBody.FromBytes(Encoding.UTF8.GetBytes(text)), "text/plain; charset=utf-8");
}
