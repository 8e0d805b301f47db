using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Polly;
using Polly.CircuitBreaker;

namespace NanoBanana.Engine.Transport;

/// <summary>
/// Sends calls: the key only to the provider's own hosts, no redirects, each attempt a new message, repeats as
/// <see cref="RetryRules"/> says.
/// </summary>
internal sealed class ApiClient : IDisposable
{
    private const int LongestQuote = 200;

    private readonly HttpMessageInvoker keyed;
    private readonly HttpMessageInvoker unkeyed;
    private readonly ResiliencePipelines pipelines;
    private readonly TimeProvider timeProvider;
    private readonly AnswerReader answers;

    /// <summary>Makes a client.</summary>
    /// <param name="keyed">Carries the calls with a key; see <see cref="CreateHandler"/>.</param>
    /// <param name="unkeyed">Carries the calls without one, to signed addresses; guarded like downloads. Not disposed of.</param>
    /// <param name="pipelines">What repeats calls.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="largestPicture">The most bytes of a picture inside an answer.</param>
    public ApiClient(
        HttpMessageHandler keyed, HttpMessageHandler unkeyed, ResiliencePipelines pipelines, TimeProvider timeProvider, long largestPicture)
    {
        this.keyed = new HttpMessageInvoker(keyed);
        this.unkeyed = new HttpMessageInvoker(unkeyed, disposeHandler: false);
        this.pipelines = pipelines;
        this.timeProvider = timeProvider;
        answers = new AnswerReader(timeProvider, largestPicture);
    }

    /// <summary>The handler for calls with a key: no redirects, no cookies.</summary>
    /// <param name="network">Which proxy is asked; null for this machine's. Its resolver is not used: these calls go to known hosts only.</param>
    public static SocketsHttpHandler CreateHandler(NetworkAccess? network = null) => new()
    {
        Proxy = (network ?? NetworkAccess.OfThisMachine).CreateProxy(),
        AllowAutoRedirect = false,
        UseCookies = false,
        ConnectTimeout = TimeSpan.FromSeconds(15),
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        EnableMultipleHttp2Connections = true,
    };

    /// <summary>When a time that begins now is over.</summary>
    public DateTimeOffset DeadlineIn(TimeSpan time)
    {
        DateTimeOffset now = timeProvider.GetUtcNow();
        bool isEndless = time == Timeout.InfiniteTimeSpan || time >= DateTimeOffset.MaxValue - now;
        return isEndless ? DateTimeOffset.MaxValue : now + time;
    }

    /// <summary>Sends a call and reads its answer.</summary>
    /// <typeparam name="T">What a good answer is read into.</typeparam>
    /// <param name="call">The call.</param>
    /// <param name="scope">What surrounds it.</param>
    /// <param name="read">
    /// Reads an answer; JSON that it cannot read counts as a broken answer. It sees every answer, also 4xx and 5xx, once no
    /// repeat is due, and throws the provider's error for those.
    /// </param>
    /// <param name="isFinal">Whether an error answer is the last word though its status looks transient.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="NBException">SubmitOutcomeUnknown, ProviderUnavailable, UnsafeUrl, or what <paramref name="read"/> throws.</exception>
    public async Task<T> SendAsync<T>(
        ApiCall call, CallScope scope, Func<ApiAnswer, T> read, Func<ApiAnswer, bool> isFinal, CancellationToken cancellationToken)
    {
        var state = new AttemptState(call, scope);
        T? value = default;
        using AttemptGate? gate = state.IsSubmit ? new AttemptGate(scope.Stopping, cancellationToken) : null;
        CancellationToken ended = gate?.Token ?? cancellationToken;
        ResilienceContext context = ResilienceContextPool.Shared.Get(continueOnCapturedContext: false, ended);
        try
        {
            state.AttachTo(context);
            Outcome<ApiAnswer> outcome = await pipelines.For(scope.Provider, call.Kind).ExecuteOutcomeAsync(
                async (inner, attempt) =>
                {
                    if (gate?.TryBegin() == false) return Outcome.FromException<ApiAnswer>(new OperationCanceledException(gate.Token));
                    attempt.Begin();
                    try
                    {
                        ApiAnswer answer = scope.Normalise(await AttemptAsync(attempt, inner.CancellationToken).ConfigureAwait(false));
                        attempt.IsFinal = !answer.IsSuccess && isFinal(answer);
                        if (answer.IsSuccess) value = ReadSafely(answer, read);
                        else End(attempt, answer);
                        return Outcome.FromResult(answer);
                    }
                    catch (Exception exception) when (exception is not OutOfMemoryException)
                    {
                        End(attempt, answer: null);
                        return Outcome.FromException<ApiAnswer>(exception);
                    }
                },
                context,
                state).ConfigureAwait(false);
            if (outcome.Exception is { } failure) throw Explain(RetryRules.Unwrap(failure), state, ended);
            return outcome.Result!.IsSuccess ? value! : ReadRefusal(outcome.Result, state, read);
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }

        void End(AttemptState attempt, ApiAnswer? answer)
        {
            attempt.EndWithout(answer);
            gate?.End(attempt.MayHaveBeenTaken);
        }
    }

