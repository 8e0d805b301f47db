namespace NanoBanana.Sandbox.Jobs;

/// <summary>Idempotency keys of requests and the jobs they made: the same key brings the same job, for a while.</summary>
internal sealed class ReplayBook
{
    private readonly object _gate = new();
    private readonly Dictionary<string, Page> _pages = new(StringComparer.Ordinal);

    /// <summary>The job of a key; a new one is made for a key not seen, or seen too long ago.</summary>
    /// <param name="key">The key, with whatever it is unique within.</param>
    /// <param name="body">A fingerprint of the request: the key belongs to that alone.</param>
    /// <param name="now">The time.</param>
    /// <param name="life">How long a key is kept.</param>
    /// <param name="make">Makes the job.</param>
    /// <returns>The job, or null when the key came with another body before; and whether it was there already.</returns>
    public (SandboxJob? Job, bool Replayed) Take(string key, string body, DateTimeOffset now, TimeSpan life, Func<SandboxJob> make)
    {
        // Held while the job is made: of two equal requests at once, one makes it and the other finds it.
        lock (_gate)
        {
            if (_pages.TryGetValue(key, out var page) && now - page.At < life)
                return string.Equals(page.Body, body, StringComparison.Ordinal) ? (page.Job, true) : (null, false);
            var job = make();
            _pages[key] = new Page(body, job, now);
            return (job, false);
        }
    }

    public void Clear()
    {
        lock (_gate)
            _pages.Clear();
    }

    private sealed record Page(string Body, SandboxJob Job, DateTimeOffset At);
}
