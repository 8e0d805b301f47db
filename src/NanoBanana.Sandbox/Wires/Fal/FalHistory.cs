using System.Globalization;
using System.Text;
using System.Text.Json;
using NanoBanana.Sandbox.Jobs;

namespace NanoBanana.Sandbox.Wires.Fal;

/// <summary>
/// The account's requests ("List requests by endpoint(s)", fal.ai/docs/platform-apis/v1/models/requests/by-endpoint): where
/// a submit whose answer was lost is found again. It shows what was taken, whether the client heard of it or not.
/// </summary>
internal static class FalHistory
{
    private const int UsualItems = 50;
    private const int MostItems = 100;
    private static readonly TimeSpan UsualTime = TimeSpan.FromHours(24);
    private static readonly TimeSpan TimeOfOneRequest = TimeSpan.FromDays(90);

    public static SandboxResponse Answer(Exchange exchange)
    {
        if (Query.Read(exchange, out var problem) is not { } query)
            return FalErrors.Platform(exchange, 400, "validation_error", problem);
        var found = query.Sort(exchange.Simulator.Jobs.Since(query.Start).Where(query.Takes).Select(static job => new Item(job, job.Look())).Where(query.Takes)).ToList();
        var hasMore = found.Count > query.Page * query.Limit;
        return JsonBody.Answer(200, json =>
        {
            json.WriteStartArray("items");
            foreach (var item in found.Skip((query.Page - 1) * query.Limit).Take(query.Limit))
                Write(json, exchange, item, query.Payloads);
            json.WriteEndArray();
            json.WriteString("next_cursor", hasMore ? Query.CursorOf(query.Page + 1) : null);
            json.WriteBoolean("has_more", hasMore);
        });
    }

    private static void Write(Utf8JsonWriter json, Exchange exchange, Item item, bool payloads)
    {
        var (job, look) = item;
        json.WriteStartObject();
        json.WriteString("request_id", job.Id);
        json.WriteString("endpoint_id", job.Order.Model);
        if (look.StartedAt is { } started)
            json.WriteString("started_at", started.UtcDateTime);
        json.WriteString("sent_at", job.AcceptedAt.UtcDateTime);
        if (look.EndedAt is { } ended)
        {
            json.WriteString("ended_at", ended.UtcDateTime);
            json.WriteNumber("status_code", item.StatusCode!.Value);
            json.WriteNumber("duration", Math.Round(item.Duration.TotalSeconds, 3));
        }

        // Without a request that it be kept out ("X-Fal-Store-IO: 0"); what sync_mode brings is not in the history either.
        if (payloads && job.Order.Input is { } input)
        {
            json.WritePropertyName("json_input");
            json.WriteRawValue(input);
            if (look.Phase == JobPhase.Ended && FalQueue.Output(exchange, job, look).Body.Bytes is { } output)
            {
                json.WritePropertyName("json_output");
                json.WriteRawValue(output.Span);
            }
        }

        json.WriteEndObject();
    }

    private readonly record struct Item(SandboxJob Job, JobSnapshot Look)
    {
        public TimeSpan Duration => Look.EndedAt is { } ended ? ended - (Look.StartedAt ?? Job.AcceptedAt) : TimeSpan.Zero;

        /// <summary>Null while the request has not ended.</summary>
        public int? StatusCode => Look.End switch
        {
            null => null,
            JobEnd.Succeeded or JobEnd.Empty => 200,
            _ => FalErrors.OfJob(Job, Look).Status,
        };
    }

    /// <summary>The question, as its parameters put it.</summary>
    private sealed record Query(string[] Endpoints, DateTimeOffset Start, DateTimeOffset End)
    {
        public string? Status { get; private init; }

        public string? RequestId { get; private init; }

        public bool Payloads { get; private init; }

        public bool ByDuration { get; private init; }

        public int Limit { get; private init; } = UsualItems;

        /// <summary>From 1.</summary>
        public int Page { get; private init; } = 1;

        public static Query? Read(Exchange exchange, out string problem)
        {
            var request = exchange.Request;
            var endpoints = FalPlatform.Ids(exchange);
            var now = exchange.Simulator.Clock.GetUtcNow();
            var requestId = request.QueryValue("request_id");
            var start = now - (requestId is null ? UsualTime : TimeOfOneRequest);
            // The end is exclusive; a request taken at this very moment belongs to the past already.
            var end = now + TimeSpan.FromTicks(1);
            var (limit, page) = (UsualItems, 1);
            var status = request.QueryValue("status");
            var order = request.QueryValue("sort_by");
            problem = (endpoints.Length is > 0 and <= FalPlatform.MostIds ? null : "endpoint_id must name between 1 and 50 endpoints")
                ?? (TryDate(request.QueryValue("start"), ref start) ? null : "start must be an ISO 8601 date")
                ?? (TryDate(request.QueryValue("end"), ref end) ? null : "end must be an ISO 8601 date")
                ?? (status is null or "success" or "error" or "user_error" ? null : "status must be one of success, error, user_error")
                ?? (order is null or "ended_at" or "duration" ? null : "sort_by must be one of ended_at, duration")
                ?? (TryNumber(request.QueryValue("limit"), MostItems, ref limit) ? null : "limit must be between 1 and 100")
                ?? (TryNumber(PageOf(request.QueryValue("cursor")), int.MaxValue / MostItems, ref page) ? null : "cursor is not valid")
                ?? "";
            return problem.Length > 0 ? null : new Query(endpoints, start, end)
            {
                Status = status,
                RequestId = requestId,
                Payloads = request.QueryValues("expand").SelectMany(static names => names.Split(',')).Contains("payloads", StringComparer.Ordinal),
                ByDuration = order is "duration",
                Limit = limit,
                Page = page,
            };
        }

        /// <summary>A cursor "encoding the page number": the sample's <c>Mg==</c> is page 2.</summary>
        public static string CursorOf(int page) => Convert.ToBase64String(Encoding.ASCII.GetBytes(page.ToString(CultureInfo.InvariantCulture)));

        public bool Takes(SandboxJob job) =>
            string.Equals(job.Order.Provider, FalWire.Name, StringComparison.Ordinal)
            && job.AcceptedAt < End
            && Array.IndexOf(Endpoints, job.Order.Model) >= 0
            && (RequestId is null || string.Equals(job.Id, RequestId, StringComparison.Ordinal));

        public bool Takes(Item item) => Status switch
        {
            "success" => item.StatusCode is 200,
            "user_error" => item.StatusCode is >= 400 and < 500,
            "error" => item.StatusCode is >= 500,
            _ => true,
        };

        /// <summary>The latest end first, before it what has not ended; or the longest first.</summary>
        public IEnumerable<Item> Sort(IEnumerable<Item> items) => ByDuration
            ? items.OrderByDescending(static item => item.Duration).ThenBy(static item => item.Job.Id, StringComparer.Ordinal)
            : items.OrderByDescending(static item => item.Look.EndedAt ?? DateTimeOffset.MaxValue)
                .ThenByDescending(static item => item.Job.AcceptedAt)
                .ThenBy(static item => item.Job.Id, StringComparer.Ordinal);

        private static string? PageOf(string? cursor)
        {
            var bytes = new byte[16];
            return cursor is null ? null : Convert.TryFromBase64String(cursor, bytes, out var length) ? Encoding.ASCII.GetString(bytes, 0, length) : "";
        }

        private static bool TryDate(string? text, ref DateTimeOffset date) =>
            text is null || DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out date);

        private static bool TryNumber(string? text, int most, ref int number) =>
            text is null || (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number >= 1 && number <= most);
    }
}
