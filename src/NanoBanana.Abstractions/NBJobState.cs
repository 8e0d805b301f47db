namespace NanoBanana;

/// <summary>Where a job stands. Every change is written down before the next call is made.</summary>
public enum NBJobState
{
    /// <summary>Written down, not yet sent.</summary>
    Intent,

    /// <summary>Taken by the provider, waiting in its queue.</summary>
    Submitted,

    /// <summary>The provider works on it.</summary>
    Running,

    /// <summary>The pictures exist at the provider.</summary>
    Succeeded,

    /// <summary>The pictures are on disk, or their addresses were handed out on request (-NoDownload).</summary>
    Received,

    /// <summary>The provider refused or failed; the error says why.</summary>
    Failed,

    /// <summary>Cancelled at the provider.</summary>
    Cancelled,

    /// <summary>The pictures were made, but their addresses no longer serve them.</summary>
    Expired,

    /// <summary>Sent, but the answer was lost: the job may exist and may be billed. Never sent again by itself.</summary>
    SubmitOutcomeUnknown,
}

/// <summary>What a state means.</summary>
public static class NBJobStates
{
    /// <summary>Whether nothing more can come of a job: received, failed, cancelled or expired.</summary>
    /// <param name="state">The job's state.</param>
    /// <returns>True when it is over.</returns>
    public static bool IsOver(this NBJobState state) =>
        state is NBJobState.Received or NBJobState.Failed or NBJobState.Cancelled or NBJobState.Expired;

    /// <summary>Whether the provider is done with a job, well or not.</summary>
    /// <param name="state">The job's state.</param>
    /// <returns>True when it is over, or its pictures can be fetched.</returns>
    public static bool HasEnded(this NBJobState state) => state.IsOver() || state == NBJobState.Succeeded;
}
