using NanoBanana.Sandbox.Storage;

namespace NanoBanana.Sandbox.Wires.Apiframe;

/// <summary>
/// Uploads (OpenAPI, <c>POST /v2/uploads</c>): one file of a multipart form, known by its first bytes whatever the form
/// says of it. Refused files answer 400: "No file, oversize, or unsupported file type". Of the types named there the
/// sandbox takes the pictures that nano-banana-2 can read.
/// </summary>
internal static class ApiframeUploads
{
    private const int MostBytes = 25 << 20;

    /// <summary>Room for the form around the file.</summary>
    private const int FormBytes = 64 << 10;

    /// <summary>"Files live ~1-2h": the shorter.</summary>
    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(1);

    public static async ValueTask<SandboxResponse> StoreAsync(Exchange exchange, CancellationToken cancellationToken)
    {
        var request = exchange.Request;
        var body = await RequestBody.ReadAsync(request.Body, MostBytes + FormBytes, cancellationToken).ConfigureAwait(false);
        if (body is not { } form)
        {
            await request.Body.CopyToAsync(Stream.Null, cancellationToken).ConfigureAwait(false);
            return Bad("is larger than 25 MB");
        }

        if (MultipartFile.Find(request.Header("Content-Type"), form, "file") is not { } file)
            return Bad("is required");
        if (file.Length > MostBytes)
            return Bad("is larger than 25 MB");
        if (PictureBytes.ContentType(file.Span) is not { } type)
            return Bad("is of an unsupported type");

        var id = Guid.NewGuid().ToString();
        var path = $"/uploads/{id}.{type[(type.IndexOf('/', StringComparison.Ordinal) + 1)..]}";
        var expires = exchange.Simulator.Clock.GetUtcNow() + Lifetime;
        exchange.Simulator.Media.AddUpload(path, new MediaItem(type, file.ToArray()) { ExpiresAt = expires });
        return JsonBody.Answer(201, json =>
        {
            json.WriteString("id", id);
            json.WriteString("url", request.UrlFor(ApiframeWire.FileHost, path));
            json.WriteString("kind", "image");
            json.WriteString("contentType", type);
            json.WriteNumber("byteSize", file.Length);
            json.WriteString("expiresAt", expires.UtcDateTime);
        });
    }

    private static SandboxResponse Bad(string message) => ApiframeErrors.Validation([new FieldProblem("file", message)]);
}
