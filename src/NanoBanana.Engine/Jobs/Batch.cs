using NanoBanana.Engine.Pricing;
using NanoBanana.Engine.Providers;
using NanoBanana.Engine.Requests;

namespace NanoBanana.Engine.Jobs;

/// <summary>Carries a stream of requests, so many at once. Memory depends on that number, not on the length of the stream.</summary>
internal sealed class Batch(RunContext context, RequestValidator validator, PriceCatalog prices, BatchOptions options)
{
    private readonly SemaphoreSlim slots = new(options.ThrottleLimit);

    /// <summary>Runs until the requests end, or the user stops.</summary>
    /// <param name="requests">The requests; read only as fast as they can be worked on.</param>
    /// <param name="stopping">Cancelled when the user stops.</param>
    public async Task RunAsync(IAsyncEnumerable<ImageRequest> requests, CancellationToken stopping)
    {
        try
        {
            await foreach (ImageRequest request in requests.WithCancellation(stopping).ConfigureAwait(false))
            {
                foreach (JobRunner runner in await AdmitAsync(request, stopping).ConfigureAwait(false))
                {
                    await slots.WaitAsync(stopping).ConfigureAwait(false);
                    _ = RunOneAsync(runner, stopping);
                }
            }
        }
        finally
        {
            // Whoever holds a slot is still at work; having them all means that all have ended.
            for (int i = 0; i < options.ThrottleLimit; i++) await slots.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        }
    }

    private async Task<IReadOnlyList<JobRunner>> AdmitAsync(ImageRequest request, CancellationToken stopping)
    {
        try
        {
            ImageRequest valid = validator.Validate(request);
            await ReferencePreparer.CheckAsync(valid, stopping).ConfigureAwait(false);
            context.Store.Ensure(valid.Output);
            return [.. Split(valid, context.SessionFor(valid.Provider!).Provider.Capabilities).Select(part => new JobRunner(context, part, prices.Price(part)))];
        }
        catch (NBException error) when (error.ErrorId != NBErrorId.CredentialNotFound)
        {
            await context.PublishAsync(new JobFailed(context.Redacted(error), request.Prompt, JobId: null)).ConfigureAwait(false);
            return [];
        }
    }

    /// <summary>A wire that makes one picture a request gets a request for each picture.</summary>
    private static IEnumerable<ImageRequest> Split(ImageRequest request, ProviderCapabilities takes)
    {
        if (request.Count == 1 || !takes.SplitsCount) return [request];
        return Enumerable.Range(0, request.Count).Select(index => request with
        {
            Count = 1,
            Part = new RequestPart(index, request.Count),
            Seed = request.Seed + index, // The same seed would bring the same picture several times.
            IdempotencyKey = request.IdempotencyKey is { } key ? string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{key}-{index}") : null,
        });
    }

    private async Task RunOneAsync(JobRunner runner, CancellationToken stopping)
    {
        try
        {
            await runner.RunAsync(stopping).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The user stopped; what was submitted is in the journal.
        }
        catch (Exception exception)
        {
            // A fault of our own must end the run in sight of the user, not disappear with its task.
            context.Fault ??= exception;
        }
        finally
        {
            slots.Release();
        }
    }
}

/// <summary>How a batch is run.</summary>
public sealed record BatchOptions
{
    /// <summary>How many jobs at once, at least 1.</summary>
    public int ThrottleLimit { get; init; } = 5;

    /// <summary>The time for one job, all calls together.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>How often a call may be repeated after its first attempt, where repeating is safe.</summary>
    public int MaximumRetryCount { get; init; } = 5;
}
