using System.Text.Json;
using NanoBanana.Engine.Providers;
using NanoBanana.Engine.Requests;
using NanoBanana.Engine.Transport;

namespace NanoBanana.Engine.Jobs;

/// <summary>The calls to one provider, with one key: what the provider says to send goes out through the transport, and back.</summary>
/// <param name="provider">The provider.</param>
/// <param name="endpoint">Its hosts.</param>
/// <param name="key">The key; null where only anonymous calls will be made.</param>
/// <param name="client">The transport.</param>
internal sealed class ProviderSession(IImageProvider provider, ProviderEndpoint endpoint, SecretKey? key, ApiClient client)
{
    private const int MostPages = 100;
    private static readonly TimeSpan StreamIdle = TimeSpan.FromSeconds(60);

    public IImageProvider Provider { get; } = provider;

    public ProviderEndpoint Endpoint { get; } = endpoint;

    /// <summary>What surrounds the calls of one job.</summary>
    public CallScope Scope(int maximumRetryCount, TimeSpan total, Func<LogLevel, string, ValueTask> log, Func<int, string>? picturePath, CancellationToken stopping = default) => new()
    {
        Provider = Provider.Capabilities.Provider,
        Endpoint = Endpoint,
        Normalise = Provider.Normalise,
        Authorize = headers => Provider.Authorize(headers, (key ?? throw new InvalidOperationException("A call that needs a key was made without one.")).Reveal()),
        MaximumRetryCount = maximumRetryCount,
        TotalTime = total,
        Deadline = client.DeadlineIn(total),
        Log = log,
        PicturePath = picturePath,
        Stopping = stopping,
    };

    /// <summary>Makes the job. What is not certainly refused, and not certainly taken, ends as SubmitOutcomeUnknown.</summary>
    /// <param name="call">The submit, as the provider made it.</param>
    /// <param name="request">The request; of one that is sent again later only what is in the journal.</param>
    /// <param name="scope">What surrounds the call.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <param name="onTaken">Is called when the answer tells that the job was begun, whatever came of it.</param>
    public Task<Submission> SubmitAsync(ApiCall call, ImageRequest request, CallScope scope, CancellationToken cancellationToken, Action? onTaken = null) =>
        client.SendAsync(
            call,
            scope,
            answer =>
            {
                // A synchronous call is answered when the job has ended: also an error of the model's own comes after its work.
                if (answer.IsSuccess || (call.IsSynchronous && answer.StatusCode is >= 500 and not 503)) onTaken?.Invoke();
                return ReadSubmission(request, call, answer);
            },
            Provider.IsFinal,
            cancellationToken);

    /// <summary>Lists what may be a submit whose answer was lost, all pages of it.</summary>
    /// <returns>What may be it, each once; null when the list is too long to be read to its end.</returns>
    public async Task<IReadOnlyList<RemoteJob>?> FindSubmitsAsync(ApiCall call, LostSubmit lost, CallScope scope, CancellationToken cancellationToken)
    {
        // What is ordered meanwhile pushes the others down: one that stood at the end of a page may come again.
        var found = new Dictionary<string, RemoteJob>(StringComparer.Ordinal);
        ApiCall? next = call;
        for (int page = 0; next is not null; page++)
        {
            if (page == MostPages) return null;
            SubmitPage read = await SendAsync(next, scope, answer => Provider.ReadSubmits(lost, answer), cancellationToken).ConfigureAwait(false);
            foreach (RemoteJob job in read.Jobs) found[job.Id] = job;
            next = read.Next;
        }

        return [.. found.Values];
    }

    /// <summary>Asks how a job stands.</summary>
    public Task<RemoteStatus> StatusAsync(RemoteJob job, CallScope scope, CancellationToken cancellationToken) =>
        SendAsync(Provider.Status(job), scope, Provider.ReadStatus, cancellationToken);

    /// <summary>Fetches the pictures' addresses.</summary>
    public Task<ImageResult> ResultAsync(ApiCall call, CallScope scope, CancellationToken cancellationToken) =>
        SendAsync(call, scope, Provider.ReadResult, cancellationToken);

    /// <summary>Cancels a job.</summary>
    public Task<CancelOutcome> CancelAsync(ApiCall call, CallScope scope, CancellationToken cancellationToken) =>
        client.SendAsync(call, scope, ReadCancel, Provider.IsFinal, cancellationToken);

