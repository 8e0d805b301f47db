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
