namespace NanoBanana.Sandbox.Wires.Fal;

/// <summary>
/// fal.ai: the queue, the direct endpoint, files and the platform. Sources: the model's API page (S4),
/// "Queue" (docs.fal.ai/model-endpoints/queue), "Errors" (docs.fal.ai/errors), "Request errors", the platform's OpenAPI.
/// </summary>
internal sealed class FalWire : IProviderWire
{
    public const string Name = "Fal";

    public SimulatedProvider Provider { get; } = new(Name, "fal", FalRoute.RunHost, FalRoute.Hosts);

    public int CreditsStatus => 403;

    public WireCall Classify(SandboxRequest request) => FalRoute.Parse(request).Call;

    public SandboxResponse Refuse(Exchange exchange, Refusal refusal) => FalErrors.Refuse(exchange, refusal);

    public async ValueTask<SandboxResponse> AnswerAsync(Exchange exchange, CancellationToken cancellationToken)
    {
        var request = exchange.Request;
        if (FalRoute.IsMedia(request.Host))
            return await FalMedia.AnswerAsync(exchange, cancellationToken).ConfigureAwait(false);

        // A server reads what it refuses.
        if (!HasKey(request))
        {
            await request.Body.CopyToAsync(Stream.Null, cancellationToken).ConfigureAwait(false);
            return Refuse(exchange, new Refusal(RefusalCause.Unauthorized, 401));
        }

        if (FalRoute.IsRest(request.Host))
            return await FalMedia.AnswerTicketAsync(exchange, cancellationToken).ConfigureAwait(false);
        if (string.Equals(request.Host, FalRoute.PlatformHost, StringComparison.OrdinalIgnoreCase))
            return FalPlatform.Answer(exchange);

        var route = FalRoute.Parse(request);
        if (route.RequestId is not null)
            return FalQueue.AnswerAboutJob(exchange, route);
        return route.Call.Action is WireAction.Submit or WireAction.Direct
            ? await FalJobs.TakeAsync(exchange, route, cancellationToken).ConfigureAwait(false)
            : FalErrors.Text(405, "Method Not Allowed");
    }

    /// <summary>The simulator takes any key but none, an empty one and the word <c>invalid</c>.</summary>
    private static bool HasKey(SandboxRequest request)
    {
        const string Scheme = "Key ";
        var authorization = request.Header("Authorization");
        if (authorization?.StartsWith(Scheme, StringComparison.Ordinal) != true)
            return false;
        var key = authorization[Scheme.Length..].Trim();
        return key.Length > 0 && !string.Equals(key, "invalid", StringComparison.Ordinal);
    }
}
