namespace NanoBanana.Tests;

/// <summary>
/// A clock for tests that must not wait: a short delay is over at once and moves the clock on by its length; a long one
/// (a timeout) fires only when the test says so. What is short is below <paramref name="threshold"/>.
/// </summary>
/// <param name="threshold">Timers that are due in less than this fire at once. Default: 29 seconds, longer than every backoff, shorter than every timeout.</param>
internal sealed class ImpatientTimeProvider(TimeSpan? threshold = null) : TimeProvider
{
    private readonly TimeSpan threshold = threshold ?? TimeSpan.FromSeconds(29);
    private readonly List<ManualTimer> waiting = [];
    private readonly List<TimeSpan> delays = [];
    private readonly Lock gate = new();
    private TimeSpan change;
    private DateTimeOffset now = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);

    /// <summary>The short delays that were asked for, in order.</summary>
    public IReadOnlyList<TimeSpan> Delays
    {
        get
        {
            lock (gate) return [.. delays];
        }
    }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow()
    {
        lock (gate) return now + change;
    }

    public override long GetTimestamp()
    {
        lock (gate) return now.Ticks;
    }

    /// <summary>Sets the clock on or back, as a user does; timers and timestamps notice nothing of it.</summary>
    public void Change(TimeSpan by)
    {
        lock (gate) change += by;
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Moves the clock on and fires every timer that is due by then.</summary>
    public void Advance(TimeSpan time)
    {
        ManualTimer[] due;
        lock (gate)
        {
            now += time;
            due = [.. waiting.Where(timer => timer.DueAt <= now)];
            foreach (ManualTimer timer in due) waiting.Remove(timer);
        }

        foreach (ManualTimer timer in due) timer.Fire();
    }

    private void Schedule(ManualTimer timer, TimeSpan dueTime)
    {
        lock (gate)
        {
            waiting.Remove(timer);
            if (dueTime == Timeout.InfiniteTimeSpan) return;
            if (dueTime >= threshold)
            {
                timer.DueAt = now + dueTime;
                waiting.Add(timer);
                return;
            }

            if (dueTime > TimeSpan.Zero) delays.Add(dueTime);
            now += dueTime;
        }

        ThreadPool.QueueUserWorkItem(static state => ((ManualTimer)state!).Fire(), timer);
    }

    private void Forget(ManualTimer timer)
    {
        lock (gate) waiting.Remove(timer);
    }

    private sealed class ManualTimer(ImpatientTimeProvider owner, TimerCallback callback, object? state) : ITimer
    {
        private volatile bool disposed;

        public DateTimeOffset DueAt { get; set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            if (disposed) return false;
            owner.Schedule(this, dueTime);
            return true;
        }

        public void Fire()
        {
            if (!disposed) callback(state);
        }

        public void Dispose()
        {
            disposed = true;
            owner.Forget(this);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
