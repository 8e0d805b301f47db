namespace NanoBanana;

/// <summary>
/// The one exception of the module. <see cref="Exception.Message"/> holds the provider's own words where there are any,
/// and the next step to take. It never holds a key.
/// </summary>
public sealed class NBException : Exception
{
    /// <summary>Makes an exception of a cause and a message that says what to do next.</summary>
    /// <param name="errorId">The cause.</param>
    /// <param name="message">What happened, and the next step, in words for the user.</param>
    /// <param name="innerException">What was caught below, if anything.</param>
    public NBException(NBErrorId errorId, string message, Exception? innerException = null)
        : base(message, innerException) => ErrorId = errorId;

    /// <summary>The cause; stable across versions.</summary>
    public NBErrorId ErrorId { get; }

    /// <summary>The provider that answered, for example <c>Fal</c>; null when none was asked.</summary>
    public string? Provider { get; init; }

    /// <summary>The HTTP status of the answer; null when there was none.</summary>
    public int? StatusCode { get; init; }

    /// <summary>The provider's own id of the failed request, to quote to its support.</summary>
    public string? RequestId { get; init; }

    /// <summary>The provider's own machine-readable type of the error, for example <c>content_policy_violation</c>.</summary>
    public string? ProviderErrorType { get; init; }

    /// <summary>The provider's own words alone; null when it said nothing.</summary>
    public string? ProviderMessage { get; init; }

    /// <summary>The job that failed; null when none had been made.</summary>
    public string? JobId { get; init; }

    /// <summary>How long the provider asks to wait before the next try; null when it does not say.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>The name of the parameter at fault, without the dash; null when none is.</summary>
    public string? Parameter { get; init; }

    /// <summary>The same error in other words.</summary>
    /// <param name="message">The words.</param>
    /// <returns>This error when the words are the same, else a copy.</returns>
    public NBException WithMessage(string message) => message == Message ? this : new(ErrorId, message)
    {
        Provider = Provider,
        StatusCode = StatusCode,
        RequestId = RequestId,
        ProviderErrorType = ProviderErrorType,
        ProviderMessage = ProviderMessage,
        JobId = JobId,
        RetryAfter = RetryAfter,
        Parameter = Parameter,
    };

    /// <summary>The same error, told of a job.</summary>
    /// <param name="jobId">The job's id.</param>
    /// <param name="provider">The provider's name, used where the error has none.</param>
    /// <returns>A copy that names the job.</returns>
    public NBException ForJob(string jobId, string provider) => new(ErrorId, Message, InnerException)
    {
        Provider = Provider ?? provider,
        StatusCode = StatusCode,
        RequestId = RequestId,
        ProviderErrorType = ProviderErrorType,
        ProviderMessage = ProviderMessage,
        JobId = jobId,
        RetryAfter = RetryAfter,
        Parameter = Parameter,
    };
}
