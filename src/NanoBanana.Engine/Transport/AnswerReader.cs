using System.Buffers;
using System.Text.Json;

namespace NanoBanana.Engine.Transport;

/// <summary>Reads answers: whole, up to a limit; pictures inside them go to files.</summary>
/// <param name="timeProvider">The clock, for pauses that name a date.</param>
/// <param name="largestPicture">The most bytes of a picture inside an answer.</param>
internal sealed class AnswerReader(TimeProvider timeProvider, long largestPicture)
{
    /// <summary>The most bytes of an answer without pictures.</summary>
    public const int LargestBody = 8 * 1024 * 1024;

    /// <summary>Reads an answer to its end.</summary>
    /// <param name="response">The answer; not disposed of.</param>
    /// <param name="call">The call.</param>
    /// <param name="scope">What surrounds it.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="BrokenAnswerException">It is too long, or broke off.</exception>
    public async Task<ApiAnswer> ReadAsync(HttpResponseMessage response, ApiCall call, CallScope scope, CancellationToken cancellationToken)
    {
        try
        {
            return await ReadToEndAsync(response, call, scope, cancellationToken).ConfigureAwait(false);
        }
        catch (InvalidDataException exception)
        {
            throw new BrokenAnswerException("the answer cannot be unpacked", exception);
        }
        catch (ArgumentOutOfRangeException exception)
        {
            throw new IOException(exception.Message, exception); // .NET's word for a file that the system lets grow no further (EFBIG).
        }
    }

    private async Task<ApiAnswer> ReadToEndAsync(HttpResponseMessage response, ApiCall call, CallScope scope, CancellationToken cancellationToken)
    {
        string? contentType = response.Content.Headers.ContentType?.MediaType;
        (Stream stream, bool wasChanged) = await AnswerEncoding.OpenTextAsync(response.Content, cancellationToken).ConfigureAwait(false);
        await using (stream.ConfigureAwait(false))
        {
            ReadOnlyMemory<byte> body;
            IReadOnlyList<string> pictures = [];
            if (call.MayHoldPictures && response.IsSuccessStatusCode && scope.PicturePath is { } pathFor)
            {
                (body, pictures) = await new JsonPictureSplitter(LargestBody, largestPicture).SplitAsync(stream, pathFor, cancellationToken).ConfigureAwait(false);
            }
            else
            {
                body = await ReadBodyAsync(stream, response, wasChanged, cancellationToken).ConfigureAwait(false);
            }

            return new ApiAnswer
            {
                StatusCode = (int)response.StatusCode,
                Uri = response.RequestMessage?.RequestUri,
                Body = body,
                Headers = ReadHeaders(response),
                ContentType = contentType,
                Pictures = pictures,
                RetryAfter = RetryRules.ReadRetryAfter(response, timeProvider.GetUtcNow()),
            };
        }
    }

    private static async Task<ReadOnlyMemory<byte>> ReadBodyAsync(Stream stream, HttpResponseMessage response, bool wasChanged, CancellationToken cancellationToken)
    {
        long announced = response.Content.Headers.ContentLength ?? 0;
        if (announced > LargestBody) throw TooLong();
        var body = new ArrayBufferWriter<byte>((int)Math.Max(announced, 1024) + 1);
        try
        {
            int read;
            while ((read = await stream.ReadAsync(body.GetMemory(1024), cancellationToken).ConfigureAwait(false)) > 0)
            {
                body.Advance(read);
                if (body.WrittenCount > LargestBody) throw TooLong();
            }

            if (announced > body.WrittenCount && !wasChanged) throw new IOException("the answer broke off");
        }
        catch (Exception exception) when (exception is IOException or HttpRequestException)
        {
            // A refusal is told by its status. A good answer that lacks nothing but its end is good.
            if (response.IsSuccessStatusCode && !IsWhole(body.WrittenSpan)) throw new BrokenAnswerException("the answer broke off", exception);
        }

        return body.WrittenMemory;
    }

    /// <summary>Whether a JSON object has its end.</summary>
    public static bool IsWhole(ReadOnlySpan<byte> json)
    {
        ReadOnlySpan<byte> text = json.Trim(" \t\r\n"u8);
        if (text.IsEmpty || text[^1] != '}') return false;
        try
        {
            var reader = new Utf8JsonReader(text);
            return reader.Read() && reader.TokenType == JsonTokenType.StartObject && reader.TrySkip() && reader.BytesConsumed == text.Length;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static BrokenAnswerException TooLong() => new($"the answer is longer than {LargestBody:N0} bytes");

    private static Dictionary<string, string> ReadHeaders(HttpResponseMessage response)
    {
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach ((string name, IEnumerable<string> values) in response.Headers) headers[name] = string.Join(", ", values);
        return headers;
    }
}
