namespace NanoBanana.Sandbox.Wires;

/// <summary>One provider's wire, written from its documents: requests in, answers in its own shapes out.</summary>
internal interface IProviderWire
{
    SimulatedProvider Provider { get; }

    /// <summary>The status that says the balance is used up.</summary>
    int CreditsStatus => 402;

    /// <summary>A look at a finished job brings its output: the provider has no request of its own for that.</summary>
    bool ResultRidesOnStatus => false;

    /// <summary>A submit may carry an idempotency key, and means one job by it.</summary>
    bool HonoursIdempotencyKey => false;

    /// <summary>Says what a request wants, without reading its body.</summary>
    WireCall Classify(SandboxRequest request);

    ValueTask<SandboxResponse> AnswerAsync(Exchange exchange, CancellationToken cancellationToken);

    /// <summary>The provider's own error body for a refusal a fault asks for.</summary>
    SandboxResponse Refuse(Exchange exchange, Refusal refusal);
}

internal enum RefusalCause
{
    /// <summary>Nothing more is known than the status.</summary>
    Status,
    Credits,
    Unauthorized,

    /// <summary>The output's time is over.</summary>
    Expired,

    /// <summary>The idempotency key came with another body before.</summary>
    Conflict,
}

internal readonly record struct Refusal(RefusalCause Cause, int Status);

/// <summary>How a fault wants the job of a request to end.</summary>
internal enum JobDoom
{
    None,
    Rejected,
    Failed,
    Empty,
}

/// <summary>One request on its way through the simulator.</summary>
internal sealed class Exchange(Simulator simulator, SandboxRequest request, SandboxOptions options, WireCall call)
{
    public Simulator Simulator { get; } = simulator;

    public SandboxRequest Request { get; } = request;

    public SandboxOptions Options { get; } = options;

    public WireCall Call { get; } = call;

    /// <summary>Set by a fault: the job this request makes or names shall end so.</summary>
    public JobDoom Doom { get; set; }

    /// <summary>The same request once more, with a body to read.</summary>
    public Exchange WithBody(Stream body) => new(Simulator, Request.WithBody(body), Options, Call) { Doom = Doom };
}
