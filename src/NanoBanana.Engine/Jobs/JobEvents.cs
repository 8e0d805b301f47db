using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace NanoBanana.Engine.Jobs;

/// <summary>The events of a run as a stream.</summary>
internal static class JobEvents
{
    private const int Capacity = 128;

    /// <summary>Runs, and hands out what is told. Ending the enumeration early stops the run.</summary>
    /// <param name="run">The run: where it tells what happens, and what stops it.</param>
    /// <param name="stopping">Stops it as well.</param>
    public static async IAsyncEnumerable<JobEvent> StreamAsync(
        Func<Func<JobEvent, ValueTask>, CancellationToken, Task> run, [EnumeratorCancellation] CancellationToken stopping)
    {
        Channel<JobEvent> events = Channel.CreateBounded<JobEvent>(
            new BoundedChannelOptions(Capacity) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        Task ended = EndAsync(run(next => events.Writer.WriteAsync(next, CancellationToken.None), stop.Token), events.Writer);
        try
        {
            // Read to the very end even after a stop: what was received or lost in that moment must be told.
            await foreach (JobEvent next in events.Reader.ReadAllAsync(CancellationToken.None).ConfigureAwait(false)) yield return next;
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            while (await events.Reader.WaitToReadAsync(CancellationToken.None).ConfigureAwait(false)) events.Reader.TryRead(out _);
            await ended.ConfigureAwait(false);
        }
    }

    private static async Task EndAsync(Task run, ChannelWriter<JobEvent> events)
    {
        Exception? failure = null;
        try
        {
            await run.ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            failure = exception;
        }

        events.TryComplete(failure);
    }
}
