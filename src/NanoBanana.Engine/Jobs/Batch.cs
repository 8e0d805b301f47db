using System.Globalization;
using NanoBanana.Engine.Pricing;
using NanoBanana.Engine.Providers;
using NanoBanana.Engine.Requests;

namespace NanoBanana.Engine.Jobs;

/// <summary>Checks and prices requests one after the other, and makes jobs of them.</summary>
internal sealed class Batch(RunContext context, RequestValidator validator, PriceCatalog prices, BatchOptions options)
{
    /// <summary>Runs until the requests end, or the user stops.</summary>
    /// <param name="requests">The requests; read only as fast as they can be worked on.</param>
    /// <param name="stopping">Cancelled when the user stops.</param>
    public Task RunAsync(IAsyncEnumerable<ImageRequest> requests, CancellationToken stopping) =>
        new Crew(context, options.ThrottleLimit).RunAsync(requests, AdmitAsync, stopping);

    private async ValueTask<IReadOnlyList<IJobWork>> AdmitAsync(ImageRequest request, CancellationToken stopping)
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
            IdempotencyKey = request.IdempotencyKey is { } key ? string.Create(CultureInfo.InvariantCulture, $"{key}-{index}") : null,
        });
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
