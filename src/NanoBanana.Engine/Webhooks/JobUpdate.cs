using NanoBanana.Engine.Jobs;
using NanoBanana.Engine.Transport;

namespace NanoBanana.Engine.Webhooks;

/// <summary>
/// What a delivery changes of a job. Deliveries come twice, late and out of order, so a job only moves on: what it has
/// reached is never taken back, with one exception, for a picture that exists is paid for.
/// </summary>
internal static class JobUpdate
{
    /// <summary>The job's next record.</summary>
    /// <param name="job">The job as the journal has it.</param>
    /// <param name="told">What the delivery says.</param>
    /// <param name="now">The time, UTC.</param>
    /// <param name="redactor">Takes secrets out of the provider's words.</param>
    /// <returns>The record to write; null when the journal knows as much already.</returns>
    /// <exception cref="NBException">AccessDenied: nothing proves who sent it, and it would change a job that has ended.</exception>
    public static JobRecord? Apply(JobRecord job, WebhookEvent told, DateTimeOffset now, Redactor redactor)
    {
        JobRecord? next = told.State switch
        {
            WebhookState.Completed when told.Outputs.Count > 0 => Complete(job, told, now),

            // The provider says that the pictures exist, but not where: whoever waits for the job asks.
            WebhookState.Completed or WebhookState.Progress => Progress(job, now),
            WebhookState.Failed => Fail(job, told.Error!, redactor),
            _ => null,
        };
        return next is null ? null : next with { UpdatedAt = now };
    }

    private static JobRecord? Complete(JobRecord job, WebhookEvent told, DateTimeOffset now)
    {
        if (job.State == NBJobState.Received) return null;
        if (job.State is NBJobState.Succeeded or NBJobState.Expired && job.Pictures.Select(picture => picture.Uri).SequenceEqual(told.Outputs)) return null;
        if (job.HasEnded && !told.IsVerified)
        {
            throw new NBException(
                NBErrorId.AccessDenied,
                $"The delivery names pictures for a job that is already {job.State}, and nothing proves that {told.Provider} sent it. Nothing was changed; Receive-NBJob asks {told.Provider} itself.")
            { Provider = told.Provider, JobId = job.Id };
        }

        return job with
        {
            State = NBJobState.Succeeded,
            QueuePosition = null,
            Pictures = [.. told.Outputs.Select(output => new JobPicture { Uri = output })],
            Credits = told.Credits ?? job.Credits,
            EndedAt = job.EndedAt ?? now,
            ErrorId = null,
            ErrorMessage = null,
            ErrorStatus = null,
            ErrorType = null,
        };
    }

    private static JobRecord? Progress(JobRecord job, DateTimeOffset now) =>
        job.HasEnded || job.State == NBJobState.Running ? null : job with { State = NBJobState.Running, QueuePosition = null, StartedAt = job.StartedAt ?? now };

    private static JobRecord? Fail(JobRecord job, NBException error, Redactor redactor)
    {
        if (job.HasEnded) return null;
        return job with
        {
            State = error.ErrorId switch
            {
                NBErrorId.JobCancelled => NBJobState.Cancelled,
                NBErrorId.OutputExpired => NBJobState.Expired,
                _ => NBJobState.Failed,
            },
            QueuePosition = null,
            ErrorId = error.ErrorId,
            ErrorMessage = redactor.Redact(error.Message),
            ErrorStatus = error.StatusCode,
            ErrorType = error.ProviderErrorType is { } type ? redactor.Redact(type) : null,
        };
    }
}
