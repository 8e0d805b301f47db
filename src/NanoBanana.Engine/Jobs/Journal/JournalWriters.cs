namespace NanoBanana.Engine.Jobs.Journal;

/// <summary>
/// Threads that write and wait for the disk. The threads of the pool are as few as the processors, and each would wait for
/// a flush of its own; many that flush at once share one commit of the file system. Threads are made when they are needed
/// and end when they have been idle.
/// </summary>
internal sealed class JournalWriters
{
    private const int MostThreads = 16;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly object gate = new();
    private readonly Queue<Writing> waiting = new();
    private int threads;
    private int idle;

    /// <summary>Has something written.</summary>
    /// <param name="write">What writes it.</param>
    /// <returns>Ends as the writing does, with its exception if there is one.</returns>
    public Task RunAsync(Action write)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (gate)
        {
            waiting.Enqueue(new Writing(write, done));
            if (waiting.Count <= idle || threads == MostThreads)
            {
                Monitor.Pulse(gate);
                return done.Task;
            }

            threads++;
        }

        new Thread(Work) { IsBackground = true, Name = "NanoBanana journal" }.Start();
        return done.Task;
    }

    private void Work()
    {
        while (Take() is { } next)
        {
            try
            {
                next.Write();
                next.Done.SetResult();
            }
            catch (Exception exception)
            {
                next.Done.SetException(exception);
            }
        }
    }

    /// <summary>Waits for something to write; null after a while without anything.</summary>
    private Writing? Take()
    {
        lock (gate)
        {
            while (waiting.Count == 0)
            {
                idle++;
                bool isCalled = Monitor.Wait(gate, Patience);
                idle--;
                if (isCalled || waiting.Count > 0) continue;
                threads--;
                return null;
            }

            return waiting.Dequeue();
        }
    }

    private sealed record Writing(Action Write, TaskCompletionSource Done);
}
