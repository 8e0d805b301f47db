using System.Collections.Concurrent;
using Polly;
using Polly.CircuitBreaker;
using Polly.Retry;
using Polly.Timeout;

namespace NanoBanana.Engine.Transport;

/// <summary>
/// One pipeline for each provider and kind of call, built at its first use and reused: concurrency limit, total time, retry,
/// the pause that its host asked for, the provider's circuit breaker, time for one attempt.
/// </summary>
internal sealed class ResiliencePipelines(TimeProvider timeProvider)
{
    private const int MostConcurrentCalls = 256;
    private static readonly TimeSpan LongestBackoff = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<string, ResiliencePipeline<ApiAnswer>> pipelines = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, SharedState> shared = new(StringComparer.Ordinal);

    /// <summary>The pipeline for a kind of call to a provider.</summary>
    public ResiliencePipeline<ApiAnswer> For(string provider, CallKind kind) => pipelines.GetOrAdd($"{provider} {kind.ToString()}", _ => Build(provider, kind));

    /// <summary>Whether a provider failed so often just now that its calls are held back.</summary>
    public bool IsBroken(string provider) => shared.TryGetValue(provider, out SharedState? state) && state.Circuit.CircuitState is CircuitState.Open or CircuitState.Isolated;

    private ResiliencePipeline<ApiAnswer> Build(string provider, CallKind kind)
    {
        SharedState state = shared.GetOrAdd(provider, _ => SharedState.Make(timeProvider));
        return new ResiliencePipelineBuilder<ApiAnswer> { TimeProvider = timeProvider }
            .AddStrategy(_ => new ConcurrencyLimitStrategy(state.Calls), new PlainOptions("ConcurrencyLimit"))
            .AddTimeout(new TimeoutStrategyOptions { TimeoutGenerator = static args => new(AttemptState.Of(args.Context).Scope.TotalTime) })
            .AddRetry(RetryOptions(kind))
            .AddStrategy(_ => new PauseStrategy(state, timeProvider), new PlainOptions("Pause"))
            .AddPipeline(state.Breaker)
            .AddTimeout(new TimeoutStrategyOptions { TimeoutGenerator = static args => new(AttemptState.Of(args.Context).Call.AttemptTimeout) })
            .Build();
    }

    private RetryStrategyOptions<ApiAnswer> RetryOptions(CallKind kind) => new()
    {
        MaxRetryAttempts = int.MaxValue,
        BackoffType = DelayBackoffType.Exponential,
        UseJitter = true,
        Delay = TimeSpan.FromMilliseconds(500),
        MaxDelay = LongestBackoff,
        ShouldHandle = args =>
        {
            AttemptState state = AttemptState.Of(args.Context);
            bool mayRepeat = args.AttemptNumber < state.Scope.MaximumRetryCount
                && !state.IsFinal
                && !state.IsOverBefore(timeProvider.GetUtcNow() + (Wait(args.Outcome) ?? TimeSpan.Zero))
                && (RetryRules.MayRepeat(kind, args.Outcome.Result, args.Outcome.Exception, state.BodyStarted) || MayAppear(state, args.Outcome.Result));
            return new ValueTask<bool>(mayRepeat);
        },
        DelayGenerator = static args => new ValueTask<TimeSpan?>(Wait(args.Outcome)),
        OnRetry = static args =>
        {
            AttemptState state = AttemptState.Of(args.Context);
            string why = args.Outcome.Result is { } answer ? $"it answered {answer.StatusCode}" : args.Outcome.Exception!.Message;
            return state.Scope.Log(
                LogLevel.Verbose,
                string.Create(
                    System.Globalization.CultureInfo.InvariantCulture,
                    $"{state.Scope.Provider}: {state.Call.Kind} will be repeated in {args.RetryDelay.TotalSeconds:0.0} s, because {why}"));
        },
    };

    /// <summary>An image that has just been made may not have reached the server that is asked for it.</summary>
    private bool MayAppear(AttemptState state, ApiAnswer? answer) =>
        state.Call.Kind == CallKind.Download && answer is { StatusCode: 403 or 404 } && timeProvider.GetUtcNow() < state.Scope.MissingUntil;

