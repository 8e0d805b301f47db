using System.Collections.Concurrent;
using System.Security.Cryptography;
using NanoBanana.Engine.Imaging;
using NanoBanana.Engine.Jobs;
using NanoBanana.Engine.Providers;
using NanoBanana.Engine.Transport;

namespace NanoBanana.Engine.Requests;

/// <summary>Makes addresses of references. Each file is sent once in a run, however often and under however many names it is used.</summary>
/// <param name="stopping">Ends the uploads: each serves several jobs, and the time of one must not end it for the others.</param>
internal sealed class ReferencePreparer(CancellationToken stopping)
{
    private readonly ConcurrentDictionary<string, Lazy<Task<string>>> uploads = new(StringComparer.Ordinal);

    /// <summary>Looks at the files before anything is sent.</summary>
    /// <exception cref="NBException">InvalidImageContent: no PNG, JPEG or WebP by its first bytes.</exception>
    public static async Task CheckAsync(ImageRequest request, CancellationToken cancellationToken)
    {
        foreach (ReferenceImage reference in request.References)
        {
            if (reference.Path is not { } path || await ReadHeaderAsync(path, cancellationToken).ConfigureAwait(false) is not null) continue;
            throw new NBException(
                NBErrorId.InvalidImageContent,
                $"The reference '{path}' is no PNG, JPEG or WebP: its first bytes say so, whatever its name is. Convert it first.")
            { Parameter = "Image" };
        }
    }

    /// <summary>Sends what must be sent.</summary>
    /// <param name="request">The validated request.</param>
    /// <param name="session">The provider that files are sent to.</param>
    /// <param name="scope">What surrounds the calls to it.</param>
    /// <param name="inline">Whether files travel inside the submit instead.</param>
    /// <param name="cancellationToken">Ends the sending.</param>
    /// <returns>Each reference as the provider can take it, in order.</returns>
    public async Task<IReadOnlyList<PreparedReference>> PrepareAsync(
        ImageRequest request, ProviderSession session, CallScope scope, bool inline, CancellationToken cancellationToken)
    {
        if (request.References.Count == 0) return [];
        return await Task.WhenAll(request.References.Select(r => PrepareAsync(r, session, scope, inline, cancellationToken))).ConfigureAwait(false);
    }

    private async Task<PreparedReference> PrepareAsync(
        ReferenceImage reference, ProviderSession session, CallScope scope, bool inline, CancellationToken cancellationToken)
    {
        if (reference.Path is not { } path) return reference.Address!;
        LocalPicture file = await DescribeAsync(path, cancellationToken).ConfigureAwait(false);
        if (inline) return new PreparedReference(Address: null, file);
        string key = $"{scope.Provider} {await HashAsync(path, cancellationToken).ConfigureAwait(false)}";
        Lazy<Task<string>> upload = uploads.GetOrAdd(key, _ => new Lazy<Task<string>>(() => UploadAsync(file, session, scope, stopping)));
        try
        {
            return await upload.Value.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch when (upload.Value.IsFaulted || upload.Value.IsCanceled)
        {
            uploads.TryRemove(new(key, upload)); // The next request may have more luck.
            throw;
        }
    }

    private static async Task<LocalPicture> DescribeAsync(string path, CancellationToken cancellationToken)
    {
        ImageHeader? header = await ReadHeaderAsync(path, cancellationToken).ConfigureAwait(false);
        return new LocalPicture(path, "image/" + (header?.Format ?? ImageFormat.Png).ToName());
    }

    private static async Task<string> UploadAsync(LocalPicture file, ProviderSession session, CallScope scope, CancellationToken cancellationToken)
    {
        await scope.Log(LogLevel.Verbose, $"{scope.Provider}: sending the reference '{file.Path}'").ConfigureAwait(false);
        return await session.UploadAsync(file, scope, cancellationToken).ConfigureAwait(false);
    }

    private static async Task<ImageHeader?> ReadHeaderAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            return await ImageHeader.ReadFileAsync(path, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new NBException(NBErrorId.InvalidRequest, $"The reference '{path}' cannot be read: {exception.Message}", exception) { Parameter = "Image" };
        }
    }

    private static async Task<string> HashAsync(string path, CancellationToken cancellationToken)
    {
        FileStream stream = FileContents.OpenStream(path);
        await using (stream.ConfigureAwait(false))
        {
            return Convert.ToHexString(await SHA256.HashDataAsync(stream, cancellationToken).ConfigureAwait(false));
        }
    }
}
