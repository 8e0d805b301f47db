using System.Globalization;
using System.Text.Json;
using NanoBanana.Sandbox.Jobs;

namespace NanoBanana.Sandbox.Wires.Fal;

/// <summary>The model's output (S4, "Output Schema"): addresses of the pictures, or with sync_mode the pictures themselves.</summary>
internal static class FalOutput
{
    /// <summary>A multiple of three, so that each piece but the last is base64 without padding.</summary>
    private const int PieceOfPicture = 48 << 10;

    public static SandboxResponse Answer(Exchange exchange, SandboxJob job, JobSnapshot look)
    {
        var body = job.Order.Inline && look.Pictures.Count > 0
            ? ResponseBody.FromWriter((destination, cancel) => WriteInlineAsync(job, look, destination, cancel))
            : ResponseBody.FromBytes(Linked(exchange.Request, job, look));
        var units = look.End == JobEnd.Succeeded ? job.Order.Amount / FalPrices.Unit : 0;
        return new SandboxResponse(200, body, JsonBody.ContentType)
            .With("x-fal-billable-units", units.ToString("0.####", CultureInfo.InvariantCulture));
    }

    private static byte[] Linked(SandboxRequest request, SandboxJob job, JobSnapshot look) => JsonBody.Bytes(json =>
    {
        json.WriteStartArray("images");
        foreach (var picture in look.Pictures)
        {
            json.WriteStartObject();
            json.WriteString("url", request.UrlFor(FalRoute.MediaHost, picture.Path));
            WriteFacts(json, job, picture);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteString("description", "");
    });

    /// <summary>Writes data URIs piece by piece: a picture of many megabytes never becomes one string.</summary>
    private static async Task WriteInlineAsync(SandboxJob job, JobSnapshot look, Stream destination, CancellationToken cancellationToken)
    {
        var before = "{\"images\":[{\"url\":\"data:";
        foreach (var picture in look.Pictures)
        {
            await WriteTextAsync(destination, before + picture.Media.ContentType + ";base64,", cancellationToken).ConfigureAwait(false);
            await WriteBase64Async(destination, picture.Media.Bytes, cancellationToken).ConfigureAwait(false);
            await WriteTextAsync(destination, "\"," + FactsText(job, picture) + "}", cancellationToken).ConfigureAwait(false);
            before = ",{\"url\":\"data:";
        }

        await WriteTextAsync(destination, "],\"description\":\"\"}", cancellationToken).ConfigureAwait(false);
    }

    private static async Task WriteBase64Async(Stream destination, byte[] picture, CancellationToken cancellationToken)
    {
        var text = new byte[PieceOfPicture / 3 * 4];
        for (var at = 0; at < picture.Length; at += PieceOfPicture)
        {
            var piece = picture.AsSpan(at, Math.Min(PieceOfPicture, picture.Length - at));
            System.Buffers.Text.Base64.EncodeToUtf8(piece, text, out _, out var written);
            await destination.WriteAsync(text.AsMemory(0, written), cancellationToken).ConfigureAwait(false);
        }
    }

    private static Task WriteTextAsync(Stream destination, string text, CancellationToken cancellationToken) =>
        destination.WriteAsync(System.Text.Encoding.UTF8.GetBytes(text), cancellationToken).AsTask();

    private static string FactsText(SandboxJob job, JobPicture picture)
    {
        var json = JsonBody.Bytes(writer => WriteFacts(writer, job, picture));
        return System.Text.Encoding.UTF8.GetString(json.AsSpan(1, json.Length - 2));
    }

    private static void WriteFacts(Utf8JsonWriter json, SandboxJob job, JobPicture picture)
    {
        var kind = string.Equals(job.Order.Operation, "edit", StringComparison.Ordinal) ? "edit" : "t2i";
        json.WriteString("content_type", picture.Media.ContentType);
        json.WriteString("file_name", $"nano-banana-2-{kind}-output{WireStudio.Extension(job.Order.Format)}");
        json.WriteNumber("file_size", picture.Media.Length);
        json.WriteNumber("width", picture.Size.Width);
        json.WriteNumber("height", picture.Size.Height);
    }
}