    /// <summary>Listens to server-sent events; ends when the server ends.</summary>
    /// <param name="call">The call.</param>
    /// <param name="scope">What surrounds it.</param>
    /// <param name="idle">After so long without a byte the stream counts as broken.</param>
    /// <param name="cancellationToken">Ends the listening.</param>
    /// <returns>The data of each event.</returns>
    /// <exception cref="BrokenAnswerException">Refused, broken off, silent, or no event stream.</exception>
    public async IAsyncEnumerable<ReadOnlyMemory<byte>> ListenAsync(
        ApiCall call, CallScope scope, TimeSpan idle, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using HttpRequestMessage request = CreateRequest(new AttemptState(call, scope));
        using var idleTimer = new CancellationTokenSource(idle, timeProvider);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, idleTimer.Token);
        using HttpResponseMessage response = await GuardStreamAsync(() => keyed.SendAsync(request, linked.Token), cancellationToken).ConfigureAwait(false);
        if (!response.IsSuccessStatusCode || response.Content.Headers.ContentType?.MediaType != "text/event-stream")
        {
            throw new BrokenAnswerException($"the status stream was refused ({(int)response.StatusCode})");
        }

        (Stream body, _) = await GuardStreamAsync(() => AnswerEncoding.OpenTextAsync(response.Content, linked.Token), cancellationToken).ConfigureAwait(false);
        await using (body.ConfigureAwait(false))
        {
            var reader = new SseReader(body);
            while (true)
            {
                idleTimer.CancelAfter(idle);
                SseEvent next = await GuardStreamAsync(() => reader.ReadAsync(linked.Token), cancellationToken).ConfigureAwait(false);
                if (next.IsEnd) yield break;
                if (!next.Data.IsEmpty) yield return next.Data;
            }
        }
    }

    public void Dispose()
    {
        keyed.Dispose();
        unkeyed.Dispose();
    }

    private static async Task<T> GuardStreamAsync<T>(Func<Task<T>> step, CancellationToken cancellationToken)
    {
        try
        {
            return await step().ConfigureAwait(false);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new BrokenAnswerException("the status stream fell silent", exception);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            throw new BrokenAnswerException("the status stream broke off", exception);
        }
    }

    private async Task<ApiAnswer> AttemptAsync(AttemptState state, CancellationToken cancellationToken)
    {
        using HttpRequestMessage request = CreateRequest(state);
        var tracked = request.Content as TrackedContent;
        long started = timeProvider.GetTimestamp();
        string outcome = "no answer";
        (state.BodyStarted, state.IsAnswered, state.WasAnswered) = (false, false, false);
        try
        {
            using HttpResponseMessage response = await (state.Call.Keyed ? keyed : unkeyed).SendAsync(request, cancellationToken).ConfigureAwait(false);
            outcome = ((int)response.StatusCode).ToString(CultureInfo.InvariantCulture);
            (state.IsAnswered, state.WasAnswered) = (true, true);
            ApiAnswer answer = await answers.ReadAsync(response, state.Call, state.Scope, cancellationToken).ConfigureAwait(false);
            state.IsAnswered = false;
            return answer;
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw RetryRules.NotConnected(exception);
        }
        finally
        {
            // A submit without a body counts as started: nothing tells us that it did not leave.
            state.BodyStarted = tracked?.Started ?? true;
            TimeSpan time = timeProvider.GetElapsedTime(started);
            await state.Scope.Log(
                LogLevel.Debug,
                string.Create(CultureInfo.InvariantCulture, $"{request.Method} {request.RequestUri?.AbsoluteUri} -> {outcome}, {time.TotalMilliseconds:0} ms")).ConfigureAwait(false);
        }
    }

    private static HttpRequestMessage CreateRequest(AttemptState state)
    {
        (ApiCall call, CallScope scope) = (state.Call, state.Scope);
        Uri uri = call.Keyed ? scope.Endpoint.Resolve(call.Uri) : call.Uri;
        if (call.Keyed) scope.Endpoint.RequireTrusted(uri);
        else UrlGuard.Check(uri, scope.Endpoint.IsLoopback);

        var request = new HttpRequestMessage(call.Method, uri)
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
            Content = call.Content is null ? null : new TrackedContent(call.Content(), call.BeforeBody),
        };
        foreach ((string name, string value) in call.Headers) request.Headers.TryAddWithoutValidation(name, value);
        request.Headers.TryAddWithoutValidation("User-Agent", "NanoBanana-PowerShell");
        if (call is { Keyed: true, Anonymous: false }) scope.Authorize(request.Headers);
        return request;
    }

    private static T ReadSafely<T>(ApiAnswer answer, Func<ApiAnswer, T> read)
    {
        try
        {
            return read(answer);
        }
        catch (Exception exception) when (exception is JsonException or FormatException or InvalidOperationException or KeyNotFoundException)
        {
            foreach (string picture in answer.Pictures) File.Delete(picture);
            string what = NotUnderstood(answer);
            throw new BrokenAnswerException($"it answered {answer.StatusCode} with {what}", exception);
        }
    }

    /// <summary>What came in the place of an answer, as far as it helps to know.</summary>
    private static string NotUnderstood(ApiAnswer answer)
    {
        string text = System.Text.Encoding.UTF8.GetString(answer.Body.Span[..Math.Min(answer.Body.Length, LongestQuote)]).Trim('\uFEFF', '\0', ' ', '\t', '\r', '\n');
        if (text.Length == 0) return "nothing";
        if (answer.ContentType == "text/html" || text[0] == '<') return $"an HTML page instead of JSON: {text}";
        return $"what cannot be understood: {text}";
    }

    /// <summary>A refusal says nothing about an attempt before it whose answer was lost.</summary>
    private static T ReadRefusal<T>(ApiAnswer answer, AttemptState state, Func<ApiAnswer, T> read)
    {
        try
        {
            return read(answer);
        }
        catch (NBException error) when (state.IsSubmit && state.EarlierMayHaveBeenTaken)
        {
            throw new NBException(
                NBErrorId.SubmitOutcomeUnknown,
                $"{state.Scope.Provider}: the answer to the submit was lost, and asking again was refused ({error.ProviderMessage ?? error.Message}).",
                error)
            { Provider = state.Scope.Provider, StatusCode = error.StatusCode, RequestId = error.RequestId, ProviderErrorType = error.ProviderErrorType };
        }
    }

    private static Exception Explain(Exception failure, AttemptState state, CancellationToken cancellationToken)
    {
        string provider = state.Scope.Provider;
        bool wasStopped = cancellationToken.IsCancellationRequested;

        // What an answer to a submit tells may be a paid picture: whatever kept us from reading it says nothing about that.
        bool isLost = state is { IsSubmit: true, IsAnswered: true };
        bool isOpen = state is { IsSubmit: true, MayHaveBeenTaken: true } && failure is NBException { ErrorId: NBErrorId.RateLimited };
        if (!isLost && !isOpen && (failure is NBException || (!wasStopped && !RetryRules.IsTransient(failure)))) return failure;
        if (state.IsSubmit && state.MayHaveBeenTaken)
        {
            string reason = wasStopped ? "its time was over before an answer came" : Reason(failure);
            return new NBException(NBErrorId.SubmitOutcomeUnknown, $"{provider}: the answer to the submit was lost ({reason}).", failure) { Provider = provider };
        }

        if (wasStopped) return failure;

        string message = state.WasAnswered || failure is BrokenAnswerException
            ? $"{provider} answered the {state.Call.Kind} call, but not as it should: {Reason(failure)}."
            : failure is BrokenCircuitException
                ? $"{provider} failed many times in a row; calls are held back for some seconds. Try again later."
                : $"{provider} could not be reached for the {state.Call.Kind} call ({Reason(failure)}). Check the network, or try again later.";
        return new NBException(NBErrorId.ProviderUnavailable, message, failure) { Provider = provider };
    }

    private static string Reason(Exception failure) => failure switch
    {
        BrokenCircuitException => "it failed many times in a row; calls are held back for some seconds",
        Polly.Timeout.TimeoutRejectedException => "no answer in time",
        HttpRequestException { InnerException: { } inner } http => $"{http.HttpRequestError}: {inner.Message}",
        _ => failure.Message,
    };
}
