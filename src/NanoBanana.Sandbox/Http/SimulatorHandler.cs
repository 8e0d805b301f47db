using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using NanoBanana.Sandbox.Faults;
using NanoBanana.Sandbox.Wires;

namespace NanoBanana.Sandbox;

/// <summary>The simulator behind an HttpClient of the same process: the provider's own addresses, and no network.</summary>
internal sealed class SimulatorHandler(Simulator simulator, SandboxOptions options) : HttpMessageHandler
{
    private readonly FaultSchedule _faults = new(options.Faults);

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var uri = request.RequestUri ?? throw new InvalidOperationException("A request needs an address.");
        if (!string.Equals(uri.Scheme, Uri.UriSchemeHttps, StringComparison.Ordinal) || WireRegistry.ForHost(uri.Host) is null)
            throw UnknownHost(uri);

        var body = request.Content is null ? Stream.Null : new DeferredStream(request.Content);
        var answer = await simulator.HandleAsync(ToSandbox(request, uri, body), options, _faults, cancellationToken)
            .ConfigureAwait(false);
        return answer.Fate switch
        {
            ConnectionFate.Refused => throw new HttpRequestException(
                HttpRequestError.ConnectionError,
                $"Connection refused ({uri.Host}:{uri.Port})",
                new SocketException((int)SocketError.ConnectionRefused)),
            ConnectionFate.Lost => throw new HttpRequestException(
                HttpRequestError.ResponseEnded,
                "An error occurred while sending the request.",
                new HttpIOException(HttpRequestError.ResponseEnded, "The response ended prematurely.")),
            _ => ToMessage(request, answer),
        };
    }

    private static SandboxRequest ToSandbox(HttpRequestMessage request, Uri uri, Stream body)
    {
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        AddHeaders(headers, request.Headers);
        if (request.Content is not null)
            AddHeaders(headers, request.Content.Headers);
        return new SandboxRequest
        {
            Method = request.Method.Method.ToUpperInvariant(),
            Host = uri.Host,
            Path = uri.AbsolutePath,
            Query = uri.Query.TrimStart('?'),
            Headers = headers,
            Body = body,
            UrlFor = static (host, pathAndQuery) => "https://" + host + pathAndQuery,
        };
    }

    private static void AddHeaders(Dictionary<string, string> into, HttpHeaders from)
    {
        foreach (var header in from.NonValidated)
            into[header.Key] = string.Join(", ", header.Value);
    }

    private static HttpResponseMessage ToMessage(HttpRequestMessage request, SandboxResponse answer)
    {
        var headOnly = request.Method == HttpMethod.Head;
        var stream = headOnly ? Stream.Null : BodyStream(answer.Body);
        var message = new HttpResponseMessage((HttpStatusCode)answer.Status)
        {
            RequestMessage = request,
            Version = HttpVersion.Version11,
            Content = new StreamContent(stream),
        };
        message.Content.Headers.ContentLength = answer.ContentLength;
        foreach (var (name, value) in answer.Headers)
        {
            if (!message.Headers.TryAddWithoutValidation(name, value))
                message.Content.Headers.TryAddWithoutValidation(name, value);
        }

        return message;
    }

    private static Stream BodyStream(ResponseBody body) =>
        body.Bytes is { } bytes && System.Runtime.InteropServices.MemoryMarshal.TryGetArray(bytes, out var array)
            ? new MemoryStream(array.Array!, array.Offset, array.Count, writable: false)
            : ChunkPipe.Start(body);

    private static HttpRequestException UnknownHost(Uri uri) => new(
        HttpRequestError.NameResolutionError,
        $"The sandbox knows no host '{uri.Host}' ({uri.Scheme}); it reaches no network.",
        new SocketException((int)SocketError.HostNotFound));
}
