using NanoBanana.Sandbox.Jobs;
using NanoBanana.Sandbox.Storage;

namespace NanoBanana.Sandbox.Wires.Fal;

/// <summary>fal's file hosts: uploads in both of the official clients' ways, and downloads.</summary>
internal static class FalMedia
{
    private const string UploadToken = "sandbox-upload-token";
    private const string Signature = "X-Fal-Signature";

    /// <summary>Answers on rest.fal.ai: where to put a file.</summary>
    public static async ValueTask<SandboxResponse> AnswerTicketAsync(Exchange exchange, CancellationToken cancellationToken)
    {
        var request = exchange.Request;
        var (json, problem) = await RequestBody.ReadJsonAsync(request.Body, cancellationToken).ConfigureAwait(false);
        using (json)
        {
            if (request.Method is not "POST")
                return FalErrors.Text(405, "Method Not Allowed");
            if (json is null)
                return FalErrors.Text(422, "Invalid JSON body: " + problem);
            switch (request.Path)
            {
                case "/storage/auth/token":
                    return JsonBody.Answer(200, body =>
                    {
                        body.WriteString("token", UploadToken);
                        body.WriteString("token_type", "Bearer");
                        body.WriteString("base_url", request.UrlFor(FalRoute.MediaHost, ""));
                        body.WriteString("expires_at", exchange.Simulator.Clock.GetUtcNow().AddHours(1));
                    });
                case "/storage/upload/initiate":
                    var fields = new FalFields(json.RootElement);
                    var type = fields.IsObject ? fields.Text("content_type", required: true) : null;
                    var name = fields.IsObject ? fields.Text("file_name", required: true) : null;
                    return fields.Problems.Count > 0 ? FalErrors.Model(422, fields.Problems) : Ticket(request, type!, name!);
                default:
                    return FalErrors.Text(404, "Not Found");
            }
        }
    }

    /// <summary>Answers on the media hosts.</summary>
    public static async ValueTask<SandboxResponse> AnswerAsync(Exchange exchange, CancellationToken cancellationToken)
    {
        var request = exchange.Request;
        switch (request.Method)
        {
            case "GET" or "HEAD":
                return exchange.Simulator.Media.Find(request.Path) is { } item ? MediaAnswer.Of(request, item) : FalErrors.Text(404, "File not found");
            case "PUT" when request.QueryValue(Signature) is not null:
                return await StoreAsync(exchange, request.Path, cancellationToken).ConfigureAwait(false)
                    ? new SandboxResponse(200, ResponseBody.Empty)
                    : FalErrors.Text(413, "File too large");
            case "POST" when request.Path is "/files/upload":
                return await UploadWithTokenAsync(exchange, cancellationToken).ConfigureAwait(false);
            default:
                await request.Body.CopyToAsync(Stream.Null, cancellationToken).ConfigureAwait(false);
                return FalErrors.Text(403, "Forbidden");
        }
    }

    public static Studio StudioFor(Simulator simulator) => WireStudio.For(
        simulator, static (jobId, index) => $"/files/b/{jobId[..8]}/{jobId[9..].Replace("-", "", StringComparison.Ordinal)}_{index}");

    private static SandboxResponse Ticket(SandboxRequest request, string contentType, string fileName)
    {
        var path = NewPath(fileName);
        return JsonBody.Answer(200, json =>
        {
            json.WriteString("upload_url", request.UrlFor(FalRoute.MediaHost, $"{path}?{Signature}={Guid.NewGuid():N}&content_type={Uri.EscapeDataString(contentType)}"));
            json.WriteString("file_url", request.UrlFor(FalRoute.MediaHost, path));
        });
    }

    private static async ValueTask<SandboxResponse> UploadWithTokenAsync(Exchange exchange, CancellationToken cancellationToken)
    {
        var request = exchange.Request;
        if (request.Header("Authorization") is not "Bearer " + UploadToken)
        {
            await request.Body.CopyToAsync(Stream.Null, cancellationToken).ConfigureAwait(false);
            return FalErrors.Text(401, "Unauthorized");
        }

        var path = NewPath(request.Header("X-Fal-File-Name") ?? "upload.bin");
        return await StoreAsync(exchange, path, cancellationToken).ConfigureAwait(false)
            ? JsonBody.Answer(200, json => json.WriteString("access_url", request.UrlFor(FalRoute.MediaHost, path)))
            : FalErrors.Text(413, "File too large");
    }

    private static async ValueTask<bool> StoreAsync(Exchange exchange, string path, CancellationToken cancellationToken)
    {
        var bytes = await RequestBody.ReadAsync(exchange.Request.Body, cancellationToken).ConfigureAwait(false);
        if (bytes is null)
            return false;
        var type = exchange.Request.Header("Content-Type") ?? exchange.Request.QueryValue("content_type") ?? "application/octet-stream";
        exchange.Simulator.Media.AddUpload(path, new MediaItem(type, bytes));
        return true;
    }

    private static string NewPath(string fileName)
    {
        var dot = fileName.LastIndexOf('.');
        var extension = dot >= 0 && fileName.Length - dot is > 1 and <= 6 && fileName.AsSpan(dot + 1).IndexOfAnyExcept(Letters) < 0 ? fileName[dot..] : "";
        var id = Guid.NewGuid().ToString("N");
        return $"/files/b/{id[..8]}/{id[8..]}{extension}";
    }

    private static readonly System.Buffers.SearchValues<char> Letters =
        System.Buffers.SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");
}
