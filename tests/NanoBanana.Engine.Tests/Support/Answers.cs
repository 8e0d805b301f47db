using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace NanoBanana.Engine.Tests.Support;

/// <summary>Answers for the stub, and failures of the network.</summary>
internal static class Answers
{
    public static HttpResponseMessage Json(string json, int status = 200) => Text(json, "application/json", status);

    public static HttpResponseMessage Html(int status) => Text("<html><body><h1>502 Bad Gateway</h1></body></html>", "text/html", status);

    public static HttpResponseMessage Text(string text, string mediaType, int status = 200) => Bytes(Encoding.UTF8.GetBytes(text), mediaType, status);

    public static HttpResponseMessage Bytes(byte[] bytes, string mediaType = "image/png", int status = 200)
    {
        var response = new HttpResponseMessage((HttpStatusCode)status) { Content = new ByteArrayContent(bytes) };
        response.Content.Headers.ContentType = new MediaTypeHeaderValue(mediaType);
        return response;
    }

    public static HttpResponseMessage Events(params string[] events) =>
        Text(string.Concat(events.Select(data => $"data: {data}\n\n")), "text/event-stream");

    public static HttpResponseMessage Redirect(string location, int status = 302)
    {
        HttpResponseMessage response = Text(string.Empty, "text/plain", status);
        response.Headers.Location = new Uri(location, UriKind.RelativeOrAbsolute);
        return response;
    }

    public static HttpResponseMessage RetryAfter(this HttpResponseMessage response, int seconds) =>
        response.With("Retry-After", seconds.ToString(CultureInfo.InvariantCulture));

    public static HttpResponseMessage With(this HttpResponseMessage response, string header, string value)
    {
        response.Headers.TryAddWithoutValidation(header, value);
        return response;
    }

    /// <summary>The name does not resolve, the port is closed, or the handshake fails: nothing has left.</summary>
    public static HttpRequestException NotSent(HttpRequestError error) => new(error, error.ToString());

    /// <summary>The connection is reset while the answer is awaited.</summary>
    public static HttpRequestException Reset() => new(HttpRequestError.ResponseEnded, "the connection was reset");
}
