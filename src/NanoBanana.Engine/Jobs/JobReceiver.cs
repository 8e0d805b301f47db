using System.Globalization;
using NanoBanana.Engine.Imaging;
using NanoBanana.Engine.Providers;
using NanoBanana.Engine.Transport;

namespace NanoBanana.Engine.Jobs;

/// <summary>Brings a job's pictures to their files, and makes the objects that users hold.</summary>
internal sealed class JobReceiver(RunContext context, ProviderSession session, JobBook book)
{
    private readonly List<string> partials = [];

    /// <summary>Names a file for a picture that is not yet whole.</summary>
    public string PicturePath(int index)
    {
        partials.Add(PictureStore.PartialPath(book.Job.Output, book.Job.Id, index));
        return partials[^1];
    }

    /// <summary>Fetches every picture. Those that came before one that fails are told and written down all the same.</summary>
    public async Task ReceiveAsync(ImageResult result, CallScope scope, TimeSpan duration, CancellationToken cancellationToken)
    {
        var images = new List<NBImage>(result.Outputs.Count);
        try
        {
            foreach (ImageOutput output in result.Outputs)
            {
                StoredPicture? stored = book.Job.Output.NoDownload && output.File is null
                    ? null
                    : await StoreAsync(output, images.Count, scope, cancellationToken).ConfigureAwait(false);
                images.Add(Image(result, output, images.Count, stored, duration));
            }

            await book.WriteAsync(book.Job with { State = NBJobState.Received, Files = FilesOf(images) }).ConfigureAwait(false);
        }
        catch when (images.Count > 0 && images.Count < result.Outputs.Count)
        {
            await book.WriteAsync(book.Job with { Files = FilesOf(images) }).ConfigureAwait(false);
            throw;
        }
        finally
        {
            foreach (NBImage image in images) await context.PublishAsync(new ImageReceived(image)).ConfigureAwait(false);
        }
    }

    /// <summary>Takes away what never became whole.</summary>
    public void Clean()
    {
        foreach (string file in partials) File.Delete(file); // Gone already when it was given its name.
    }

    private static IReadOnlyList<string> FilesOf(List<NBImage> images) => [.. images.Select(image => image.Path).OfType<string>()];

    private async Task<StoredPicture> StoreAsync(ImageOutput output, int index, CallScope scope, CancellationToken cancellationToken)
    {
        string partial = output.File ?? PicturePath(index);
        if (output.File is null) await context.Downloader.FetchAsync(output.Uri!, partial, scope, cancellationToken).ConfigureAwait(false);
        StoredPicture stored = await PictureStore.KeepAsync(partial, book.Job, book.Job.Output, index, cancellationToken).ConfigureAwait(false);
        foreach (string warning in stored.Warnings) await context.LogAsync(LogLevel.Warning, warning).ConfigureAwait(false);
        if (TierWarning(stored.Header) is { } tier) await context.LogAsync(LogLevel.Warning, tier).ConfigureAwait(false);
        return stored;
    }

    private NBImage Image(ImageResult result, ImageOutput output, int index, StoredPicture? stored, TimeSpan duration) => new()
    {
        Path = stored?.Path,
        Uri = output.Uri,
        Provider = book.Job.Provider,
        Model = book.Job.Model,
        JobId = book.Job.Id,
        RemoteId = book.Job.Remote?.Id,
        Prompt = book.Job.Prompt,
        Index = index + (book.Job.Part?.Index ?? 0),
        Width = stored?.Header.Width ?? output.Width,
        Height = stored?.Header.Height ?? output.Height,
        Format = stored?.Header.Format ?? output.Format,
        Length = stored?.Length ?? output.Length,
        Seed = book.Job.Seed,
        Resolution = book.Job.ResolutionOrDefault.ToName(),
        AspectRatio = (book.Job.AspectRatio ?? default).ToString(),
        Cost = book.Job.UnitCost,
        CostSource = book.Job.UnitCost is null ? null : "Catalogue",
        Credits = result.Credits,
        ReportedCost = result.ReportedCost,
        Duration = duration,
        CreatedAt = book.Job.CreatedAt,
        ExpiresAt = session.Provider.Capabilities.Retention is { } kept ? book.Job.UpdatedAt + kept : null,
        Description = result.Description,
        Sandbox = book.Job.Sandbox,
    };

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
