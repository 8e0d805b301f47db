namespace NanoBanana;

/// <summary>
/// Why something could not be done: one value per cause, stable across versions, and the first part of the
/// <c>FullyQualifiedErrorId</c> of every error record of the module.
/// </summary>
public enum NBErrorId
{
    /// <summary>The request is wrong (400, 422), or was refused before anything was sent.</summary>
    InvalidRequest,

    /// <summary>The provider does not accept the key (401).</summary>
    AuthenticationFailed,

    /// <summary>No key was found for the provider.</summary>
    CredentialNotFound,

    /// <summary>The account has no money left (402, or the provider's own words for an exhausted balance).</summary>
    InsufficientCredits,

    /// <summary>The key may not do this (403).</summary>
    AccessDenied,

    /// <summary>The provider or the model refused the content of the prompt or of a reference.</summary>
    ContentRejected,

    /// <summary>The job ended well but brought no picture.</summary>
    NoImageReturned,

    /// <summary>The provider does not know the job, or the model (404).</summary>
    JobNotFound,

    /// <summary>The address of the output no longer serves it (403, 404, 410).</summary>
    OutputExpired,

    /// <summary>The provider still answered "too many requests" (429) after every retry.</summary>
    RateLimited,

    /// <summary>The provider failed (5xx) or could not be reached.</summary>
    ProviderUnavailable,

    /// <summary>The request was sent, but its answer was lost: the job may exist and may be billed.</summary>
    SubmitOutcomeUnknown,

    /// <summary>The time was over before the job was. The job itself may still be running.</summary>
    JobTimedOut,

    /// <summary>The estimate exceeds a limit that the user set.</summary>
    BudgetExceeded,

    /// <summary>The output file exists, and -Force was not given.</summary>
    OutputFileExists,

    /// <summary>Bytes that are no picture, too many of them, or of a type that is not taken.</summary>
    InvalidImageContent,

    /// <summary>An address that is not followed: not https, a private network, or a host that is not the provider's.</summary>
    UnsafeUrl,

    /// <summary>The job was cancelled, here or at the provider.</summary>
    JobCancelled,

    /// <summary>The output file could not be written: no access, a full disk, a missing folder.</summary>
    OutputWriteFailed,

    /// <summary>A file of the journal holds no job that can be understood; it was set aside.</summary>
    JournalDamaged,

    /// <summary>The journal, or a job in it, cannot be read here: another user's, or a newer version's.</summary>
    JournalUnavailable,
}
