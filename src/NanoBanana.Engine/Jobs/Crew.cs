namespace NanoBanana.Engine.Jobs;

/// <summary>One job to work on.</summary>
internal interface IJobWork
{
    /// <summary>Works on it. Errors become events; only the end of the whole run is thrown.</summary>
    /// <param name="stopping">Cancelled when the user stops.</param>
    Task RunAsync(CancellationToken stopping);
}

/// <summary>Works on a stream of jobs, so many at once. Memory depends on that number, not on the length of the stream.</summary>
/// <param name="context">What all jobs of a run share.</param>
/// <param name="size">How many at once.</param>
internal sealed class Crew(RunContext context, int size)
{
    private readonly SemaphoreSlim slots = new(size);

    /// <summary>Works until the stream ends, or the user stops.</summary>
    /// <typeparam name="T">What the stream holds.</typeparam>
    /// <param name="items">The stream; read only as fast as it can be worked on.</param>
    /// <param name="admit">Turns what came into work; none when it was refused.</param>
    /// <param name="stopping">Cancelled when the user stops.</param>
    public async Task RunAsync<T>(
        IAsyncEnumerable<T> items, Func<T, CancellationToken, ValueTask<IReadOnlyList<IJobWork>>> admit, CancellationToken stopping)
    {
        try
        {
            await foreach (T item in items.WithCancellation(stopping).ConfigureAwait(false))
            {
                foreach (IJobWork work in await admit(item, stopping).ConfigureAwait(false))
                {
                    await slots.WaitAsync(stopping).ConfigureAwait(false);
                    _ = RunOneAsync(work, stopping);
                }
            }
        }
        finally
        {
            // Whoever holds a slot is still at work; having them all means that all have ended.
            for (int i = 0; i < size; i++) await slots.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        }
    }

    private async Task RunOneAsync(IJobWork work, CancellationToken stopping)
    {
        try
        {
            await work.RunAsync(stopping).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The user stopped; what was submitted is in the journal.
        }
        catch (Exception exception)
        {
            // A fault of our own must end the run in sight of the user, not disappear with its task.
            context.Fault ??= exception;
        }
        finally
        {
            slots.Release();
        }
    }
}