    private static TimeSpan? Wait(Outcome<ApiAnswer> outcome) =>
        outcome.Exception is BrokenCircuitException broken ? broken.RetryAfter : outcome.Result?.RetryAfter;

    private static ResiliencePipeline<ApiAnswer> BuildBreaker(TimeProvider timeProvider, CircuitBreakerStateProvider circuit) =>
        new ResiliencePipelineBuilder<ApiAnswer> { TimeProvider = timeProvider }
            .AddCircuitBreaker(new CircuitBreakerStrategyOptions<ApiAnswer>
            {
                StateProvider = circuit,
                FailureRatio = 0.9,
                MinimumThroughput = 20,
                SamplingDuration = TimeSpan.FromSeconds(30),
                BreakDuration = TimeSpan.FromSeconds(10),
                ShouldHandle = static args => new ValueTask<bool>(
                    args.Outcome.Exception is { } exception ? RetryRules.IsTransient(exception) : args.Outcome.Result!.StatusCode >= 500),
            })
            .Build();

    private sealed class PlainOptions : ResilienceStrategyOptions
    {
        public PlainOptions(string name) => Name = name;
    }

    private sealed record SharedState(TimeProvider Time, ResiliencePipeline<ApiAnswer> Breaker, CircuitBreakerStateProvider Circuit)
    {
        public static SharedState Make(TimeProvider timeProvider)
        {
            var circuit = new CircuitBreakerStateProvider();
            return new SharedState(timeProvider, BuildBreaker(timeProvider, circuit), circuit);
        }

        private readonly PauseGate pause = new(Time);
        private readonly ConcurrentDictionary<string, PauseGate> hostPauses = new(StringComparer.OrdinalIgnoreCase);

        public SemaphoreSlim Calls { get; } = new(MostConcurrentCalls);

        /// <summary>The pause of the provider for calls with its key; that of the host alone for the others, as downloads are.</summary>
        public PauseGate PauseFor(ApiCall call) => call.Keyed ? pause : hostPauses.GetOrAdd(call.Uri.Authority, _ => new PauseGate(Time));
    }

    /// <summary>Bounds how many calls are open at once.</summary>
    private sealed class ConcurrencyLimitStrategy(SemaphoreSlim calls) : ResilienceStrategy<ApiAnswer>
    {
        protected override async ValueTask<Outcome<ApiAnswer>> ExecuteCore<TState>(
            Func<ResilienceContext, TState, ValueTask<Outcome<ApiAnswer>>> callback, ResilienceContext context, TState state)
        {
            await calls.WaitAsync(context.CancellationToken).ConfigureAwait(false);
            try
            {
                return await callback(context, state).ConfigureAwait(false);
            }
            finally
            {
                calls.Release();
            }
        }
    }

    /// <summary>Holds the calls back that go where one of them was told to wait.</summary>
    private sealed class PauseStrategy(SharedState shared, TimeProvider time) : ResilienceStrategy<ApiAnswer>
    {
        protected override async ValueTask<Outcome<ApiAnswer>> ExecuteCore<TState>(
            Func<ResilienceContext, TState, ValueTask<Outcome<ApiAnswer>>> callback, ResilienceContext context, TState state)
        {
            AttemptState attempt = AttemptState.Of(context);
            PauseGate gate = shared.PauseFor(attempt.Call);
            if (gate.Remaining > TimeSpan.Zero && attempt.IsOverBefore(time.GetUtcNow() + gate.Remaining)) return Outcome.FromException<ApiAnswer>(attempt.Paused(gate.Remaining));
            await gate.WaitAsync(context.CancellationToken).ConfigureAwait(false);
            Outcome<ApiAnswer> outcome = await callback(context, state).ConfigureAwait(false);
            if (outcome.Result is { StatusCode: 429, RetryAfter: { } wait }) gate.Pause(wait);
            return outcome;
        }
    }
}

/// <summary>One pause, shared by all workers that call the same provider or host.</summary>
internal sealed class PauseGate(TimeProvider timeProvider)
{
    private const double MaxSeconds = 1e9;
    private static readonly TimeSpan MaxDelay = TimeSpan.FromDays(1);

    private long openAt; // A timestamp: the clock may be set back during a pause.

