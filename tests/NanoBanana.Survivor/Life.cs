using NanoBanana.Engine;
using NanoBanana.Engine.Jobs;
using NanoBanana.Engine.Jobs.Journal;
using NanoBanana.Engine.Requests;
using NanoBanana.Engine.State;
using NanoBanana.Engine.Transport;
using NanoBanana.Tests;

namespace NanoBanana.Survivor;

/// <summary>One life of the program, from its start to its end or its death.</summary>
internal sealed class Life(Orders orders, Reaper? reaper, TextWriter told)
{
    private const string Key = "canary-7f3a9c51e0b24d68";

    private static readonly NBJobState[] Unfinished = [NBJobState.Intent, NBJobState.Submitted, NBJobState.Running, NBJobState.Succeeded];

    private readonly HastyTimeProvider clock = new(orders.Epoch, orders.Haste);

    public async Task RunAsync()
    {
        var journal = new FileJobJournal(
            new StateFolder(orders.State).Jobs(sandbox: false), new FileJobJournalOptions { TimeProvider = clock }, reaper is null ? null : reaper.OnWrite);
        using var engine = new ImageEngine(
            new EngineOptions
            {
                Key = static _ => SecretKey.FromText(Key),
                ReadVariable = BaseUri,
                TimeProvider = clock,
                UsualDuration = TimeSpan.FromMilliseconds(20),
            },
            journal);
        var batch = new BatchOptions { ThrottleLimit = orders.ThrottleLimit };
        if (orders.Resumes) await ResumeAsync(engine, journal, batch);

        HashSet<string?> begun = [.. journal.Read(new JobQuery(), Tell).Select(job => job.Prompt)];
        ImageRequest[] rest = [.. orders.Pictures.Where(order => !begun.Contains(order.Prompt)).Select(Request)];
        await DrainAsync(engine.RunAsync(rest.ToAsyncEnumerable(), batch));
    }

    private async Task ResumeAsync(ImageEngine engine, FileJobJournal journal, BatchOptions batch)
    {
        HashSet<NBJobState> states = [.. Unfinished];
        if (orders.AsksAgain) states.Add(NBJobState.SubmitOutcomeUnknown);
        string[] ids = [.. journal.Read(new JobQuery { States = states }, Tell).Select(job => job.Id)];
        await DrainAsync(engine.ResumeAsync(ids.ToAsyncEnumerable(), new ResumeOptions { Goal = ResumeGoal.Receive, Waits = true }, batch));
    }

    private async Task DrainAsync(IAsyncEnumerable<JobEvent> events)
    {
        await foreach (JobEvent next in events)
        {
            if (next is JobFailed failed) Tell(failed.Error);
            if (next is JobEnded) reaper?.OnEnded();
            if (next is LogLine { Level: LogLevel.Warning } line) await told.WriteLineAsync($"Warning: {line.Text}");
        }
    }

    private void Tell(NBException error) => told.WriteLine($"{error.ErrorId}: {error.Message}");

    private ImageRequest Request(Order order) => new()
    {
        Prompt = order.Prompt,
        Provider = order.Provider,
        Count = order.Count,
        Direct = order.Direct,
        SyncMode = order.SyncMode,
        Resolution = order.IsSmall ? ImageResolution.HalfK : null,
        Operation = order.Reference is null ? ImageOperation.Generate : ImageOperation.Edit,
        References = order.Reference is { } file ? [ReferenceImage.FromFile(file)] : [],
        Output = new OutputOptions { Directory = orders.Output },
    };

    /// <summary>NB_FAL_BASEURI leads to /fal, and so on for each provider.</summary>
    private string BaseUri(string variable) => new Uri(orders.Server, variable["NB_".Length..^"_BASEURI".Length].ToLowerInvariant()).AbsoluteUri;
}
