namespace NanoBanana.Sandbox.Wires.Apiframe;

/// <summary>
/// Apiframe v2: submit with an idempotency key, look until it is done, upload references. Sources: the model's API page
/// (S2) and the vendor's OpenAPI 2.0.0 (apiframe-ai/apiframe-nodejs-sdk, <c>openapi.json</c>), which is followed where
/// the two disagree. There is no cancelling.
/// </summary>
internal sealed class ApiframeWire : IProviderWire
{
    public const string Name = "Apiframe";
    public const string ApiHost = "api.apiframe.ai";
    public const string FileHost = "cdn.apiframe.ai";

    private const string JobsPath = "/v2/jobs/";

    public SimulatedProvider Provider { get; } = new(Name, "apiframe", ApiHost, [ApiHost, FileHost]);

    public bool ResultRidesOnStatus => true;

    public bool HonoursIdempotencyKey => true;

    public WireCall Classify(SandboxRequest request)
    {
        if (IsFileHost(request))
            return CdnHost.Classify(request);
        return (request.Method, request.Path) switch
        {
            ("POST", "/v2/images/generate") => new WireCall(WireAction.Submit),
            ("POST", "/v2/uploads") => new WireCall(WireAction.Upload),
            ("GET", var path) when path.StartsWith(JobsPath, StringComparison.Ordinal) => new WireCall(WireAction.Status, path[JobsPath.Length..]),
            _ => new WireCall(WireAction.Other),
        };
    }

    public SandboxResponse Refuse(Exchange exchange, Refusal refusal)
    {
        if (IsFileHost(exchange.Request))
            return CdnHost.Text(refusal.Status, StatusWords.Of(refusal.Status));
        if (refusal.Cause == RefusalCause.Conflict)
            return Signed(ApiframeErrors.KeyConflict());
        var expired = refusal.Cause == RefusalCause.Expired && exchange.Call is { Action: WireAction.Status, JobId: { } id }
            ? ApiframeJobs.Expired(exchange, id)
            : null;
        return Signed(expired ?? ApiframeErrors.Of(refusal.Status));
    }

    public async ValueTask<SandboxResponse> AnswerAsync(Exchange exchange, CancellationToken cancellationToken)
    {
        // "result URLs may 404" is what the OpenAPI says of files whose time is over.
        if (IsFileHost(exchange.Request))
            return await CdnHost.AnswerAsync(exchange, static () => CdnHost.Text(404, "Not Found"), cancellationToken).ConfigureAwait(false);
        return Signed(await AnswerApiAsync(exchange, cancellationToken).ConfigureAwait(false));
    }

    private static async ValueTask<SandboxResponse> AnswerApiAsync(Exchange exchange, CancellationToken cancellationToken)
    {
        var request = exchange.Request;
        var key = BearerKey.Good(request.Header("X-API-Key")) ?? BearerKey.Of(request);
        switch (exchange.Call.Action)
        {
            case WireAction.Submit when key is not null:
                return await ApiframeJobs.TakeAsync(exchange, key, cancellationToken).ConfigureAwait(false);
            case WireAction.Upload when key is not null:
                return await ApiframeUploads.StoreAsync(exchange, cancellationToken).ConfigureAwait(false);
        }

        // A server reads what it refuses.
        await request.Body.CopyToAsync(Stream.Null, cancellationToken).ConfigureAwait(false);
        return (request.Method, request.Path) switch
        {
            ("GET", "/v2/models") => ApiframeAccount.Models(exchange),
            _ when key is null => ApiframeErrors.Of(401),
            ("GET", "/v2/me") => ApiframeAccount.Me(exchange, key),
            _ when exchange.Call is { Action: WireAction.Status, JobId: { } id } => ApiframeJobs.Status(exchange, id),
            _ => ApiframeErrors.Of(404),
        };
    }

    private static SandboxResponse Signed(SandboxResponse answer) => answer.With("x-request-id", "req_" + Guid.NewGuid().ToString("N"));

    private static bool IsFileHost(SandboxRequest request) => string.Equals(request.Host, FileHost, StringComparison.OrdinalIgnoreCase);
}
