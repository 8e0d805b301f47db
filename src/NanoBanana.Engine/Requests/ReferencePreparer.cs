using System.Collections.Concurrent;
using System.Security.Cryptography;
using NanoBanana.Engine.Imaging;
using NanoBanana.Engine.Jobs;
using NanoBanana.Engine.Transport;

namespace NanoBanana.Engine.Requests;

/// <summary>Makes addresses of references. Each file is sent once in a run, however often and under however many names it is used.</summary>
internal sealed class ReferencePreparer
{
    private readonly ConcurrentDictionary<(string Provider, string Content), Lazy<Task<string>>> uploads = new();

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
    /// <returns>An address for each reference, in order.</returns>
    public async Task<IReadOnlyList<string>> PrepareAsync(
        ImageRequest request, ProviderSession session, CallScope scope, CancellationToken cancellationToken)
    {
        if (request.References.Count == 0) return [];
        return await Task.WhenAll(request.References.Select(r => AddressAsync(r, session, scope, cancellationToken))).ConfigureAwait(false);
    }

    private async Task<string> AddressAsync(ReferenceImage reference, ProviderSession session, CallScope scope, CancellationToken cancellationToken)
    {
        if (reference.Path is not { } path) return reference.Address!;
        (string Provider, string Content) key = (scope.Provider, await HashAsync(path, cancellationToken).ConfigureAwait(false));
        Lazy<Task<string>> upload = uploads.GetOrAdd(key, _ => new Lazy<Task<string>>(() => UploadAsync(path, session, scope, cancellationToken)));
        try
        {
            return await upload.Value.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            uploads.TryRemove(new(key, upload)); // The next request may have more luck.
            throw;
        }
    }

    private static async Task<string> UploadAsync(string path, ProviderSession session, CallScope scope, CancellationToken cancellationToken)
    {
        ImageHeader? header = await ReadHeaderAsync(path, cancellationToken).ConfigureAwait(false);
        string mediaType = "image/" + (header?.Format ?? ImageFormat.Png).ToName();
        await scope.Log(LogLevel.Verbose, $"{scope.Provider}: sending the reference '{path}'").ConfigureAwait(false);
        return await session.UploadAsync(path, mediaType, scope, cancellationToken).ConfigureAwait(false);
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
        var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, useAsync: true);
        await using (stream.ConfigureAwait(false))
        {
            return Convert.ToHexString(await SHA256.HashDataAsync(stream, cancellationToken).ConfigureAwait(false));
        }
    }
}
