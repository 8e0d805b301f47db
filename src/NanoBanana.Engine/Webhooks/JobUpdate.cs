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
    /// <returns>The record to write; null when there is nothing to write.</returns>
    public static JobRecord? Apply(JobRecord job, WebhookEvent told, DateTimeOffset now, Redactor redactor)
    {
        JobRecord? next = told.State switch
        {
            // Anybody may have sent it: that the job has left the queue is believed, its end is what the provider is asked for.
            WebhookState.Progress or WebhookState.Completed or WebhookState.Failed when !told.IsVerified => Progress(job, startedAt: null),
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
        JobRecord next = job with
        {
            State = NBJobState.Succeeded,
            QueuePosition = null,
            Pictures = Merge(job.Pictures, told.Outputs),
            Credits = told.Credits ?? job.Credits,
            EndedAt = job.EndedAt ?? now,
            ErrorId = null,
            ErrorMessage = null,
            ErrorStatus = null,
            ErrorType = null,
        };
        return job.State == NBJobState.Succeeded && next.Pictures.SequenceEqual(job.Pictures) ? null : next;
    }

    /// <summary>What was fetched already stays fetched, whatever addresses are named now.</summary>
    private static JobPicture[] Merge(IReadOnlyList<JobPicture> known, IReadOnlyList<Uri> outputs)
    {
        IEnumerable<JobPicture> named = outputs.Select((output, index) =>
            known.ElementAtOrDefault(index) is { } picture && (IsHere(picture) || picture.Uri == output) ? picture : new JobPicture { Uri = output });
        return [.. named, .. known.Skip(outputs.Count).Where(IsHere)];
    }

    private static bool IsHere(JobPicture picture) => picture.Path is not null || picture.PartialPath is not null;

    private static JobRecord? Progress(JobRecord job, DateTimeOffset? startedAt) =>
        job.HasEnded || job.State == NBJobState.Running ? null : job with { State = NBJobState.Running, QueuePosition = null, StartedAt = job.StartedAt ?? startedAt };

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
