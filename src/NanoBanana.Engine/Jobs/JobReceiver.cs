using System.Globalization;
using NanoBanana.Engine.Imaging;
using NanoBanana.Engine.Transport;

namespace NanoBanana.Engine.Jobs;

/// <summary>Brings a job's pictures to their files, and makes the objects that users hold.</summary>
internal sealed class JobReceiver(RunContext context, ProviderSession session, JobBook book)
{
    /// <summary>How long after a job's completion its images may not have reached the servers that are asked for them.</summary>
    private static readonly TimeSpan MaxDeliveryLag = TimeSpan.FromSeconds(10);

    private readonly List<string> partials = [];
    private readonly List<int> fetched = [];
    private readonly List<int> told = [];

    /// <summary>Whether somebody may have begun to receive it before; then a file with the very same bytes is its picture.</summary>
    public bool IsResumed { get; init; }

    /// <summary>Whether pictures that are here are fetched once more; the old files stay theirs until the new ones are here.</summary>
    public bool FetchesAgain { get; init; }

    /// <summary>Names a file for a picture that is not yet whole.</summary>
    public string PicturePath(int index)
    {
        Directory.CreateDirectory(book.Job.Output.Directory); // It may be gone since the order, or be another one now.
        partials.Add(PictureStore.PartialPath(book.Job.Output, book.Job.Id, index));
        return partials[^1];
    }

    /// <summary>Fetches every picture that has not been fetched. One that cannot be had keeps no other from being fetched and told.</summary>
    /// <param name="scope">What surrounds the calls.</param>
    /// <param name="cancellationToken">Ends the fetching.</param>
    /// <exception cref="NBException">A picture cannot be had, or is none. OutputExpired only when all that are missing are gone.</exception>
    public async Task ReceiveAsync(CallScope scope, CancellationToken cancellationToken)
    {
        var missing = new List<NBException>();
        try
        {
            for (int index = 0; index < book.Job.Pictures.Count; index++)
            {
                if (IsHere(index)) continue;
                try
                {
                    await ReceiveAsync(index, scope, cancellationToken).ConfigureAwait(false);
                }
                catch (NBException error)
                {
                    missing.Add(error);
                }
            }

            if (missing.Count > 0) throw missing.Find(static error => error.ErrorId != NBErrorId.OutputExpired) ?? missing[0];
            await book.WriteAsync(book.Job with
            {
                State = NBJobState.Received,
                Duration = book.Job.Duration ?? (IsResumed ? SinceCreated : book.SinceOpened),
                ErrorId = null,
                ErrorMessage = null,
                ErrorStatus = null,
                ErrorType = null,
            }).ConfigureAwait(false);
        }
        finally
        {
            IReadOnlyList<NBImage> images = book.Job.ToImages(session.Provider.Capabilities.Retention);
            for (int index = 0; index < images.Count; index++)
            {
                if (!IsHere(index) || told.Contains(index)) continue;
                told.Add(index);
                await context.PublishAsync(new ImageReceived(images[index])).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Takes away what never became whole. A picture that only lies here, for it came inside the answer, stays.</summary>
    public void Clean()
    {
        foreach (string file in partials)
        {
            if (book.Job.Pictures.Any(picture => picture.Path is null && picture.PartialPath == file)) continue;
            try
            {
                File.Delete(file);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // A folder that is gone or cannot be written to: what went wrong with it was told, and the other jobs go on.
            }
        }
    }

    /// <summary>Between processes only the clock tells; null where it was set back meanwhile.</summary>
    private TimeSpan? SinceCreated => context.TimeProvider.GetUtcNow() - book.Job.CreatedAt is { Ticks: >= 0 } time ? time : null;

    /// <summary>Whether nothing is left to be fetched for a picture.</summary>
    private bool IsHere(int index)
    {
        JobPicture picture = book.Job.Pictures[index];
        if (FetchesAgain && picture.Uri is not null) return fetched.Contains(index);
        return picture.Path is not null || (book.Job.Output.NoDownload && picture.PartialPath is null);
    }

    private async Task ReceiveAsync(int index, CallScope scope, CancellationToken cancellationToken)
    {
        JobPicture stored = await StoreAsync(book.Job.Pictures[index], index, scope, cancellationToken).ConfigureAwait(false);
        fetched.Add(index);
        JobRecord next = book.Job with { Pictures = [.. book.Job.Pictures.Select((other, at) => at == index ? stored : other)] };
        bool isLast = Enumerable.Range(0, next.Pictures.Count).All(at => at == index || IsHere(at));
        if (isLast) await book.NoteAsync(next).ConfigureAwait(false); // Written with the end.
        else await book.WriteAsync(next).ConfigureAwait(false);
    }

    private async Task<JobPicture> StoreAsync(JobPicture picture, int index, CallScope scope, CancellationToken cancellationToken)
    {
        string? partial = picture.PartialPath;
        Directory.CreateDirectory(book.Job.Output.Directory);
        if (partial is null)
        {
            partial = PicturePath(index);
            await DownloadAsync(picture.Uri!, partial, scope, cancellationToken).ConfigureAwait(false);
        }

        StoredPicture stored = await context.Store.KeepAsync(partial, book.Job, book.Job.Output, index, IsResumed, cancellationToken).ConfigureAwait(false);
        foreach (string warning in stored.Warnings) await context.LogAsync(LogLevel.Warning, warning).ConfigureAwait(false);
        if (TierWarning(stored.Header) is { } tier) await context.LogAsync(LogLevel.Warning, tier).ConfigureAwait(false);
        return picture with
        {
            Path = stored.Path,
            PartialPath = null,
            Width = stored.Header.Width,
            Height = stored.Header.Height,
            Format = stored.Header.Format,
            Length = stored.Length,
        };
    }

    private async Task DownloadAsync(Uri uri, string path, CallScope scope, CancellationToken cancellationToken)
    {
        DateTimeOffset completed = book.Job.EndedAt ?? context.TimeProvider.GetUtcNow();
        try
        {
            await context.Downloader.FetchAsync(uri, path, scope.ForDownload(completed + MaxDeliveryLag), cancellationToken).ConfigureAwait(false);
        }
        catch (NBException error) when (error.ErrorId is NBErrorId.InvalidImageContent or NBErrorId.ProviderUnavailable or NBErrorId.RateLimited)
        {
            throw error.WithMessage($"{error.Message} Receive-NBJob {book.Job.Id} fetches it again.");
        }
    }

    /// <summary>Every tier's pictures have about its number of pixels squared, whatever their ratio.</summary>
    private string? TierWarning(ImageHeader header)
    {
        double side = Math.Sqrt((double)header.Width * header.Height);
        double asked = book.Job.ResolutionOrDefault switch
        {
            ImageResolution.HalfK => 512,
            ImageResolution.OneK => 1024,
            ImageResolution.TwoK => 2048,
            _ => 4096,
        };
        if (side > asked * 0.7) return null;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{book.Job.ResolutionOrDefault.ToName()} was paid for, but {book.Job.Provider} sent {header.Width}x{header.Height} pixels (job {book.Job.Id}).");
    }
}
