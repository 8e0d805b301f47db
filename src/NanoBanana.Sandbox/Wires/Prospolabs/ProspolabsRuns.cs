using NanoBanana.Sandbox.Jobs;

namespace NanoBanana.Sandbox.Wires.Prospolabs;

/// <summary>Runs (S0, "Response"): the answer comes when the picture is there.</summary>
internal static class ProspolabsRuns
{
    /// <summary>S0: "output_url is valid for 7 days after generation".</summary>
    private static readonly TimeSpan OutputLifetime = TimeSpan.FromDays(7);

    /// <summary>
    /// Takes a run and waits for its end. A client that hangs up before stops waiting and nothing else: the run goes on and
    /// is billed, for nothing documented says otherwise.
    /// </summary>
    public static async ValueTask<SandboxResponse> RunAsync(Exchange exchange, CancellationToken cancellationToken)
    {
        var (json, problem) = await RequestBody.ReadJsonAsync(exchange.Request.Body, cancellationToken).ConfigureAwait(false);
        SandboxJob job;
        using (json)
        {
            if (json is null)
                return ProspolabsErrors.Of(400, "invalid_request", "The body is not valid JSON: " + problem);
            var input = ProspolabsInput.Read(json.RootElement, out var problems);
            if (problems.Count > 0)
                return ProspolabsErrors.Of(400, "invalid_request", string.Join("; ", problems));
            job = exchange.Simulator.Jobs.Accept(
                "gen_" + Guid.NewGuid().ToString("N"),
                Order(exchange, input),
                WireStudio.For(exchange.Simulator, static (id, index) => $"/files/{id}/{index}"));
        }

        var look = await job.WaitForEndAsync(cancellationToken).ConfigureAwait(false);
        return look.End is JobEnd.Succeeded or JobEnd.Empty ? Output(exchange, job, look) : ProspolabsErrors.OfRun(look);
    }

    private static SandboxResponse Output(Exchange exchange, SandboxJob job, JobSnapshot look) => JsonBody.Answer(200, json =>
    {
        json.WriteString("generation_id", job.Id);
        json.WriteString("status", "completed");
        json.WriteString("model", job.Order.Model);
        json.WriteString("mode", job.Order.Operation);
        // The sample's own number: it is not the price, and no client should take it for one.
        json.WritePropertyName("estimated_cost_usd");
        json.WriteRawValue("0.60");
        // One address, however many pictures were asked for: S0 has no place for more.
        json.WriteString("output_url", look.Pictures.Count > 0 ? exchange.Request.UrlFor(ProspolabsWire.FileHost, look.Pictures[0].Path) : null);
        json.WriteNumber("duration_ms", (long)(look.EndedAt! - job.AcceptedAt).Value.TotalMilliseconds);
    });

    private static JobOrder Order(Exchange exchange, ProspolabsInput input) => new()
    {
        Provider = ProspolabsWire.Name,
        Operation = input.Mode,
        Model = ProspolabsInput.Model,
        Prompt = input.Prompt,
        Seed = input.Seed,
        AspectRatio = input.AspectRatio,
        Tier = input.Resolution,
        Count = input.Count,
        Format = WireStudio.Format(input.Format),
        References = input.ImageUrls,
        Amount = ProspolabsPrices.Of(input.Resolution, input.Count),
        OutputLifetime = OutputLifetime,
        QueueTime = TimeSpan.Zero,
        RunTime = exchange.Options.Latency,
        Notes = Notes(input),
        Doom = exchange.Doom.ToEnd(),
    };

    private static Dictionary<string, string> Notes(ProspolabsInput input)
    {
        var notes = new Dictionary<string, string>(StringComparer.Ordinal);
        if (input.WebSearch)
            notes["enable_web_search"] = "true";
        return notes;
    }
}
