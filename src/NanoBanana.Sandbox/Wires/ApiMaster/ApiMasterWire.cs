namespace NanoBanana.Sandbox.Wires.ApiMaster;

/// <summary>
/// APIMaster: OpenAI's image endpoint, and an asynchronous one with tasks beside it. Sources: the model's page (S3) and
/// the first-party notes (apimaster-ai/agent-skills, <c>references/api-notes.md</c>), "verified against the live API".
/// </summary>
internal sealed class ApiMasterWire : IProviderWire
{
    public const string Name = "ApiMaster";
    public const string ApiHost = "apimaster.ai";
    public const string FileHost = "media.apimaster.ai";

    private const string TasksPath = "/v1/tasks/";

    public SimulatedProvider Provider { get; } = new(Name, "apimaster", ApiHost, [ApiHost, FileHost]);

    public bool ResultRidesOnStatus => true;

    public WireCall Classify(SandboxRequest request)
    {
        if (IsFileHost(request))
            return CdnHost.Classify(request);
        return (request.Method, request.Path) switch
        {
            ("POST", "/v1/images/generations") => new WireCall(WireAction.Direct),
            ("POST", "/v1/images/generations/async") => new WireCall(WireAction.Submit),
            ("GET", var path) when path.StartsWith(TasksPath, StringComparison.Ordinal) => new WireCall(WireAction.Status, path[TasksPath.Length..]),
            _ => new WireCall(WireAction.Other),
        };
    }

    public SandboxResponse Refuse(Exchange exchange, Refusal refusal) => IsFileHost(exchange.Request)
        ? CdnHost.Text(refusal.Status, StatusWords.Of(refusal.Status))
        : ApiMasterErrors.Of(refusal.Status);

    public async ValueTask<SandboxResponse> AnswerAsync(Exchange exchange, CancellationToken cancellationToken)
    {
        var request = exchange.Request;
        if (IsFileHost(request))
            return await CdnHost.AnswerAsync(exchange, static () => CdnHost.Text(404, "Not Found"), cancellationToken).ConfigureAwait(false);

        var known = BearerKey.Of(request) is not null;
        if (known && exchange.Call.Action is (WireAction.Submit or WireAction.Direct))
            return await ApiMasterTasks.TakeAsync(exchange, cancellationToken).ConfigureAwait(false);

        // A server reads what it refuses.
        await request.Body.CopyToAsync(Stream.Null, cancellationToken).ConfigureAwait(false);
        if (!known)
            return ApiMasterErrors.Of(401);
        if (exchange.Call is { Action: WireAction.Status, JobId: { } id })
            return ApiMasterTasks.Status(exchange, id);
        return request is { Method: "GET", Path: "/v1/models" } ? ApiMasterModels.Answer() : ApiMasterErrors.Of(404);
    }

    private static bool IsFileHost(SandboxRequest request) => string.Equals(request.Host, FileHost, StringComparison.OrdinalIgnoreCase);
}
