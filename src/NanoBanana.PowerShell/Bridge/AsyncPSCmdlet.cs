using System.Management.Automation;
using System.Runtime.ExceptionServices;
using System.Threading.Channels;
using NanoBanana.PowerShell.Credentials;

namespace NanoBanana.PowerShell.Bridge;

/// <summary>
/// The bridge between asynchronous work and the pipeline. The work runs beside the pipeline and hands what shall be
/// written to a bounded queue; only the pipeline thread writes. Whatever ends the pipeline (Ctrl+C, an error action of
/// Stop, <c>Select-Object -First</c>) also ends the work.
/// </summary>
public abstract class AsyncPSCmdlet : PSCmdlet, IDisposable
{
    private const int QueueCapacity = 64;

    /// <summary>How long a stop waits for the work to end tidily; the prompt is back within a second.</summary>
    private static readonly TimeSpan LongestStop = TimeSpan.FromMilliseconds(850);

    /// <summary>How often a stop looks whether what still runs needs no more waiting for.</summary>
    private static readonly TimeSpan StopPace = TimeSpan.FromMilliseconds(20);

    private readonly CancellationTokenSource stopping = new();
    private readonly Channel<PipelineItem> queue = Channel.CreateBounded<PipelineItem>(
        new BoundedChannelOptions(QueueCapacity) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

    private Task? work;
    private bool hasFinished;

    /// <summary>Cancelled when the pipeline stops for whatever reason.</summary>
    private protected CancellationToken StopToken => stopping.Token;

    /// <summary>Where the work puts what shall be written.</summary>
    private protected ChannelWriter<PipelineItem> Queue => queue.Writer;

    /// <summary>Whether somebody would see progress; known once the work has started.</summary>
    private protected bool ShowsProgress { get; private set; }

    /// <summary>Whether somebody would see the lines of Verbose; known once the work has started.</summary>
    private protected bool ShowsVerbose { get; private set; }

    /// <summary>Whether somebody would see the lines of Debug; known once the work has started.</summary>
    private protected bool ShowsDebug { get; private set; }

    /// <summary>Whether the first error ends the pipeline (<c>-ErrorAction Stop</c>); known once the work has started.</summary>
    private protected bool StopsOnError { get; private set; }

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Ends the work if it still runs.</summary>
    /// <param name="disposing">True from Dispose.</param>
    protected virtual void Dispose(bool disposing)
    {
        if (!disposing) return;
        EndWork();
        if (work is null or { IsCompleted: true }) Release();
        else _ = work.ContinueWith(_ => Release(), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
    }

    /// <summary>Disposes of what the work uses: when the cmdlet ends, or when the work does where it goes on after the cmdlet.</summary>
    private protected virtual void Release() => stopping.Dispose();

    /// <inheritdoc/>
    protected override void StopProcessing()
    {
        try
        {
            stopping.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // Stopped in the moment in which it ended.
        }
    }

    /// <summary>Starts the work beside the pipeline.</summary>
    /// <param name="start">The work; it must end soon after <see cref="StopToken"/> is cancelled.</param>
    private protected void StartWork(Func<Task> start)
    {
        ShowsProgress = InteractiveHost.ShowsProgress(Host); // A host is asked on the pipeline thread only, and so are variables.
        ShowsVerbose = ShownStreams.HasVerbose(this);
        ShowsDebug = ShownStreams.HasDebug(this);
        object? errorAction = MyInvocation.BoundParameters.TryGetValue("ErrorAction", out object? given) ? given : GetVariableValue("ErrorActionPreference");
        StopsOnError = LanguagePrimitives.TryConvertTo(errorAction, out ActionPreference preference) && preference == ActionPreference.Stop;
        work = Task.Run(start);
        _ = work.ContinueWith(
            static (_, writer) => ((ChannelWriter<PipelineItem>)writer!).TryComplete(),
            queue.Writer, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    /// <summary>Hands something to the work; while there is no room for it, writes what is ready.</summary>
    /// <typeparam name="T">What is handed over.</typeparam>
    /// <param name="input">The work's own queue.</param>
    /// <param name="value">The thing.</param>
    private protected void Offer<T>(ChannelWriter<T> input, T value)
    {
        WriteReady();
        while (!input.TryWrite(value))
        {
            ThrowIfStopping();
            Task<bool> room = input.WaitToWriteAsync(stopping.Token).AsTask();
            Task<bool> ready = queue.Reader.WaitToReadAsync(stopping.Token).AsTask();
            Task.WaitAny(room, ready);
            bool hasEnded = (room.IsCompletedSuccessfully && !room.Result) || (ready.IsCompletedSuccessfully && !ready.Result);
            WriteReady();
            if (hasEnded) break; // The work ended before its input did: EndWork tells why.
        }

        if (work is { IsCompleted: true }) Finish();
    }

    /// <summary>Writes what is ready and does not wait.</summary>
    private protected void WriteReady()
    {
        ThrowIfStopping();
        while (queue.Reader.TryRead(out PipelineItem? item)) Write(item);
    }

    /// <summary>Writes until the work has ended, then throws what it threw.</summary>
    private protected void Finish()
    {
        while (WaitForItem()) WriteReady();
        ThrowIfStopping();
        RethrowFault();
        hasFinished = true;
    }

    private bool WaitForItem()
    {
        try
        {
            Task<bool> ready = queue.Reader.WaitToReadAsync(stopping.Token).AsTask();
            ready.Wait(stopping.Token);
            return ready.Result;
        }
        catch (OperationCanceledException)
        {
            EndWork();
            throw new PipelineStoppedException();
        }
    }

    /// <summary>Writes one thing; on the pipeline thread only.</summary>
    private protected void Write(PipelineItem item)
    {
        try
        {
            switch (item)
            {
                case OutputItem output:
                    WriteObject(output.Value);
                    break;
                case ErrorItem error:
                    WriteError(error.Record);
                    error.Written.TrySetResult();
                    break;
                case WarningItem warning:
                    WriteWarning(warning.Text);
                    break;
                case VerboseItem verbose:
                    if (ShownStreams.HasVerbose(this)) WriteVerbose(verbose.Text);
                    break;
                case DebugItem debug:
                    WriteDebug(debug.Text);
                    break;
                case ProgressItem progress:
                    foreach (ProgressRecord record in progress.Records) WriteProgress(record);
                    break;
                default:
                    throw new InvalidOperationException($"The pipeline cannot write a {item.GetType().Name}.");
            }
        }
        catch
        {
            // Writing throws when the pipeline is over: by Ctrl+C, by Select-Object -First, by an error action of Stop.
            EndWork();
            throw;
        }
    }

    private void ThrowIfStopping()
    {
        if (!stopping.IsCancellationRequested) return;
        EndWork();
        throw new PipelineStoppedException();
    }

    /// <summary>Whether all that still runs goes on in the background of the session, so that nobody has to wait for it.</summary>
    private protected virtual bool GoesOnAlone => false;

    /// <summary>Called once when the pipeline ended before the work did.</summary>
    private protected virtual void OnStopped()
    {
    }

    /// <summary>Tells whoever sits at the host what can no longer be written to the pipeline.</summary>
    /// <param name="text">The words.</param>
    private protected void TellHost(string text)
    {
        try
        {
            Host?.UI?.WriteWarningLine(text);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // A host that shows nothing, or is gone.
        }
    }

    /// <summary>Stops the work and gives it a moment, once, to put away what it holds. Nothing can be written any more.</summary>
    private void EndWork()
    {
        if (work is null || hasFinished) return;
        StopProcessing();
        using var patience = new CancellationTokenSource(LongestStop);
        try
        {
            while (!work.IsCompleted && !GoesOnAlone)
            {
                while (queue.Reader.TryRead(out _))
                {
                    // Makes room for a worker that waits to write.
                }

                Task.WaitAny([work, Task.Delay(StopPace, patience.Token)], patience.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // The prompt comes back all the same.
        }

        _ = DrainAsync(queue.Reader); // What goes on ends by itself, unseen: nobody who waits to write may keep it from writing its jobs down.

        hasFinished = true;
        OnStopped();

        // Observed, whatever it throws later.
        _ = work.ContinueWith(static ended => ended.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
    }

    private static async Task DrainAsync(ChannelReader<PipelineItem> items)
    {
        while (await items.WaitToReadAsync(CancellationToken.None).ConfigureAwait(false)) items.TryRead(out _);
    }

    private void RethrowFault()
    {
        if (work is null) return;
        try
        {
            work.Wait(CancellationToken.None);
        }
        catch (AggregateException aggregate)
        {
            Exception fault = aggregate.Flatten().InnerExceptions[0];
            if (fault is NBException error) ThrowTerminatingError(ErrorRecords.From(error, error.Provider));
            if (fault is OperationCanceledException && stopping.IsCancellationRequested) throw new PipelineStoppedException();
            ExceptionDispatchInfo.Throw(fault);
        }
    }
}
