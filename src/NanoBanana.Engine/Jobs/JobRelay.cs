using NanoBanana.Engine.Pricing;
using NanoBanana.Engine.Requests;
using NanoBanana.Engine.Transport;

namespace NanoBanana.Engine.Jobs;

/// <summary>
/// Hands a request from provider to provider until one takes it: to the next only when the one before certainly did not.
/// Each attempt is a job of its own in the journal.
/// </summary>
/// <param name="context">What all jobs of a run share.</param>
/// <param name="candidates">The request as each provider would get it, the first choice first.</param>
/// <param name="prices">Say what a part costs.</param>
/// <param name="ticket">Counts the prompt when it is left out.</param>
internal sealed class JobRelay(RunContext context, IReadOnlyList<Candidate> candidates, PriceCatalog prices, PromptTicket ticket) : IJobWork
{
    /// <summary>Runs the jobs. Errors become events; only the end of the whole run is thrown.</summary>
    /// <param name="stopping">Cancelled when the user stops.</param>
    public Task RunAsync(CancellationToken stopping) => RunFromAsync(0, candidates[0].Request, stopping);

    private Task RunFromAsync(int index, ImageRequest request, CancellationToken stopping)
    {
        bool isLast = index == candidates.Count - 1;
        var runner = new JobRunner(context, request, prices.Price(request), ticket) { PassesOn = !isLast };
        return isLast ? runner.RunAsync(stopping) : RunOrPassOnAsync(runner, index, request, stopping);
    }

    private async Task RunOrPassOnAsync(JobRunner runner, int index, ImageRequest request, CancellationToken stopping)
    {
        await runner.RunAsync(stopping).ConfigureAwait(false);
        if (runner.PassedOver is not { } refusal) return;
        stopping.ThrowIfCancellationRequested();

        Candidate next = candidates[index + 1];
        await context.LogAsync(
            LogLevel.Verbose, $"{request.Provider} certainly did not take the job ({refusal.Message}); {next.Request.Provider} is asked instead.").ConfigureAwait(false);
        ImageRequest whole = next.Request with { Count = request.Count, Part = request.Part, Seed = request.Seed };
        foreach (ImageRequest part in Batch.Split(whole, context.SessionFor(whole.Provider!).Provider.Capabilities))
        {
            stopping.ThrowIfCancellationRequested();
            await RunFromAsync(index + 1, part, stopping).ConfigureAwait(false);
        }
    }
}

/// <summary>One prompt of a run, however many jobs it became.</summary>
/// <param name="context">What all jobs of a run share.</param>
/// <param name="request">The request that the prompt came with.</param>
internal sealed class PromptTicket(RunContext context, ImageRequest request)
{
    private int isSkipped;

    /// <summary>Notes that the prompt, or a part of it, was not submitted.</summary>
    public void Skip()
    {
        if (Interlocked.Exchange(ref isSkipped, 1) == 0) context.Budget.Skip(request);
    }
}
