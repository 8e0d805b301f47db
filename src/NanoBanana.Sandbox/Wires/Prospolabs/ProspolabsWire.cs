namespace NanoBanana.Sandbox.Wires.Prospolabs;

/// <summary>
/// Prospolabs: one synchronous call (S0). The docs page of the same site speaks of <c>params</c> and of <c>async</c>, but
/// of no way to look at such a run; the sandbox takes the flat body of the model page's own cURL and answers when it is done.
/// </summary>
internal sealed class ProspolabsWire : IProviderWire
{
    public const string Name = "Prospolabs";
    public const string ApiHost = "api.prospolabs.com";
    public const string FileHost = "cdn.prospolabs.com";

    public SimulatedProvider Provider { get; } = new(Name, "prospolabs", ApiHost, [ApiHost, FileHost]);

    public WireCall Classify(SandboxRequest request)
    {
        if (IsFileHost(request))
            return CdnHost.Classify(request);
        return new WireCall(request is { Method: "POST", Path: "/v1/generate" } ? WireAction.Direct : WireAction.Other);
    }

    public SandboxResponse Refuse(Exchange exchange, Refusal refusal)
    {
        if (!IsFileHost(exchange.Request))
            return ProspolabsErrors.Of(refusal.Status);
        return refusal is { Cause: RefusalCause.Expired, Status: 410 }
            ? ProspolabsErrors.Expired()
            : CdnHost.Text(refusal.Status, StatusWords.Of(refusal.Status));
    }

    public async ValueTask<SandboxResponse> AnswerAsync(Exchange exchange, CancellationToken cancellationToken)
    {
        var request = exchange.Request;
        if (IsFileHost(request))
            return await CdnHost.AnswerAsync(exchange, ProspolabsErrors.Expired, cancellationToken).ConfigureAwait(false);

        // A server reads what it refuses.
        if (BearerKey.Of(request) is null || exchange.Call.Action == WireAction.Other)
        {
            await request.Body.CopyToAsync(Stream.Null, cancellationToken).ConfigureAwait(false);
            return ProspolabsErrors.Of(BearerKey.Of(request) is null ? 401 : 404);
        }

        return await ProspolabsRuns.RunAsync(exchange, cancellationToken).ConfigureAwait(false);
    }

    private static bool IsFileHost(SandboxRequest request) => string.Equals(request.Host, FileHost, StringComparison.OrdinalIgnoreCase);
}
