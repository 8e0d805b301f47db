using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;

namespace NanoBanana.Engine.Tests.Support;

/// <summary>One request as it arrived at the other end.</summary>
internal sealed record SeenRequest(HttpMethod Method, Uri Uri, IReadOnlyDictionary<string, string> Headers, byte[] Body, HttpContent? Content)
{
    public string Text => Encoding.UTF8.GetString(Body);

    public JsonElement Json
    {
        get
        {
            using JsonDocument document = JsonDocument.Parse(Body);
            return document.RootElement.Clone();
        }
    }

    public string? Header(string name) => Headers.TryGetValue(name, out string? value) ? value : null;

    public override string ToString() => $"{Method} {Uri}";
}

/// <summary>Stands at the other end of every call: writes down what arrives, and answers as it is told. No network.</summary>
internal sealed class StubHandler(Func<SeenRequest, CancellationToken, Task<HttpResponseMessage>> respond) : HttpMessageHandler
{
    private readonly ConcurrentQueue<SeenRequest> seen = new();

    public StubHandler(Func<SeenRequest, HttpResponseMessage> respond)
        : this((request, _) => Task.FromResult(respond(request)))
    {
    }

    /// <summary>Fails an attempt before a byte of it has left; null to let it through.</summary>
    public Func<Uri, Exception?> Connect { get; set; } = static _ => null;

    /// <summary>Is told of each request before it is answered.</summary>
    public Action<SeenRequest> OnSeen { get; set; } = static _ => { };

    /// <summary>Every request whose bytes arrived, in order.</summary>
    public IReadOnlyList<SeenRequest> Requests => [.. seen];

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (Connect(request.RequestUri!) is { } failure) throw failure;
        byte[] body = request.Content is null ? [] : await request.Content.ReadAsByteArrayAsync(cancellationToken);
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach ((string name, IEnumerable<string> values) in request.Headers) headers[name] = string.Join(", ", values);
        foreach ((string name, IEnumerable<string> values) in request.Content?.Headers ?? Enumerable.Empty<KeyValuePair<string, IEnumerable<string>>>())
        {
            headers[name] = string.Join(", ", values);
        }

        var arrived = new SeenRequest(request.Method, request.RequestUri!, headers, body, request.Content);
        seen.Enqueue(arrived);
        OnSeen(arrived);
        HttpResponseMessage response = await respond(arrived, cancellationToken);
        response.RequestMessage = request;
        return response;
    }
}
