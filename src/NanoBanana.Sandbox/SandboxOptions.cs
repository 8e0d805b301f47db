using System.Globalization;
using NanoBanana.Sandbox.Faults;

namespace NanoBanana.Sandbox;

/// <summary>How the simulated providers behave: how long a job takes, and what goes wrong.</summary>
public sealed record SandboxOptions
{
    /// <summary>The environment variable that holds <see cref="Latency"/> in whole milliseconds.</summary>
    public const string LatencyVariable = "NB_SANDBOX_LATENCY_MS";

    /// <summary>The environment variable that holds the written list of <see cref="Faults"/>.</summary>
    public const string FaultsVariable = "NB_SANDBOX_FAULTS";

    private const int LongestLatencyMs = 3_600_000;

    /// <summary>The job's own time, from acceptance to completion; the picture is painted within it. Default 300 ms.</summary>
    public TimeSpan Latency { get; init; } = TimeSpan.FromMilliseconds(300);

    /// <summary>What goes wrong, and when. Default: nothing.</summary>
    public FaultPlan Faults { get; init; } = FaultPlan.None;

    /// <summary>Reads the options from the two environment variables; an unset or empty variable keeps the default.</summary>
    /// <param name="read">Gives a variable's value, or null when it is not set.</param>
    /// <exception cref="SandboxConfigurationException">A variable holds something else than what is accepted.</exception>
    public static SandboxOptions FromEnvironment(Func<string, string?> read)
    {
        ArgumentNullException.ThrowIfNull(read);
        var options = new SandboxOptions();
        var latency = read(LatencyVariable);
        if (!string.IsNullOrWhiteSpace(latency))
            options = options with { Latency = ParseLatency(latency, LatencyVariable) };
        var faults = read(FaultsVariable);
        return string.IsNullOrWhiteSpace(faults) ? options : options with { Faults = FaultPlan.Parse(faults, FaultsVariable) };
    }

    /// <summary>Reads a latency in whole milliseconds, 0 to 3,600,000.</summary>
    /// <param name="text">What was written.</param>
    /// <param name="source">The variable or option it came from, for the message.</param>
    /// <exception cref="SandboxConfigurationException">It is no such number.</exception>
    public static TimeSpan ParseLatency(string text, string source)
    {
        if (int.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out var ms) && ms is >= 0 and <= LongestLatencyMs)
            return TimeSpan.FromMilliseconds(ms);
        throw new SandboxConfigurationException(
            $"{source} is '{text}', but it takes a job's time in whole milliseconds, from 0 to {LongestLatencyMs.ToString(CultureInfo.InvariantCulture)}.");
    }
}