    /// <summary>Sends a file.</summary>
    /// <returns>The address to name in requests.</returns>
    public async Task<string> UploadAsync(LocalPicture file, CallScope scope, CancellationToken cancellationToken)
    {
        ApiCall call = Provider.Upload(file)
            ?? throw new InvalidOperationException($"{Provider.Capabilities.Provider} takes no files; the validator should have said so.");
        UploadTarget target = await SendAsync(call, scope, Provider.ReadUpload, cancellationToken).ConfigureAwait(false);
        if (target.PutUri is null) return target.FileUri;
        var put = new ApiCall(CallKind.Upload, HttpMethod.Put, target.PutUri)
        {
            Keyed = false,
            AttemptTimeout = TimeSpan.FromMinutes(5),
            Content = () => FileContents.Open(file),
        };
        return await SendAsync(put, scope, _ => target.FileUri, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Makes the free call that only a good key gets through.</summary>
    /// <exception cref="NBException">The provider does not accept the key, or cannot be asked.</exception>
    public Task CheckKeyAsync(ApiCall call, CallScope scope, CancellationToken cancellationToken) =>
        SendAsync(call, scope, static answer => answer.StatusCode, cancellationToken);

    /// <summary>Asks for prices.</summary>
    public Task<LivePrice?> PricesAsync(ApiCall call, CallScope scope, Func<ApiAnswer, LivePrice?> read, CancellationToken cancellationToken) =>
        SendAsync(call, scope, read, cancellationToken);

    /// <summary>Listens to a job.</summary>
    /// <exception cref="BrokenAnswerException">The stream was refused, or broke off.</exception>
    public async IAsyncEnumerable<RemoteStatus> ListenAsync(
        ApiCall call, CallScope scope, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (ReadOnlyMemory<byte> data in client.ListenAsync(call, scope, StreamIdle, cancellationToken).ConfigureAwait(false))
        {
            RemoteStatus status;
            try
            {
                status = Provider.ReadStatus(data);
            }
            catch (JsonException exception)
            {
                throw new BrokenAnswerException("the status stream cannot be understood", exception);
            }

            yield return status;
        }
    }

    private Task<T> SendAsync<T>(ApiCall call, CallScope scope, Func<ApiAnswer, T> read, CancellationToken cancellationToken) =>
        client.SendAsync(
            call,
            scope,
            answer => answer.IsSuccess ? read(answer) : throw ReadError(answer, call.Kind),
            Provider.IsFinal,
            cancellationToken);

    private CancelOutcome ReadCancel(ApiAnswer answer)
    {
        try
        {
            return Provider.ReadCancel(answer);
        }
        catch (JsonException)
        {
            throw ReadError(answer, CallKind.Cancel);
        }
    }

    private Submission ReadSubmission(ImageRequest request, ApiCall call, ApiAnswer answer)
    {
        // The addresses inside are checked when they are used: the job was taken, and its id must be written down in any case.
        if (answer.IsSuccess) return ReadTaken(request, answer);

        NBException error = ReadError(answer, call.Kind);
        bool wasNotTaken = answer.StatusCode is 429 or 301 or 307 or 308 || (answer.StatusCode == 503 && answer.RetryAfter is not null);
        if (wasNotTaken || Provider.IsDefiniteRefusal(answer, call)) throw error;
        throw new NBException(NBErrorId.SubmitOutcomeUnknown, $"{Provider.Capabilities.Provider}: the submit failed in a way that leaves it open if a job was made ({error.ProviderMessage ?? $"status {answer.StatusCode}"}).", error)
        {
            Provider = error.Provider,
            StatusCode = error.StatusCode,
            RequestId = error.RequestId,
            ProviderErrorType = error.ProviderErrorType,
        };
    }

    /// <summary>A good status without a job: where the words say that none was made, they are the error; else it stays open.</summary>
    private Submission ReadTaken(ImageRequest request, ApiAnswer answer)
    {
        try
        {
            return Provider.ReadSubmission(request, answer);
        }
        catch (JsonException exception)
        {
            if (answer.Pictures.Count > 0) throw;
            ErrorWords words = ErrorWords.Read(answer.Body);
            if (ProviderErrors.ByWords(words) is { } id)
            {
                NBException error = Provider.ReadError(answer with { StatusCode = ProviderErrors.StatusOf(id) }, CallKind.Submit);
                throw error.ErrorId == id ? error : new NBException(id, error.Message, exception) { Provider = error.Provider, StatusCode = error.StatusCode, RequestId = error.RequestId, ProviderErrorType = error.ProviderErrorType, ProviderMessage = error.ProviderMessage };
            }

            throw new BrokenAnswerException($"it answered {answer.StatusCode} without a job: {ProviderErrors.Describe(words, answer)}", exception);
        }
    }

    private NBException ReadError(ApiAnswer answer, CallKind kind)
    {
        if (answer.StatusCode is >= 300 and < 400)
        {
            return new NBException(
                NBErrorId.UnsafeUrl,
                $"{Provider.Capabilities.Provider} answered with a redirect ({answer.StatusCode}). A call with a key follows none; check {Provider.Capabilities.BaseUriVariable} if it is set.")
            { Provider = Provider.Capabilities.Provider, StatusCode = answer.StatusCode };
        }

        return Provider.ReadError(answer, kind);
    }
}
