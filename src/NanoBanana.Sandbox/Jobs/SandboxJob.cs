namespace NanoBanana.Sandbox.Jobs;

/// <summary>A job and where it stands. Its end is decided once; only a fault that spoils a finished job may change it.</summary>
internal sealed class SandboxJob(string id, JobOrder order, DateTimeOffset acceptedAt, SandboxLedger ledger) : IDisposable
{
    private readonly object _gate = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly List<JobLog> _logs = [];
    private TaskCompletionSource _changed = NewSignal();

    public string Id { get; } = id;

    public JobOrder Order { get; private set; } = order;

    public DateTimeOffset AcceptedAt { get; } = acceptedAt;

    /// <summary>Signalled when the job is cancelled, so that its work stops.</summary>
    public CancellationToken Stopping => _stop.Token;

    /// <summary>The job as of now, all of one moment.</summary>
    public JobSnapshot Look()
    {
        lock (_gate)
            return new JobSnapshot(Phase, Position, End, FailedReference, [.. _logs], Pictures, RunTime, StartedAt, EndedAt, _changed.Task);
    }

    private JobPhase Phase { get; set; }

    private int Position { get; set; }

    private JobEnd? End { get; set; }

    private int FailedReference { get; set; }

    private IReadOnlyList<JobPicture> Pictures { get; set; } = [];

    private TimeSpan RunTime { get; set; }

    private DateTimeOffset? StartedAt { get; set; }

    private DateTimeOffset? EndedAt { get; set; }

    public void Wait(int position) => Change(() => Position = position);

    public void Start(DateTimeOffset now, string message) => Change(() =>
    {
        Phase = JobPhase.Running;
        StartedAt = now;
        _logs.Add(new JobLog(message, now));
    });

    public void Succeed(DateTimeOffset now, IReadOnlyList<JobPicture> pictures, TimeSpan runTime, string message) => Change(() =>
    {
        _logs.Add(new JobLog(message, now));
        Pictures = pictures;
        RunTime = runTime;
        Finish(JobEnd.Succeeded, now);
    });

    public void Fail(DateTimeOffset now, JobEnd end, int reference = 0) => Change(() =>
    {
        FailedReference = reference;
        Finish(end, now);
    });

    /// <summary>Cancels the job; false when it had ended.</summary>
    public bool TryCancel(DateTimeOffset now)
    {
        if (!Change(() => Finish(JobEnd.Cancelled, now)))
            return false;
        _stop.Cancel();
        return true;
    }

    /// <summary>Gives the job another end, finished or not: a fault's doing.</summary>
    public void Spoil(DateTimeOffset now, JobEnd end)
    {
        lock (_gate)
        {
            if (End is not (null or JobEnd.Succeeded))
                return;
            Pictures = [];
            Finish(end, now);
            Signal();
        }

        _stop.Cancel();
    }

    /// <summary>Lets the references go once they are painted: as data URIs they can be most of a job's memory.</summary>
    public void ForgetReferences() => Order = Order with { References = [] };

    public void Dispose() => _stop.Dispose();

    private bool Change(Action change)
    {
        lock (_gate)
        {
            if (Phase == JobPhase.Ended)
                return false;
            change();
            Signal();
            return true;
        }
    }

    private void Finish(JobEnd end, DateTimeOffset now)
    {
        Phase = JobPhase.Ended;
        End = end;
        EndedAt = now;
        // The books are settled before anyone can see the end, so that no reader finds a finished job unsettled.
        ledger.Settle(Id, end switch
        {
            JobEnd.Succeeded => LedgerState.Billed,
            JobEnd.Cancelled => LedgerState.Cancelled,
            _ => LedgerState.Failed,
        });
    }

    private void Signal()
    {
        var changed = _changed;
        if (Phase != JobPhase.Ended)
            _changed = NewSignal();
        changed.TrySetResult();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}

/// <summary>A job at one moment.</summary>
/// <param name="Phase">Queued, running or ended.</param>
/// <param name="Position">Jobs ahead of it in the queue.</param>
/// <param name="End">How it ended; null while it has not.</param>
/// <param name="FailedReference">Which reference could not be used, from 0.</param>
/// <param name="Logs">Everything written so far.</param>
/// <param name="Pictures">The output of a job that succeeded.</param>
/// <param name="RunTime">How long it ran.</param>
/// <param name="StartedAt">When it started.</param>
/// <param name="EndedAt">When it ended.</param>
/// <param name="Changed">Completes at the next change.</param>
internal sealed record JobSnapshot(
    JobPhase Phase,
    int Position,
    JobEnd? End,
    int FailedReference,
    IReadOnlyList<JobLog> Logs,
    IReadOnlyList<JobPicture> Pictures,
    TimeSpan RunTime,
    DateTimeOffset? StartedAt,
    DateTimeOffset? EndedAt,
    Task Changed);
