using System.Globalization;
using NanoBanana.Engine.Imaging;
using NanoBanana.Engine.Transport;

namespace NanoBanana.Engine.Jobs;

/// <summary>Brings a job's pictures to their files, and makes the objects that users hold.</summary>
internal sealed class JobReceiver(RunContext context, ProviderSession session, JobBook book)
{
    private readonly List<string> partials = [];

    /// <summary>Whether somebody may have begun to receive it before; then a file with the very same bytes is its picture.</summary>
    public bool IsResumed { get; init; }

    /// <summary>Names a file for a picture that is not yet whole.</summary>
    public string PicturePath(int index)
    {
        Directory.CreateDirectory(book.Job.Output.Directory); // It may be gone since the order, or be another one now.
        partials.Add(PictureStore.PartialPath(book.Job.Output, book.Job.Id, index));
        return partials[^1];
    }

    /// <summary>Fetches every picture that has not been fetched. Those that came before one that fails are told all the same.</summary>
    /// <param name="scope">What surrounds the calls.</param>
    /// <param name="cancellationToken">Ends the fetching.</param>
    /// <exception cref="NBException">A picture cannot be had, or is none.</exception>
    public async Task ReceiveAsync(CallScope scope, CancellationToken cancellationToken)
    {
        int whole = 0;
        try
        {
            for (; whole < book.Job.Pictures.Count; whole++)
            {
                JobPicture picture = book.Job.Pictures[whole];
                bool needsFile = picture.Path is null && !(book.Job.Output.NoDownload && picture.PartialPath is null);
                if (!needsFile) continue;
                JobPicture stored = await StoreAsync(picture, whole, scope, cancellationToken).ConfigureAwait(false);
                JobRecord next = book.Job with { Pictures = [.. book.Job.Pictures.Select((other, index) => index == whole ? stored : other)] };
                if (whole < book.Job.Pictures.Count - 1) await book.WriteAsync(next).ConfigureAwait(false);
                else await book.NoteAsync(next).ConfigureAwait(false); // Written below.
            }

            DateTimeOffset now = context.TimeProvider.GetUtcNow();
            await book.WriteAsync(book.Job with
            {
                State = NBJobState.Received,
                Duration = book.Job.Duration ?? now - book.Job.CreatedAt,
                ErrorId = null,
                ErrorMessage = null,
                ErrorStatus = null,
                ErrorType = null,
            }).ConfigureAwait(false);
        }
        finally
        {
            IReadOnlyList<NBImage> images = book.Job.ToImages(session.Provider.Capabilities.Retention);
            foreach (NBImage image in images.Take(whole)) await context.PublishAsync(new ImageReceived(image)).ConfigureAwait(false);
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

    private async Task<JobPicture> StoreAsync(JobPicture picture, int index, CallScope scope, CancellationToken cancellationToken)
    {
        string? partial = picture.PartialPath;
        Directory.CreateDirectory(book.Job.Output.Directory);
        if (partial is null)
        {
            partial = PicturePath(index);
            await context.Downloader.FetchAsync(picture.Uri!, partial, scope, cancellationToken).ConfigureAwait(false);
        }

        StoredPicture stored = await PictureStore.KeepAsync(partial, book.Job, book.Job.Output, index, IsResumed, cancellationToken).ConfigureAwait(false);
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
