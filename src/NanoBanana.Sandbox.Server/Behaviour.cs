using NanoBanana.Sandbox.Faults;

namespace NanoBanana.Sandbox.Server;

/// <summary>How the server behaves at this moment; replaced as a whole, so that a request sees one state of it.</summary>
internal sealed record Behaviour(SandboxOptions Options, FaultSchedule Faults)
{
    public static Behaviour Of(SandboxOptions options) => new(options, new FaultSchedule(options.Faults));
}
