using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using NanoBanana.Sandbox.Jobs;

namespace NanoBanana.Sandbox.Wires.Apiframe;

/// <summary>Takes jobs, once for each idempotency key, and finds them again.</summary>
internal static class ApiframeJobs
{
    private const int LongestKey = 255;

    /// <summary>OpenAPI: "Replaying the same key within 24 hours returns the original job".</summary>
    private static readonly TimeSpan KeyLifetime = TimeSpan.FromHours(24);

    /// <summary>OpenAPI, Job.expired: "default 24h retention".</summary>
    private static readonly TimeSpan OutputLifetime = TimeSpan.FromHours(24);

    public static async ValueTask<SandboxResponse> TakeAsync(Exchange exchange, string apiKey, CancellationToken cancellationToken)
    {
        if (await RequestBody.ReadAsync(exchange.Request.Body, cancellationToken).ConfigureAwait(false) is not { } bytes)
            return ApiframeErrors.Of(413);
        if (!TryRead(bytes, out var input, out var problems))
            return ApiframeErrors.Validation(problems);
        var key = exchange.Request.Header("Idempotency-Key");
        if (key is { Length: 0 or > LongestKey })
            return ApiframeErrors.Validation([new FieldProblem("Idempotency-Key", "must be from 1 to 255 characters long")]);

        if (key is null)
            return Accepted(Accept(exchange, input, idempotencyKey: null));
        var simulator = exchange.Simulator;
        // A key belongs to its account; the same one of another account is another.
        var (job, replayed) = simulator.Replays.Take(
            apiKey + "\n" + key,
            Convert.ToHexString(SHA256.HashData(bytes)),
            simulator.Clock.GetUtcNow(),
            KeyLifetime,
            () => Accept(exchange, input, key));
        if (job is null)
            return ApiframeErrors.KeyConflict();
        if (replayed)
            simulator.Ledger.NoteReplay(job.Id);
        return Accepted(job);
    }

    public static SandboxResponse Status(Exchange exchange, string id)
    {
        if (!Guid.TryParseExact(id, "D", out _))
            return ApiframeErrors.Of(400, "Job id must be a UUID");
        if (exchange.FindJob(ApiframeWire.Name, id) is not { } job)
            return ApiframeErrors.Of(404, "Job not found");
        var look = job.Look();
        var expired = look.EndedAt + OutputLifetime <= exchange.Simulator.Clock.GetUtcNow();
        return ApiframeJobView.Answer(exchange, job, look, expired);
    }

    /// <summary>The job as it will be once its output is gone, whatever it is now; null when there is no such job.</summary>
    public static SandboxResponse? Expired(Exchange exchange, string id)
    {
        if (exchange.FindJob(ApiframeWire.Name, id) is not { } job)
            return null;
        var look = job.Look();
        var ended = look with { Phase = JobPhase.Ended, End = JobEnd.Succeeded, EndedAt = look.EndedAt ?? exchange.Simulator.Clock.GetUtcNow() };
        return ApiframeJobView.Answer(exchange, job, ended, expired: true);
    }

    private static SandboxResponse Accepted(SandboxJob job) => JsonBody.Answer(202, json =>
    {
        json.WriteString("jobId", job.Id);
        json.WriteString("status", ApiframeJobView.StateOf(job.Look()));
    });

    private static SandboxJob Accept(Exchange exchange, ApiframeInput input, string? idempotencyKey) => exchange.Simulator.Jobs.Accept(
        Guid.NewGuid().ToString(),
        Order(exchange, input, idempotencyKey),
        WireStudio.For(exchange.Simulator, static (id, index) => $"/files/{id}/{index}"));

    private static bool TryRead(byte[] bytes, out ApiframeInput input, out IReadOnlyList<FieldProblem> problems)
    {
        try
        {
            using var json = JsonDocument.Parse(bytes);
            input = ApiframeInput.Read(json.RootElement, out problems);
            return problems.Count == 0;
        }
        catch (JsonException error)
        {
            input = new ApiframeInput();
            problems = [new FieldProblem("", "is not valid JSON: " + error.Message)];
            return false;
        }
    }

    private static JobOrder Order(Exchange exchange, ApiframeInput input, string? idempotencyKey)
    {
        var latency = exchange.Options.Latency;
        var queue = latency / 3;
        return new JobOrder
        {
            Provider = ApiframeWire.Name,
            Operation = input.ImageInput.Count > 0 ? "edit" : "generate",
            Model = ApiframeInput.Model,
            Prompt = input.Prompt,
            AspectRatio = input.PaintedRatio,
            Tier = input.Tier,
            TierOnWire = input.Resolution,
            Count = 1,
            Format = WireStudio.Format(input.Format),
            References = input.ImageInput,
            Amount = 0,
            IdempotencyKey = idempotencyKey,
            OutputLifetime = OutputLifetime,
            QueueTime = queue,
            RunTime = latency - queue,
            Notes = Notes(input),
            Doom = exchange.Doom.ToEnd(),
        };
    }

    private static Dictionary<string, string> Notes(ApiframeInput input)
    {
        var credits = ApiframePrices.Credits(input.Resolution).ToString(CultureInfo.InvariantCulture);
        var notes = new Dictionary<string, string>(StringComparer.Ordinal) { ["credits"] = credits };
        if (input.AspectRatio is { } ratio)
            notes["aspect_ratio"] = ratio;
        if (input.GoogleSearch)
            notes["google_search"] = "true";
        if (input.ImageSearch)
            notes["image_search"] = "true";
        if (input.WebhookUrl is { } webhook)
            notes["webhookUrl"] = webhook;
        if (input.WebhookEvents.Count > 0)
            notes["webhookEvents"] = string.Join(",", input.WebhookEvents);
        return notes;
    }
}
