namespace NanoBanana.Tests;

/// <summary>
/// A clock that runs so many times as fast as the real one, the same in every process that is told the same epoch. Short
/// delays shrink with it; time limits are left at their length, for the machine under the test is no faster.
/// </summary>
/// <param name="epoch">When it showed the real time.</param>
/// <param name="factor">How many times as fast, at least 1.</param>
internal sealed class HastyTimeProvider(DateTimeOffset epoch, int factor) : TimeProvider
{
    /// <summary>Longer than every pause between two calls, shorter than every time limit.</summary>
    private static readonly TimeSpan ShortestLimit = TimeSpan.FromSeconds(29);

    public override long TimestampFrequency => System.TimestampFrequency;

    public override DateTimeOffset GetUtcNow() => epoch + ((System.GetUtcNow() - epoch) * factor);

    public override long GetTimestamp() => System.GetTimestamp() * factor;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        new HastyTimer(this, System.CreateTimer(callback, state, Shrink(dueTime), Shrink(period)));

    private TimeSpan Shrink(TimeSpan time) => time > TimeSpan.Zero && time < ShortestLimit ? time / factor : time;

    private sealed class HastyTimer(HastyTimeProvider owner, ITimer inner) : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => inner.Change(owner.Shrink(dueTime), owner.Shrink(period));

        public void Dispose() => inner.Dispose();

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}
