using System.Globalization;
using System.Text.Json;
using NanoBanana.Engine.Transport;

namespace NanoBanana.Engine.Providers.Fal;

/// <summary>
/// The account's recent requests (fal.ai's platform API, <c>GET /v1/models/requests/by-endpoint</c>): where a submit is
/// looked for whose answer was lost.
/// </summary>
internal static class FalHistory
{
    private const string Address = "https://api.fal.ai/v1/models/requests/by-endpoint";
    private const int MostItems = 100;

    /// <summary>The call that lists the requests to an endpoint around a time.</summary>
    /// <param name="endpoint">The whole id, with its subpath.</param>
    /// <param name="lost">The submit.</param>
    /// <param name="cursor">The next page, as the one before named it; null for the first.</param>
    public static ApiCall Find(string endpoint, LostSubmit lost, string? cursor = null) => new(
        CallKind.Status,
        HttpMethod.Get,
        new Uri(string.Create(
            CultureInfo.InvariantCulture,
            $"{Address}?endpoint_id={Uri.EscapeDataString(endpoint)}&start={Time(lost.From)}&end={Time(lost.Until)}&expand=payloads&limit={MostItems}")
            + (cursor is null ? string.Empty : "&cursor=" + Uri.EscapeDataString(cursor))));

    /// <summary>The ids of those requests of a page that say what the lost one said, and where the list goes on.</summary>
    /// <exception cref="JsonException">The answer is no list of requests, or it goes on without saying where.</exception>
    public static (IReadOnlyList<string> Ids, string? Cursor) Read(string endpoint, LostSubmit lost, ReadOnlyMemory<byte> body)
    {
        AnswerFields requests = AnswerFields.Read(body);
        if (requests.Element("items") is null) throw new JsonException("items are missing");

        // A list that goes on could hold a second match; what is not seen is not ruled out.
        string? cursor = requests.IsTrue("has_more") ? requests.Text("next_cursor") ?? throw new JsonException("next_cursor is missing") : null;
        string[] ids =
        [
            .. requests.List("items").Select(static item => new AnswerFields(item))
                .Where(item => item.Text("request_id") is not null && item.Text("endpoint_id") == endpoint)
                .Where(item => SentAt(item) is not { } sent || (sent >= lost.From && sent <= lost.Until))
                .Where(item => SaysTheSame(lost, item.Object("json_input")))
                .Select(item => item.Text("request_id")!),
        ];
        return (ids, cursor);
    }

    /// <summary>What was not sent is the default of fal.ai's model page.</summary>
    private static bool SaysTheSame(LostSubmit lost, AnswerFields input) =>
        input.Text("prompt") is { } prompt
        && lost.IsPrompt(prompt)
        && Agrees(lost.Seed?.ToString(CultureInfo.InvariantCulture), input.Text("seed"))
        && Agrees(lost.Resolution?.ToName() ?? "1K", input.Text("resolution"))
        && Agrees(lost.AspectRatio?.ToString() ?? "auto", input.Text("aspect_ratio"))
        && Agrees(lost.OutputFormat?.ToName() ?? "png", input.Text("output_format"))
        && Agrees(lost.Count.ToString(CultureInfo.InvariantCulture), input.Text("num_images"));

    /// <summary>What the list does not tell proves nothing.</summary>
    private static bool Agrees(string? sent, string? listed) => sent is null || listed is null || sent == listed;

    private static DateTimeOffset? SentAt(AnswerFields item) =>
        DateTimeOffset.TryParse(item.Text("sent_at"), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset sent) ? sent : null;

    private static string Time(DateTimeOffset time) => Uri.EscapeDataString(time.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));
}
