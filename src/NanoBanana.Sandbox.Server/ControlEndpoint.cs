using System.Text.Json;
using NanoBanana.Sandbox.Faults;
using NanoBanana.Sandbox.Wires;

namespace NanoBanana.Sandbox.Server;

/// <summary>The sandbox's own addresses, under <c>/_sandbox/</c>: its books, and how it shall behave.</summary>
internal sealed class ControlEndpoint(SandboxServer server)
{
    public const string Prefix = "/_sandbox/";

    public async Task AnswerAsync(HttpContext context)
    {
        var request = context.Request;
        try
        {
            switch (request.Method, request.Path.Value![Prefix.Length..])
            {
                case ("GET", "health"):
                    await SendAsync(context, 200, json => json.WriteString("status", "ok"));
                    break;
                case ("GET", "ledger"):
                    await SendAsync(context, 200, WriteLedger);
                    break;
                case ("POST", "faults"):
                    server.SetFaults(FaultPlan.Parse(await ReadAsync(request), "The fault list"));
                    await SendAsync(context, 200, json => json.WriteString("status", "ok"));
                    break;
                case ("POST", "latency"):
                    server.SetLatency(SandboxOptions.ParseLatency(await ReadAsync(request), "The latency"));
                    await SendAsync(context, 200, json => json.WriteString("status", "ok"));
                    break;
                case ("POST", "reset"):
                    server.Simulator.Reset();
                    server.SetFaults(FaultPlan.None);
                    await SendAsync(context, 200, json => json.WriteString("status", "ok"));
                    break;
                default:
                    await SendAsync(context, 404, json => json.WriteString(
                        "error", "The sandbox knows GET health and ledger, POST faults, latency and reset."));
                    break;
            }
        }
        catch (SandboxConfigurationException error)
        {
            await SendAsync(context, 400, json => json.WriteString("error", error.Message));
        }
    }

    private void WriteLedger(Utf8JsonWriter json)
    {
        var ledger = server.Simulator.Ledger;
        json.WriteNumber("totalBilled", ledger.TotalBilled);
        json.WriteNumber("accepted", ledger.Accepted);
        json.WriteNumber("billed", ledger.Billed);
        json.WriteNumber("failed", ledger.Failed);
        json.WriteNumber("cancelled", ledger.Cancelled);
        json.WriteNumber("replays", ledger.Replays);
        json.WriteStartObject("requests");
        foreach (var action in Enum.GetValues<WireAction>())
            json.WriteNumber(JsonNamingPolicy.CamelCase.ConvertName(action.ToString()), ledger.Requests(action));
        json.WriteEndObject();
        json.WriteStartObject("faults");
        foreach (var (kind, count) in ledger.Faults.OrderBy(static fault => fault.Key))
            json.WriteNumber(JsonNamingPolicy.CamelCase.ConvertName(kind.ToString()), count);
        json.WriteEndObject();
        json.WriteStartObject("authorizationByHost");
        foreach (var (host, count) in ledger.AuthorizationByHost)
            json.WriteNumber(host, count);
        json.WriteEndObject();
        json.WriteStartArray("entries");
        foreach (var entry in ledger.Snapshot())
            WriteEntry(json, entry);
        json.WriteEndArray();
    }

    private static void WriteEntry(Utf8JsonWriter json, LedgerEntry entry)
    {
        json.WriteStartObject();
        json.WriteString("provider", entry.Provider);
        json.WriteString("jobId", entry.JobId);
        json.WriteString("operation", entry.Operation);
        json.WriteString("model", entry.Model);
        json.WriteString("resolution", entry.Resolution);
        json.WriteNumber("count", entry.Count);
        json.WriteNumber("amount", entry.Amount);
        json.WriteNumber("billedAmount", entry.BilledAmount);
        json.WriteString("state", entry.State.ToString());
        json.WriteBoolean("cancelled", entry.State == LedgerState.Cancelled);
        json.WriteNumber("timesAccepted", entry.Tally.Accepted);
        json.WriteNumber("timesBilled", entry.Tally.Billed);
        json.WriteNumber("downloads", entry.Tally.Downloads);
        json.WriteNumber("downloadRequests", entry.Tally.DownloadRequests);
        json.WriteString("idempotencyKey", entry.IdempotencyKey);
        json.WriteString("prompt", entry.Prompt);
        json.WriteString("at", entry.At);
        json.WriteNumber("looks", entry.Tally.Looks);
        json.WriteStartObject("notes");
        foreach (var (name, value) in entry.Notes)
            json.WriteString(name, value);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static async Task<string> ReadAsync(HttpRequest request)
    {
        using var reader = new StreamReader(request.Body);
        return (await reader.ReadToEndAsync(request.HttpContext.RequestAborted)).Trim();
    }

    private static async Task SendAsync(HttpContext context, int status, Action<Utf8JsonWriter> write)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        await using var json = new Utf8JsonWriter(context.Response.BodyWriter);
        json.WriteStartObject();
        write(json);
        json.WriteEndObject();
        await json.FlushAsync(context.RequestAborted);
    }
}
