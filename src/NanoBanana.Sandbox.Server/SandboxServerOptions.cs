using System.Globalization;
using NanoBanana.Sandbox.Faults;

namespace NanoBanana.Sandbox.Server;

/// <summary>How the sandbox's server is started.</summary>
public sealed record SandboxServerOptions
{
    /// <summary>What the command line takes, for people.</summary>
    public const string Usage = """
        Usage: NanoBanana.Sandbox.Server [--port N] [--latency-ms N] [--faults LIST] [--idle-seconds N] [--exit-with-stdin]

          --port N           loopback port; 0 (the default) takes a free one
          --latency-ms N     how long a job takes, in milliseconds (default: NB_SANDBOX_LATENCY_MS, else 300)
          --faults LIST      what goes wrong, such as submit:429=1,download:reset*2 (default: NB_SANDBOX_FAULTS)
          --idle-seconds N   stop after so long without a request (default 900; 0 never stops)
          --exit-with-stdin  stop when standard input ends
        """;

    private const int MostIdleSeconds = 10_000_000;

    /// <summary>The loopback port; 0 takes a free one.</summary>
    public int Port { get; init; }

    public SandboxOptions Sandbox { get; init; } = new();

    /// <summary>How long the server stays without a request; zero is for ever. Default 15 minutes.</summary>
    public TimeSpan IdleTime { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>Stop when standard input ends, so that a server never outlives the program that started it.</summary>
    public bool ExitWithStandardInput { get; init; }

    /// <summary>The simulator to serve; null makes a new one.</summary>
    public Simulator? Simulator { get; init; }

    /// <summary>The clock of the jobs and of the idle time.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Reads the command line; the environment gives what it leaves out.</summary>
    /// <exception cref="SandboxConfigurationException">An option is unknown or holds a value it does not take.</exception>
    public static SandboxServerOptions Parse(IReadOnlyList<string> arguments, Func<string, string?> readEnvironment)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        var options = new SandboxServerOptions { Sandbox = SandboxOptions.FromEnvironment(readEnvironment) };
        for (var i = 0; i < arguments.Count; i++)
        {
            var name = arguments[i];
            if (name is "--exit-with-stdin")
            {
                options = options with { ExitWithStandardInput = true };
                continue;
            }

            if (name is not ("--port" or "--latency-ms" or "--faults" or "--idle-seconds"))
                throw new SandboxConfigurationException($"'{name}' is no option of the server.\n{Usage}");
            if (++i == arguments.Count)
                throw new SandboxConfigurationException($"{name} needs a value.\n{Usage}");
            options = options.With(name, arguments[i]);
        }

        return options;
    }

    private SandboxServerOptions With(string name, string value) => name switch
    {
        "--port" => this with { Port = Number(name, value, 65_535) },
        "--idle-seconds" => this with { IdleTime = TimeSpan.FromSeconds(Number(name, value, MostIdleSeconds)) },
        "--latency-ms" => this with { Sandbox = Sandbox with { Latency = SandboxOptions.ParseLatency(value, name) } },
        _ => this with { Sandbox = Sandbox with { Faults = FaultPlan.Parse(value, name) } },
    };

    private static int Number(string name, string value, int most) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= most
            ? number
            : throw new SandboxConfigurationException(
                $"{name} is '{value}', but it takes a whole number from 0 to {most.ToString(CultureInfo.InvariantCulture)}.");
}
