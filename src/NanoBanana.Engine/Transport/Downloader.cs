using System.Buffers;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using NanoBanana.Engine.Imaging;
using Polly;

namespace NanoBanana.Engine.Transport;

/// <summary>
/// Fetches pictures: without a key, from public https addresses only, never more than the limit, straight to a file. A
/// download that breaks off goes on where it stopped when the server allows it.
/// </summary>
internal sealed class Downloader : IDisposable
{
    private const int MostRedirects = 5;
    private const int EnoughCuts = 3;
    private static readonly TimeSpan AttemptTimeout = TimeSpan.FromMinutes(5);

    private readonly HttpMessageInvoker http;
    private readonly ResiliencePipelines pipelines;
    private readonly TimeProvider timeProvider;
    private readonly long largest;

    public Downloader(HttpMessageHandler handler, ResiliencePipelines pipelines, TimeProvider timeProvider, long largest)
    {
        http = new HttpMessageInvoker(handler);
        this.pipelines = pipelines;
        this.timeProvider = timeProvider;
        this.largest = largest;
    }

    /// <summary>The handler for calls without a key: every connection goes through a <see cref="GuardedConnector"/>.</summary>
    /// <param name="allowLoopback">Whether a sandbox on loopback is spoken to.</param>
    /// <param name="network">How names become connections; null for this machine's way.</param>
    public static SocketsHttpHandler CreateHandler(bool allowLoopback, NetworkAccess? network = null)
    {
        NetworkAccess access = network ?? NetworkAccess.OfThisMachine;
        IWebProxy proxy = access.CreateProxy();
        return new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            Proxy = proxy,
            ConnectTimeout = TimeSpan.FromSeconds(15),
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            EnableMultipleHttp2Connections = true,
            ConnectCallback = new GuardedConnector(allowLoopback, access, proxy).ConnectAsync,
        };
    }

    /// <summary>Fetches an address into a file.</summary>
    /// <param name="uri">The address.</param>
    /// <param name="path">The file; must not exist. It is left there only when all went well.</param>
    /// <param name="scope">What surrounds the call.</param>
    /// <param name="cancellationToken">Ends the download.</param>
    /// <returns>The length in bytes.</returns>
    /// <exception cref="NBException">OutputExpired, UnsafeUrl, InvalidImageContent (too large), ProviderUnavailable.</exception>
    public async Task<long> FetchAsync(Uri uri, string path, CallScope scope, CancellationToken cancellationToken)
    {
        bool done = false;
        var file = new FileStream(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, bufferSize: 0, useAsync: true);
        try
        {
            await using (file.ConfigureAwait(false))
            {
                var download = new Download(uri, file, scope.Endpoint.IsLoopback);
                await FetchAsync(download, scope, cancellationToken).ConfigureAwait(false);
                done = true;
                if (download.Cuts == EnoughCuts && download.CutLength == file.Length) await scope.Log(LogLevel.Warning, $"{scope.Provider} sent a picture without its end, {EnoughCuts} times. It is kept as it came; look at it before you use it.").ConfigureAwait(false);
                return file.Length;
            }
        }
        finally
        {
            if (!done) File.Delete(path);
        }
    }

    public void Dispose() => http.Dispose();

    private async Task FetchAsync(Download download, CallScope scope, CancellationToken cancellationToken)
    {
        var call = new ApiCall(CallKind.Download, HttpMethod.Get, download.Uri) { Keyed = false, AttemptTimeout = AttemptTimeout };
        ResilienceContext context = ResilienceContextPool.Shared.Get(continueOnCapturedContext: false, cancellationToken);
        try
        {
            new AttemptState(call, scope).AttachTo(context);
            Outcome<ApiAnswer> outcome = await pipelines.For(scope.Provider, CallKind.Download).ExecuteOutcomeAsync(
                AttemptAsync,
                context,
                download).ConfigureAwait(false);

            if (outcome.Exception is { } failure)
            {
                if (cancellationToken.IsCancellationRequested || !RetryRules.IsTransient(failure)) throw RetryRules.Unwrap(failure);
                throw failure is NoImageException ? NoImage(scope, download.Uri, failure) : Unavailable(scope, download.Uri, failure.Message, failure);
            }

            if (outcome.Result is { IsSuccess: false } answer) throw Refused(scope, download.Uri, answer);
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }
    }

    private async ValueTask<Outcome<ApiAnswer>> AttemptAsync(ResilienceContext context, Download download)
    {
        try
        {
            using HttpResponseMessage response = await FollowAsync(download, context.CancellationToken).ConfigureAwait(false);
            bool hadAll = HadAll(download, response);
            if (response.IsSuccessStatusCode) await SaveAsync(download, response, context.CancellationToken).ConfigureAwait(false);
            if (response.IsSuccessStatusCode || hadAll) CheckImage(download);
            return Outcome.FromResult(new ApiAnswer
            {
                StatusCode = hadAll ? (int)HttpStatusCode.OK : (int)response.StatusCode,
                Body = ReadOnlyMemory<byte>.Empty,
                Headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase),
                RetryAfter = RetryRules.ReadRetryAfter(response, timeProvider.GetUtcNow()),
            });
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            return Outcome.FromException<ApiAnswer>(exception);
        }
    }

    private async Task<HttpResponseMessage> FollowAsync(Download download, CancellationToken cancellationToken)
    {
        Uri uri = download.Uri;
        for (int hop = 0; hop <= MostRedirects; hop++)
        {
            UrlGuard.Check(uri, download.AllowLoopback);
            using var request = new HttpRequestMessage(HttpMethod.Get, uri)
            {
                Version = HttpVersion.Version20,
                VersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
            };
            if (download.MayResume)
            {
                request.Headers.Range = new RangeHeaderValue(download.File.Length, to: null);
                request.Headers.IfRange = new RangeConditionHeaderValue(download.Tag!);
            }

            HttpResponseMessage response = await SendAsync(request, cancellationToken).ConfigureAwait(false);
            bool isRedirect = (int)response.StatusCode is 301 or 302 or 303 or 307 or 308;
            if (!isRedirect || response.Headers.Location is not { } location) return response;
            response.Dispose();
            if (!Uri.TryCreate(uri, location, out Uri? next))
            {
                throw new NBException(NBErrorId.UnsafeUrl, "The address of the picture redirects to what is no address; it was not followed.");
            }

            uri = next;
        }

        throw new NBException(NBErrorId.UnsafeUrl, $"The address of the picture redirects more than {MostRedirects} times; it was not followed.");
    }

    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            return await http.SendAsync(request, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw RetryRules.NotConnected(exception);
        }
    }

    private async Task SaveAsync(Download download, HttpResponseMessage response, CancellationToken cancellationToken)
    {
        bool isPart = response.StatusCode == HttpStatusCode.PartialContent;
        bool resumes = isPart && response.Content.Headers.ContentRange?.From == download.File.Length;
        if (!resumes) download.File.SetLength(0);
        if (isPart && !resumes) throw new BrokenAnswerException("the server sent another part of the picture than the one asked for");
        download.File.Seek(0, SeekOrigin.End);
        long? expected = download.File.Length + response.Content.Headers.ContentLength;
        if (expected > largest) throw TooLarge();
        (Stream body, bool wasPacked) = resumes
            ? (await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false), false)
            : await AnswerEncoding.OpenAsync(response.Content, cancellationToken).ConfigureAwait(false);
        if (wasPacked) expected = null; // Neither the length nor a part of it is that of the image.
        if (!resumes) download.Tag = !wasPacked && response.Headers.ETag is { IsWeak: false } tag ? tag : null;
        byte[] buffer = ArrayPool<byte>.Shared.Rent(64 * 1024);
        try
        {
            await using (body.ConfigureAwait(false))
            {
                int read;
                while ((read = await body.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0)
                {
                    if (download.File.Length + read > largest) throw TooLarge();
                    await WriteAsync(download.File, buffer.AsMemory(0, read), cancellationToken).ConfigureAwait(false);
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        if (expected is { } length && download.File.Length != length)
        {
            throw new BrokenAnswerException($"the download broke off after {download.File.Length:N0} of {length:N0} bytes");
        }
    }

    /// <summary>Whether there was nothing left to ask for: the first answer announced more bytes than the picture has.</summary>
    /// <exception cref="BrokenAnswerException">The server refuses the part that was asked for; the next attempt begins anew.</exception>
    private static bool HadAll(Download download, HttpResponseMessage response)
    {
        if (response.StatusCode != HttpStatusCode.RequestedRangeNotSatisfiable || !download.MayResume) return false;
        if (response.Content.Headers.ContentRange?.Length == download.File.Length) return true;
        download.Restart();
        throw new BrokenAnswerException("the server does not have the part of the picture that was asked for");
    }

    /// <summary>What is no image may be the page of somebody in between, and is fetched anew.</summary>
    /// <exception cref="NoImageException">What came is no image.</exception>
    /// <exception cref="BrokenAnswerException">The image lacks its end.</exception>
    private static void CheckImage(Download download)
    {
        if (ContentDescription.OfOther(download.File) is { } other)
        {
            download.Restart();
            throw new NoImageException(other);
        }

        CheckEnd(download);
    }

    /// <summary>A picture without its end is fetched anew. One that comes without it again and again is all there is, and is kept.</summary>
    private static void CheckEnd(Download download)
    {
        if (ImageTail.IsWhole(download.File)) return;
        long length = download.File.Length;
        download.Cuts = length == download.CutLength ? download.Cuts + 1 : 1;
        download.CutLength = length;
        if (download.Cuts == EnoughCuts) return;
        download.Restart();
        throw new BrokenAnswerException($"the picture breaks off after {length:N0} bytes");
    }

    /// <summary>A disk that is full does not get emptier by asking the provider again.</summary>
    private static async ValueTask WriteAsync(FileStream file, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        try
        {
            await file.WriteAsync(bytes, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or ArgumentOutOfRangeException)
        {
            // The second is .NET's word for a file that the system lets grow no further (EFBIG).
            throw new NBException(
                NBErrorId.OutputWriteFailed,
                $"The picture was made, but could not be written ({exception.Message}). It is paid for: free some space before you fetch it again.",
                exception);
        }
    }

    private NBException TooLarge() =>
        new(NBErrorId.InvalidImageContent, $"The picture has more than {largest:N0} bytes; the download was stopped.");

    private static NBException Refused(CallScope scope, Uri uri, ApiAnswer answer)
    {
        if (answer.StatusCode is 403 or 404 or 410)
        {
            return new NBException(
                NBErrorId.OutputExpired,
                $"{scope.Provider} made the picture, but the image URL returned {answer.StatusCode}. Receive-NBJob asks for it again; where that is of no use, only a new request brings a new picture.")
            { Provider = scope.Provider, StatusCode = answer.StatusCode };
        }

        string pause = answer.RetryAfter > TimeSpan.Zero ? string.Create(CultureInfo.InvariantCulture, $" and asks to wait {answer.RetryAfter.Value.TotalSeconds:0} s") : string.Empty;
        return Unavailable(scope, uri, $"it answered {answer.StatusCode}{pause}", null);
    }

    private static NBException NoImage(CallScope scope, Uri uri, Exception failure) => new(
        NBErrorId.InvalidImageContent,
        $"The image was made, but {uri.GetLeftPart(UriPartial.Path)} sent {failure.Message}. It is paid for: do not order it again.",
        failure)
    { Provider = scope.Provider };

    private static NBException Unavailable(CallScope scope, Uri uri, string why, Exception? inner) => new(
        NBErrorId.ProviderUnavailable,
        $"The picture was made, but could not be downloaded from {scope.Provider} ({why}). It is paid for: do not order it again, fetch it from {uri.GetLeftPart(UriPartial.Path)}.",
        inner)
    { Provider = scope.Provider };

    private sealed class Download(Uri uri, FileStream file, bool allowLoopback)
    {
        public Uri Uri { get; } = uri;

        public FileStream File { get; } = file;

        public bool AllowLoopback { get; } = allowLoopback;

        /// <summary>The strong tag of what was received so far; without one a second part might be of another picture.</summary>
        public EntityTagHeaderValue? Tag { get; set; }

        public bool MayResume => Tag is not null && File.Length > 0;

        /// <summary>The length of the picture that came without its end; null while none did.</summary>
        public long? CutLength { get; set; }

        /// <summary>How often it came so.</summary>
        public int Cuts { get; set; }

        public void Restart()
        {
            Tag = null;
            File.SetLength(0);
            File.Position = 0;
        }
    }
}
