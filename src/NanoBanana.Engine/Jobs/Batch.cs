using System.Globalization;
using NanoBanana.Engine.Pricing;
using NanoBanana.Engine.Providers;
using NanoBanana.Engine.Requests;
using NanoBanana.Engine.Transport;

namespace NanoBanana.Engine.Jobs;

/// <summary>Checks and prices requests one after the other, and makes jobs of them.</summary>
internal sealed class Batch(RunContext context, ProviderChoice choice, PriceCatalog prices, BatchOptions options)
{
    /// <summary>Runs until the requests end, or the user stops.</summary>
    /// <param name="requests">The requests; read only as fast as they can be worked on.</param>
    /// <param name="stopping">Cancelled when the user stops.</param>
    public async Task RunAsync(IAsyncEnumerable<ImageRequest> requests, CancellationToken stopping)
    {
        await new Crew(context, options.ThrottleLimit).RunAsync(requests, AdmitAsync, stopping).ConfigureAwait(false);
        if (context.Budget.End() is { } reached) await context.PublishAsync(reached).ConfigureAwait(false);
    }

    private async ValueTask<IReadOnlyList<IJobWork>> AdmitAsync(ImageRequest request, CancellationToken stopping)
    {
        if (context.Budget.IsReached)
        {
            context.Budget.Skip(request);
            return [];
        }

        try
        {
            IReadOnlyList<Candidate> candidates = Countable(choice.Make(request, name => context.SessionFor(name)));
            (ImageRequest valid, NBPrice price) = candidates[0];
            if (!context.Budget.TryPrice(valid, price)) return [];
            await ReferencePreparer.CheckAsync(valid, stopping).ConfigureAwait(false);
            context.Store.Ensure(valid.Output);
            if (candidates.Count > 1) await TellAsync(candidates).ConfigureAwait(false);
            var ticket = new PromptTicket(context, request);
            return
            [
                .. Split(valid, context.SessionFor(valid.Provider!).Provider.Capabilities).Select(part => new JobRelay(
                    context, [candidates[0] with { Request = part }, .. candidates.Skip(1)], prices, ticket)),
            ];
        }
        catch (NBException error) when (error.ErrorId != NBErrorId.CredentialNotFound)
        {
            await context.PublishAsync(new JobFailed(context.Redacted(error), request.Prompt, JobId: null) { Input = request.Input }).ConfigureAwait(false);
            return [];
        }
    }

    /// <summary>Under a budget nobody is asked whose price is not known, unless there is nobody else: that is refused in words.</summary>
    private IReadOnlyList<Candidate> Countable(IReadOnlyList<Candidate> candidates)
    {
        Candidate[] countable = [.. candidates.Where(candidate => context.Budget.Takes(candidate.Request, candidate.Price))];
        return countable.Length == 0 ? candidates : countable;
    }

    private ValueTask TellAsync(IReadOnlyList<Candidate> candidates) => context.LogAsync(
        LogLevel.Verbose,
        "Providers in the order in which they are asked: "
        + string.Join(", ", candidates.Select(candidate => string.Create(CultureInfo.InvariantCulture, $"{candidate.Request.Provider} ({candidate.Price.Total?.ToString("0.00##", CultureInfo.InvariantCulture) ?? "price unknown"})"))));

    /// <summary>A wire that makes one picture a request gets a request for each picture.</summary>
    public static IEnumerable<ImageRequest> Split(ImageRequest request, ProviderCapabilities takes)
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

    /// <summary>The most US dollars for all jobs together; null for no limit.</summary>
    public decimal? MaxCost { get; init; }

    /// <summary>How often a call may be repeated after its first attempt, where repeating is safe.</summary>
    public int MaximumRetryCount { get; init; } = 5;

    /// <summary>Awaited before anything is sent for a job; the run stops where it is cancelled.</summary>
    public Func<CancellationToken, Task> BeforeSubmit { get; init; } = static _ => Task.CompletedTask;

    /// <summary>The quietest lines that are told.</summary>
    public LogLevel MinimumLogLevel { get; init; } = LogLevel.Debug;
}
