using System.Collections.Concurrent;
using NanoBanana.Sandbox.Storage;

namespace NanoBanana.Sandbox.Jobs;

/// <summary>All jobs of a simulator: takes them, runs them by the clock, finds them again.</summary>
internal sealed class JobStore(TimeProvider clock, MediaStore media, SandboxLedger ledger)
{
    private const int FirstPosition = 2;
    private static readonly TimeSpan Tolerance = TimeSpan.FromMilliseconds(1);
    private readonly ConcurrentDictionary<string, SandboxJob> _jobs = new(StringComparer.Ordinal);

    public SandboxJob? Find(string id) => _jobs.GetValueOrDefault(id);

    /// <summary>The jobs taken since a moment, newest first.</summary>
    public IReadOnlyList<SandboxJob> Since(DateTimeOffset start) =>
        [.. _jobs.Values.Where(job => job.AcceptedAt >= start).OrderByDescending(static job => job.AcceptedAt)];

    /// <summary>Takes a job into the books and starts it.</summary>
    /// <param name="id">The id the provider gives it.</param>
    /// <param name="order">What to do.</param>
    /// <param name="studio">Paints its pictures.</param>
    public SandboxJob Accept(string id, JobOrder order, Studio studio)
    {
        var now = clock.GetUtcNow();
        var job = new SandboxJob(id, order, now, ledger);
        job.Wait(order.QueueTime > TimeSpan.Zero ? FirstPosition : 0);
        ledger.Add(new LedgerEntry(
            order.Provider, id, order.Operation, order.Model, order.TierOnWire ?? order.Tier, order.Count, order.Amount,
            LedgerState.Accepted, order.IdempotencyKey, order.Prompt, now)
        { Notes = order.Notes });
        _jobs[id] = job;
        _ = RunAsync(job, studio, clock.GetTimestamp());
        return job;
    }

    public void Clear()
    {
        foreach (var job in _jobs.Values)
            job.TryCancel(clock.GetUtcNow());
        _jobs.Clear();
    }

    private async Task RunAsync(SandboxJob job, Studio studio, long acceptedAt)
    {
        var order = job.Order;
        // Painting begins at once, so that it is done within the job's own time.
        var painting = Task.Run(() => studio.Paint(job.Id, order), job.Stopping);
        try
        {
            if (!await QueueAsync(job, acceptedAt).ConfigureAwait(false))
                return;
            job.Start(clock.GetUtcNow(), "Drawing the picture.");
            var startedAt = clock.GetTimestamp();
            await DelayUntilAsync(order.QueueTime + order.RunTime, acceptedAt, job.Stopping).ConfigureAwait(false);
            var pictures = await painting.ConfigureAwait(false);
            job.ForgetReferences();
            if (order.Doom is { } doom)
            {
                job.Fail(clock.GetUtcNow(), doom);
                return;
            }

            foreach (var picture in pictures)
            {
                picture.Media.JobId = job.Id;
                picture.Media.ExpiresAt = clock.GetUtcNow() + order.OutputLifetime;
                media.AddPicture(picture.Path, picture.Media);
            }

            job.Succeed(clock.GetUtcNow(), pictures, clock.GetElapsedTime(startedAt), "The picture is ready.");
        }
        catch (ReferenceException bad)
        {
            job.Fail(clock.GetUtcNow(), bad.End, bad.Index);
        }
        catch (OperationCanceledException) when (job.Stopping.IsCancellationRequested)
        {
            // Whoever cancelled it has written its end.
        }
        catch (Exception)
        {
            // A defect of the simulator must not leave a client waiting for ever: it shows as a failed job.
            job.Fail(clock.GetUtcNow(), JobEnd.Failed);
        }
    }

    /// <summary>Moves the job up the queue; false when it gave up waiting.</summary>
    private async Task<bool> QueueAsync(SandboxJob job, long acceptedAt)
    {
        var order = job.Order;
        if (order.StartTimeout is { } timeout && timeout < order.QueueTime)
        {
            await DelayUntilAsync(timeout, acceptedAt, job.Stopping).ConfigureAwait(false);
            job.Fail(clock.GetUtcNow(), JobEnd.StartTimeout);
            return false;
        }

        for (var position = FirstPosition; position >= 0 && order.QueueTime > TimeSpan.Zero; position--)
        {
            if (position < FirstPosition)
                job.Wait(position);
            var until = order.QueueTime * (FirstPosition + 1 - position) / (FirstPosition + 1);
            await DelayUntilAsync(until, acceptedAt, job.Stopping).ConfigureAwait(false);
        }

        return true;
    }

    /// <summary>Waits for a moment counted from the start, so that the lateness of one timer is not added to the next.</summary>
    private async Task DelayUntilAsync(TimeSpan moment, long start, CancellationToken cancellationToken)
    {
        for (var left = Left(); left > TimeSpan.Zero; left = Left())
        {
            using var retake = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var delay = Task.Delay(left, clock, retake.Token);
            if (Left() > left - Tolerance)
            {
                await delay.ConfigureAwait(false);
                return;
            }

            // The clock jumped between looking and setting the timer, as that of a test does: it would ring so much too late.
            await retake.CancelAsync().ConfigureAwait(false);
        }

        TimeSpan Left() => moment - clock.GetElapsedTime(start);
    }
}
