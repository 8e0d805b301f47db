using NanoBanana.Engine.Pricing;

namespace NanoBanana.Engine.Jobs;

/// <summary>The pictures of a job as users hold them; the same whether they were just fetched or are read from the journal.</summary>
internal static class JobImages
{
    /// <summary>Makes the objects.</summary>
    /// <param name="job">The job; its pictures exist.</param>
    /// <param name="retention">How long the provider keeps outputs; null when it does not say.</param>
    /// <returns>One for each picture, in order.</returns>
    public static IReadOnlyList<NBImage> ToImages(this JobRecord job, TimeSpan? retention) =>
        [.. job.Pictures.Select((picture, index) => ToImage(job, picture, index, retention))];

    private static NBImage ToImage(JobRecord job, JobPicture picture, int index, TimeSpan? retention)
    {
        var image = new NBImage
        {
            Path = picture.Path,
            Uri = picture.Uri,
            Provider = job.Provider,
            Model = job.Model,
            JobId = job.Id,
            RemoteId = job.Remote?.Id,
            Operation = job.Operation,
            Prompt = job.Prompt,
            Index = index + (job.Part?.Index ?? 0),
            Width = picture.Width,
            Height = picture.Height,
            Format = picture.Format,
            Length = picture.Length,
            Resolution = job.ResolutionOrDefault.ToName(),
            Cost = JobCost.OfPicture(job),
            CostSource = JobCost.Of(job).Source,
            Credits = job.Credits,
            ReportedCost = job.ReportedCost,
            Duration = job.Duration ?? (job.UpdatedAt > job.CreatedAt ? job.UpdatedAt - job.CreatedAt : TimeSpan.Zero),
            CreatedAt = job.CreatedAt,
            ExpiresAt = retention is { } kept && job.EndedAt is { } ended ? ended + kept : null,
            Description = job.Description,
            Sandbox = job.Sandbox,
        };
        job.Settings.Show(job, image);
        return image;
    }
}