    /// <summary>How long it stays closed; zero or less where it is open.</summary>
    public TimeSpan Remaining => TimeSpan.FromSeconds((Interlocked.Read(ref openAt) - timeProvider.GetTimestamp()) / (double)timeProvider.TimestampFrequency);

    /// <summary>Closes the gate for so long, unless it is closed for longer already.</summary>
    public void Pause(TimeSpan wait)
    {
        long until = timeProvider.GetTimestamp() + (long)(Math.Min(wait.TotalSeconds, MaxSeconds) * timeProvider.TimestampFrequency);
        long current = Interlocked.Read(ref openAt);
        while (until > current)
        {
            long seen = Interlocked.CompareExchange(ref openAt, until, current);
            if (seen == current) return;
            current = seen;
        }
    }

    /// <summary>Waits until the gate is open.</summary>
    public async ValueTask WaitAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            TimeSpan left = timeProvider.GetElapsedTime(timeProvider.GetTimestamp(), Interlocked.Read(ref openAt));
            if (left <= TimeSpan.Zero) return;
            await Task.Delay(left < MaxDelay ? left : MaxDelay, timeProvider, cancellationToken).ConfigureAwait(false);
        }
    }
}

/// <summary>What the strategies need to know of the call in hand.</summary>
internal sealed class AttemptState(ApiCall call, CallScope scope)
{
    private static readonly ResiliencePropertyKey<AttemptState> Key = new("NanoBanana.Attempt");

    public ApiCall Call { get; } = call;

    public CallScope Scope { get; } = scope;

    /// <summary>Whether a byte of the last attempt's body may have left.</summary>
    public bool BodyStarted { get; set; }

    /// <summary>Whether the last attempt was answered, and the answer could not be kept.</summary>
    public bool IsAnswered { get; set; }

    /// <summary>Whether the server answered the last attempt at all, with whatever.</summary>
    public bool WasAnswered { get; set; }

    /// <summary>Whether the time for the job ends before a moment; then it is not waited for.</summary>
    public bool IsOverBefore(DateTimeOffset moment) => Scope.Deadline is { } deadline && moment > deadline;

    /// <summary>The provider, or the host of an image, asked for a pause that lasts longer than there is time.</summary>
    public NBException Paused(TimeSpan pause) => new(
        NBErrorId.RateLimited,
        string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{(Call.Keyed ? Scope.Provider : Call.Uri.Host)} asks to wait {pause.TotalSeconds:0} s, which is longer than the time left (-TimeoutSec). {AfterPause}"))
    { Provider = Scope.Provider, StatusCode = 429, RetryAfter = pause };

    private string AfterPause => this switch
    {
        { Call.Kind: CallKind.Download } => "The picture was made and is paid for: do not order it again.",
        { IsSubmit: true, MayHaveBeenTaken: false } => "Nothing was sent; try again later.",
        _ => "Try again later.",
    };

    /// <summary>Whether an attempt before this one may have been taken, its answer being lost or of no use.</summary>
    public bool EarlierMayHaveBeenTaken { get; private set; }

    /// <summary>Whether this attempt or one before may have been taken.</summary>
    public bool MayHaveBeenTaken { get; private set; }

    /// <summary>Whether the call makes a paid job.</summary>
    public bool IsSubmit => Call.Kind is CallKind.Submit or CallKind.SubmitIdempotent;

    /// <summary>An attempt begins.</summary>
    public void Begin() => EarlierMayHaveBeenTaken = MayHaveBeenTaken;

    /// <summary>An attempt has ended without a good answer.</summary>
    public void EndWithout(ApiAnswer? answer)
    {
        bool isOpen = answer is null ? BodyStarted : answer.StatusCode is 408 or >= 500 && !(answer.StatusCode == 503 && answer.RetryAfter is not null);
        MayHaveBeenTaken |= isOpen;
    }

    /// <summary>Whether the provider says that repeating is of no use.</summary>
    public bool IsFinal { get; set; }

    public static AttemptState Of(ResilienceContext context) => context.Properties.GetValue(Key, null!);

    public void AttachTo(ResilienceContext context) => context.Properties.Set(Key, this);
}
