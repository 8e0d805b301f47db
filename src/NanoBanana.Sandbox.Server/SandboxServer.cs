using System.Net;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using NanoBanana.Sandbox.Faults;

namespace NanoBanana.Sandbox.Server;

/// <summary>The sandbox on a loopback socket. Other machines cannot reach it.</summary>
public sealed class SandboxServer : IAsyncDisposable
{
    private const long MostBytesOfRequest = 256L << 20;
    private readonly WebApplication _app;
    private readonly TimeProvider _clock;
    private readonly Lock _gate = new();
    private Behaviour _behaviour;
    private long _lastRequest;
    private int _running;

    private SandboxServer(WebApplication app, SandboxServerOptions options)
    {
        _app = app;
        _clock = options.TimeProvider;
        _behaviour = Behaviour.Of(options.Sandbox);
        _lastRequest = _clock.GetTimestamp();
        Simulator = options.Simulator ?? new Simulator(options.TimeProvider);
    }

    public Simulator Simulator { get; }

    /// <summary>Where it listens, such as <c>http://127.0.0.1:40123</c>.</summary>
    public Uri Address { get; private set; } = new("http://127.0.0.1");

    /// <summary>Starts listening.</summary>
    /// <exception cref="IOException">The port is taken.</exception>
    public static async Task<SandboxServer> StartAsync(SandboxServerOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, options.Port, static listen => listen.Protocols = HttpProtocols.Http1);
            kestrel.Limits.MaxRequestBodySize = MostBytesOfRequest;
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Limits.MinResponseDataRate = null;
            kestrel.AddServerHeader = false;
        });
        // Streams may be open when the server stops; waiting for them would be waiting for clients.
        builder.Services.Configure<HostOptions>(static host => host.ShutdownTimeout = TimeSpan.FromSeconds(1));
        var app = builder.Build();
        var server = new SandboxServer(app, options);
        var providers = new ProviderEndpoint(server.Simulator, () => Volatile.Read(ref server._behaviour));
        var control = new ControlEndpoint(server);
        app.Run(context => server.AnswerAsync(context, providers, control));
        try
        {
            await app.StartAsync(cancellationToken);
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }

        server.Address = new Uri(app.Urls.First());
        return server;
    }

    /// <summary>Starts a new schedule of faults.</summary>
    public void SetFaults(FaultPlan faults)
    {
        ArgumentNullException.ThrowIfNull(faults);
        lock (_gate)
            Volatile.Write(ref _behaviour, Behaviour.Of(_behaviour.Options with { Faults = faults }));
    }

    /// <summary>Starts a new schedule of faults from a written list.</summary>
    /// <exception cref="SandboxConfigurationException">The list is not understood.</exception>
    public void SetFaults(string faults) => SetFaults(FaultPlan.Parse(faults));

    /// <summary>Sets the time of the jobs taken from now on.</summary>
    public void SetLatency(TimeSpan latency)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(latency, TimeSpan.Zero);
        lock (_gate)
            Volatile.Write(ref _behaviour, _behaviour with { Options = _behaviour.Options with { Latency = latency } });
    }

    /// <summary>Waits until there has been no request for so long; for ever when that is zero.</summary>
    public async Task WaitForIdleAsync(TimeSpan idleTime, CancellationToken cancellationToken)
    {
        while (true)
        {
            var quiet = Volatile.Read(ref _running) > 0 ? TimeSpan.Zero : _clock.GetElapsedTime(Volatile.Read(ref _lastRequest));
            if (idleTime > TimeSpan.Zero && quiet >= idleTime)
                return;
            await Task.Delay(idleTime > TimeSpan.Zero ? idleTime - quiet : Timeout.InfiniteTimeSpan, _clock, cancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    private async Task AnswerAsync(HttpContext context, ProviderEndpoint providers, ControlEndpoint control)
    {
        Interlocked.Increment(ref _running);
        try
        {
            // Percent-encoded, as a provider would see it.
            var path = context.Request.Path.ToUriComponent();
            if (path.StartsWith(ControlEndpoint.Prefix, StringComparison.Ordinal))
                await control.AnswerAsync(context);
            else if (ProviderAddress.Parse(path) is { } address)
                await providers.AnswerAsync(context, address);
            else
                context.Response.StatusCode = StatusCodes.Status404NotFound;
        }
        finally
        {
            Volatile.Write(ref _lastRequest, _clock.GetTimestamp());
            Interlocked.Decrement(ref _running);
        }
    }
}
