namespace NanoBanana.Sandbox.Wires.ApiDot;

/// <summary>
/// APIDot: submit, then look until the files are there. Sources: the model's repository page (S1), its
/// <c>curl/generate.md</c> and <c>node/index.mjs</c>. There is no cancelling and no idempotency key.
/// </summary>
internal sealed class ApiDotWire : IProviderWire
{
    public const string Name = "ApiDot";
    public const string ApiHost = "api.apidot.ai";
    public const string FileHost = "files.apidot.ai";

    private const string SubmitPath = "/api/generate/submit";
    private const string StatusPath = "/api/generate/status/";

    public SimulatedProvider Provider { get; } = new(Name, "apidot", ApiHost, [ApiHost, FileHost]);

    public bool ResultRidesOnStatus => true;

    public WireCall Classify(SandboxRequest request)
    {
        if (IsFileHost(request))
            return CdnHost.Classify(request);
        return request.Method switch
        {
            "POST" when request.Path is SubmitPath => new WireCall(WireAction.Submit),
            "GET" when request.Path.StartsWith(StatusPath, StringComparison.Ordinal) =>
                new WireCall(WireAction.Status, request.Path[StatusPath.Length..]),
            _ => new WireCall(WireAction.Other),
        };
    }

    public SandboxResponse Refuse(Exchange exchange, Refusal refusal) =>
        IsFileHost(exchange.Request) ? CdnHost.Text(refusal.Status, StatusWords.Of(refusal.Status)) : ApiDotErrors.Of(refusal.Status);

    public async ValueTask<SandboxResponse> AnswerAsync(Exchange exchange, CancellationToken cancellationToken)
    {
        var request = exchange.Request;
        if (IsFileHost(request))
            return await CdnHost.AnswerAsync(exchange, static () => CdnHost.Text(404, "Not Found"), cancellationToken).ConfigureAwait(false);

        // A server reads what it refuses.
        if (BearerKey.Of(request) is null || exchange.Call.Action == WireAction.Other)
        {
            await request.Body.CopyToAsync(Stream.Null, cancellationToken).ConfigureAwait(false);
            return ApiDotErrors.Of(BearerKey.Of(request) is null ? 401 : 404);
        }

        return exchange.Call.Action == WireAction.Submit
            ? await ApiDotTasks.TakeAsync(exchange, cancellationToken).ConfigureAwait(false)
            : ApiDotTasks.Status(exchange, exchange.Call.JobId!);
    }

    private static bool IsFileHost(SandboxRequest request) => string.Equals(request.Host, FileHost, StringComparison.OrdinalIgnoreCase);
}
