using System.Runtime.InteropServices;
using NanoBanana.Sandbox;
using NanoBanana.Sandbox.Server;

SandboxServerOptions options;
try
{
    if (args is ["--help"] or ["-h"])
    {
        await Console.Out.WriteLineAsync(SandboxServerOptions.Usage);
        return 0;
    }

    options = SandboxServerOptions.Parse(args, Environment.GetEnvironmentVariable);
}
catch (SandboxConfigurationException error)
{
    await Console.Error.WriteLineAsync(error.Message);
    return 2;
}

using var stop = new CancellationTokenSource();
void Stop(PosixSignalContext context)
{
    // Leave the process to the end of this program, which closes the socket first.
    context.Cancel = true;
    stop.Cancel();
}

using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);

try
{
    await using var server = await SandboxServer.StartAsync(options, stop.Token);
    await Console.Out.WriteLineAsync($"NanoBanana sandbox listening on {server.Address.GetLeftPart(UriPartial.Authority)}");
    if (options.ExitWithStandardInput)
        _ = StopAfterInputAsync(stop);
    await server.WaitForIdleAsync(options.IdleTime, stop.Token);
}
catch (OperationCanceledException) when (stop.IsCancellationRequested)
{
    // Stopping was asked for.
}
catch (IOException error)
{
    await Console.Error.WriteLineAsync(error.Message);
    return 1;
}

return 0;

static async Task StopAfterInputAsync(CancellationTokenSource stop)
{
    // On a thread of its own: reading a terminal or a pipe that never speaks would hold a pool thread.
    await Task.Factory.StartNew(DrainInput, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    await stop.CancelAsync();
}

static void DrainInput()
{
    using var input = Console.OpenStandardInput();
    var buffer = new byte[256];
    while (input.Read(buffer) > 0)
    {
        // What is written there does not matter, only its end.
    }
}
