using System.Globalization;
using NanoBanana.Sandbox.Jobs;

namespace NanoBanana.Sandbox.Wires.Fal;

/// <summary>Takes new jobs: from the queue's submit, and from the direct endpoint, which waits for the end.</summary>
internal static class FalJobs
{
    private const string Model = "fal-ai/nano-banana-2";
    private const string StoreHeader = "X-Fal-Store-IO";

    /// <summary>Characters of an input that the history keeps: pictures written into it as data URIs would fill the memory.</summary>
    private const int LongestInput = 256 << 10;

    private const string ModelAlias = "fal-ai/gemini-3.1-flash-image-preview";

    public static async ValueTask<SandboxResponse> TakeAsync(Exchange exchange, FalRoute route, CancellationToken cancellationToken)
    {
        var (json, problem) = await RequestBody.ReadJsonAsync(exchange.Request.Body, cancellationToken).ConfigureAwait(false);
        using (json)
        {
            if (route.App is not (Model or ModelAlias))
                return FalErrors.Text(404, $"Application '{route.App[(route.App.IndexOf('/', StringComparison.Ordinal) + 1)..]}' not found");
            if (route.Subpath is not ("" or "edit"))
                return FalErrors.Text(404, $"Path /{route.Subpath} not found");
            if (json is null)
                return FalErrors.Text(problem!.EndsWith("too large", StringComparison.Ordinal) ? 413 : 422, "Invalid JSON body: " + problem);
            var input = FalInput.Read(json.RootElement, route.Subpath.Length > 0, out var problems);
            if (problems.Count > 0)
                return FalErrors.Model(422, problems).With("x-fal-request-id", Guid.NewGuid().ToString());
            if (FalRunHeaders.Read(exchange.Request, out var headers) is { } refused)
                return refused;

            var direct = route.Call.Action == WireAction.Direct;
            var job = exchange.Simulator.Jobs.Accept(
                Guid.NewGuid().ToString(), Order(exchange, route, input, headers, direct) with { Input = Kept(exchange.Request, json.RootElement) }, FalMedia.StudioFor(exchange.Simulator));
            return direct
                ? await WaitAsync(exchange, job, cancellationToken).ConfigureAwait(false)
                : FalQueue.Accepted(exchange, job);
        }
    }

    /// <summary>The input for the history, unless the caller wants none kept ("Payloads": X-Fal-Store-IO).</summary>
    private static string? Kept(SandboxRequest request, System.Text.Json.JsonElement body) =>
        request.Header(StoreHeader) is not "0" && body.GetRawText() is { Length: <= LongestInput } text ? text : null;

    private static JobOrder Order(Exchange exchange, FalRoute route, FalInput input, FalRunHeaders headers, bool direct)
    {
        var latency = exchange.Options.Latency;
        // A third of a job's time is spent in the queue; a direct call has none, and low priority waits twice as long.
        var queue = direct ? TimeSpan.Zero : latency / 3;
        var edit = route.Subpath.Length > 0;
        return new JobOrder
        {
            Provider = FalWire.Name,
            Operation = edit ? "edit" : "generate",
            Model = edit ? route.App + "/edit" : route.App,
            Prompt = input.Prompt,
            Seed = input.Seed,
            AspectRatio = input.AspectRatio,
            Tier = input.Resolution,
            Count = input.Count,
            Format = input.Format,
            References = input.ImageUrls,
            Amount = FalPrices.Of(input),
            Inline = input.SyncMode,
            QueueTime = headers.LowPriority ? queue * 2 : queue,
            RunTime = latency - queue,
            StartTimeout = headers.StartTimeout,
            Notes = Notes(exchange.Request),
            Doom = exchange.Doom.ToEnd(),
        };
    }

    private static Dictionary<string, string> Notes(SandboxRequest request)
    {
        var notes = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        if (request.QueryValue("fal_webhook") is { } webhook)
            notes["fal_webhook"] = webhook;
        foreach (var name in FalRunHeaders.Noted)
        {
            if (request.Header(name) is { } value)
                notes[name] = value;
        }

        return notes;
    }

    private static async ValueTask<SandboxResponse> WaitAsync(Exchange exchange, SandboxJob job, CancellationToken cancellationToken)
    {
        try
        {
            var look = await job.WaitForEndAsync(cancellationToken).ConfigureAwait(false);
            return FalQueue.Output(exchange, job, look).With("x-fal-request-id", job.Id);
        }
        catch (OperationCanceledException)
        {
            // Hanging up stops a direct call (docs.fal.ai, "Handle cancellations").
            job.TryCancel(exchange.Simulator.Clock.GetUtcNow());
            throw;
        }
    }
}

/// <summary>The headers of "Common parameters" that change how a job is run.</summary>
internal readonly record struct FalRunHeaders(bool LowPriority, TimeSpan? StartTimeout)
{
    public static readonly string[] Noted =
    [
        "X-Fal-Request-Timeout", "X-Fal-Queue-Priority", "X-Fal-No-Retry", "X-Fal-Runner-Hint", "X-Fal-Store-IO", "X-Fal-Object-Lifecycle-Preference",
    ];

    private const double LeastTimeout = 0.1;
    private const double MostTimeout = 86_400;

    /// <summary>Reads them; the answer is the refusal of a value fal does not take.</summary>
    public static SandboxResponse? Read(SandboxRequest request, out FalRunHeaders headers)
    {
        headers = default;
        var priority = request.Header("X-Fal-Queue-Priority");
        if (priority is not (null or "normal" or "low"))
            return FalErrors.Infrastructure(400, "X-Fal-Queue-Priority must be 'normal' or 'low'.", "bad_request");
        TimeSpan? timeout = null;
        if (request.Header("X-Fal-Request-Timeout") is { } text)
        {
            if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds) || !(seconds > LeastTimeout))
                return FalErrors.Infrastructure(400, "X-Fal-Request-Timeout must be a number of seconds greater than 0.1.", "bad_request");
            timeout = TimeSpan.FromSeconds(Math.Min(seconds, MostTimeout));
        }

        headers = new FalRunHeaders(string.Equals(priority, "low", StringComparison.Ordinal), timeout);
        return null;
    }
}
