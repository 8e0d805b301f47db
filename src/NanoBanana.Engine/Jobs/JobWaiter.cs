using NanoBanana.Engine.Providers;
using NanoBanana.Engine.Transport;

namespace NanoBanana.Engine.Jobs;

/// <summary>Waits for a job: by its stream where there is one, else by looking at a pace that suits the provider.</summary>
internal sealed class JobWaiter(ProviderSession session, TimeSpan? usual, TimeProvider timeProvider)
{
    private const int MostStreams = 3;

    /// <summary>A job so old was found again, as after a crash: it may have ended long since, and is looked at before waiting.</summary>
    public static readonly TimeSpan LongAgo = TimeSpan.FromSeconds(3);

    /// <summary>Waits until a job has ended.</summary>
    /// <param name="job">The job.</param>
    /// <param name="age">How long ago the provider took it.</param>
    /// <param name="scope">What surrounds its calls.</param>
    /// <param name="onChange">Is told of each status.</param>
    /// <param name="cancellationToken">Ends the waiting, not the job.</param>
    /// <returns>The last status: completed, failed or cancelled.</returns>
    public async Task<RemoteStatus> WaitAsync(
        RemoteJob job, TimeSpan age, CallScope scope, Func<RemoteStatus, ValueTask> onChange, CancellationToken cancellationToken)
    {
        ApiCall? stream = session.Provider.Stream(job);
        for (int i = 0; stream is not null && i < MostStreams; i++)
        {
            if (await ListenAsync(stream, scope, onChange, cancellationToken).ConfigureAwait(false) is { } last) return last;

            // The stream broke: look once, for the job may have ended just then.
            if (await LookAsync(job, scope, cancellationToken).ConfigureAwait(false) is not { } seen) break;
            await onChange(seen).ConfigureAwait(false);
            if (seen.HasEnded) return seen;
        }

        return await PollAsync(job, age, scope, onChange, cancellationToken).ConfigureAwait(false);
    }

    private async Task<RemoteStatus?> ListenAsync(
        ApiCall call, CallScope scope, Func<RemoteStatus, ValueTask> onChange, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (RemoteStatus status in session.ListenAsync(call, scope, cancellationToken).ConfigureAwait(false))
            {
                await onChange(status).ConfigureAwait(false);
                if (status.HasEnded) return status;
            }

            await scope.Log(LogLevel.Verbose, $"{scope.Provider}: the status stream ended before the job did").ConfigureAwait(false);
        }
        catch (BrokenAnswerException exception)
        {
            await scope.Log(LogLevel.Verbose, $"{scope.Provider}: {exception.Message}; looking instead").ConfigureAwait(false);
        }

        return null;
    }

    private async Task<RemoteStatus> PollAsync(
        RemoteJob job, TimeSpan age, CallScope scope, Func<RemoteStatus, ValueTask> onChange, CancellationToken cancellationToken)
    {
        var pace = new PollingPace(usual);
        long started = timeProvider.GetTimestamp();
        bool mustLook = age > LongAgo;
        while (true)
        {
            TimeSpan wait = mustLook ? TimeSpan.Zero : pace.Next(age + timeProvider.GetElapsedTime(started));
            mustLook = false;
            await Task.Delay(wait, timeProvider, cancellationToken).ConfigureAwait(false);
            if (await LookAsync(job, scope, cancellationToken).ConfigureAwait(false) is not { } status) continue;
            await onChange(status).ConfigureAwait(false);
            if (status.HasEnded) return status;
        }
    }

    /// <summary>
    /// Looks once, with its repeats. The job is paid for: a network that is away for longer is no reason to leave it, and the
    /// waiting goes on until its time is over. Who asks for no repeats gets none.
    /// </summary>
    /// <returns>The status; null when there was none to be had.</returns>
    private async Task<RemoteStatus?> LookAsync(RemoteJob job, CallScope scope, CancellationToken cancellationToken)
    {
        try
        {
            return await session.StatusAsync(job, scope, cancellationToken).ConfigureAwait(false);
        }
        catch (NBException error) when (error.ErrorId == NBErrorId.ProviderUnavailable && scope.MaximumRetryCount > 0)
        {
            await scope.Log(LogLevel.Verbose, $"{scope.Provider}: {error.Message}; the waiting goes on").ConfigureAwait(false);
            return null;
        }
    }
}

/// <summary>
/// When to look next: first shortly before the job usually ends, then so that the delay after its end stays under a tenth
/// of the time it took.
/// </summary>
/// <param name="usual">How long a job usually takes; null when nothing is known.</param>
internal sealed class PollingPace(TimeSpan? usual)
{
    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(15);
    private bool hasLooked;

    /// <summary>A job that is known to be short is looked at more often.</summary>
    private TimeSpan Shortest => usual is { } whole && whole / 12 < ShortestPause ? TimeSpan.FromMilliseconds(Math.Max(20, whole.TotalMilliseconds / 12)) : ShortestPause;

    /// <summary>How long to wait now.</summary>
    /// <param name="elapsed">The time since the provider took the job.</param>
    public TimeSpan Next(TimeSpan elapsed)
    {
        bool isFirst = !hasLooked;
        hasLooked = true;
        if (isFirst && usual is { } whole && whole * 0.9 > elapsed) return (whole * 0.9) - elapsed;

        // A little chance keeps many jobs that were submitted together from being looked at together.
        TimeSpan wait = elapsed * (0.07 + (0.02 * Random.Shared.NextDouble()));
        return wait < Shortest ? Shortest : wait > Longest ? Longest : wait;
    }
}
