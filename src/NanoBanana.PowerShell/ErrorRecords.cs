using System.Management.Automation;

namespace NanoBanana.PowerShell;

/// <summary>Makes every error record of the module: one id for each cause, and its category.</summary>
internal static class ErrorRecords
{
    /// <summary>The record of an error.</summary>
    /// <param name="error">The error.</param>
    /// <param name="target">What it is about: a row, a prompt, a path or a job's id.</param>
    public static ErrorRecord From(NBException error, object? target) => new(error, error.ErrorId.ToString(), Category(error.ErrorId), target);

    private static ErrorCategory Category(NBErrorId id) => id switch
    {
        NBErrorId.InvalidRequest => ErrorCategory.InvalidArgument,
        NBErrorId.AuthenticationFailed or NBErrorId.CredentialNotFound => ErrorCategory.AuthenticationError,
        NBErrorId.InsufficientCredits or NBErrorId.RateLimited or NBErrorId.BudgetExceeded => ErrorCategory.LimitsExceeded,
        NBErrorId.AccessDenied => ErrorCategory.PermissionDenied,
        NBErrorId.ContentRejected or NBErrorId.UnsafeUrl => ErrorCategory.SecurityError,
        NBErrorId.NoImageReturned => ErrorCategory.InvalidResult,
        NBErrorId.JobNotFound => ErrorCategory.ObjectNotFound,
        NBErrorId.OutputExpired => ErrorCategory.ResourceUnavailable,
        NBErrorId.ProviderUnavailable => ErrorCategory.ConnectionError,
        NBErrorId.SubmitOutcomeUnknown or NBErrorId.JobCancelled => ErrorCategory.OperationStopped,
        NBErrorId.JobTimedOut => ErrorCategory.OperationTimeout,
        NBErrorId.OutputFileExists => ErrorCategory.ResourceExists,
        NBErrorId.OutputWriteFailed => ErrorCategory.WriteError,
        NBErrorId.JournalUnavailable => ErrorCategory.ReadError,
        _ => ErrorCategory.InvalidData,
    };
}
