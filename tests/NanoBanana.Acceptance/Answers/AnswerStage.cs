using System.Runtime.CompilerServices;
using NanoBanana.Engine;
using NanoBanana.Engine.Jobs;
using NanoBanana.Engine.Requests;
using NanoBanana.Engine.Transport;
using NanoBanana.Tests;

namespace NanoBanana.Acceptance.Answers;

/// <summary>An engine that takes the <see cref="ScriptedServer"/> for every provider, with one script, and a folder.</summary>
internal sealed class AnswerStage : IAsyncDisposable
{
    private const string Word = "scripted";
    private readonly ImageEngine engine;

    public AnswerStage(Func<AnswerStage, Script> script)
    {
        var scripts = new Dictionary<string, Script>(StringComparer.Ordinal);
        Server = new ScriptedServer(scripts);
        scripts[Word] = script(this);
        engine = new ImageEngine(new EngineOptions
        {
            Key = _ => SecretKey.FromText(Stage.CanaryKey),
            ReadVariable = name => name.EndsWith("_BASEURI", StringComparison.Ordinal) ? Server.Address : null,
            TimeProvider = Clock,
        });
    }

    public ScriptedServer Server { get; }

    public ImpatientTimeProvider Clock { get; } = new();

    public string Folder { get; } = Directory.CreateTempSubdirectory("nb-answers-").FullName;

    public IReadOnlyList<string> Files => [.. Directory.EnumerateFiles(Folder).Where(file => !Path.GetFileName(file).StartsWith('.'))];

    public string FileAddress(int number = 0) => Server.FileAddress(Word, number);

    public ImageRequest Request(string provider = "Fal", string more = "fox") =>
        new() { Prompt = $"{Word} {more}", Provider = provider, Output = new OutputOptions { Directory = Folder } };

    public async Task<Outcome> RunAsync(ImageRequest? request = null, BatchOptions? batch = null)
    {
        var events = new List<JobEvent>();
        await foreach (JobEvent next in engine.RunAsync(Stage.Stream([request ?? Request()]), batch ?? new BatchOptions())) events.Add(next);
        return new Outcome(events);
    }

    /// <summary>Receives the job of a run again.</summary>
    public async Task<Outcome> ReceiveAsync(Outcome run)
    {
        string id = run.Events.OfType<JobStarted>().First().JobId;
        var events = new List<JobEvent>();
        await foreach (JobEvent next in engine.ResumeAsync(Ids(id), new ResumeOptions { Goal = ResumeGoal.Receive, Waits = true }, new BatchOptions())) events.Add(next);
        return new Outcome(events);
    }

    public async ValueTask DisposeAsync()
    {
        engine.Dispose();
        await Server.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
    }

    private static async IAsyncEnumerable<string> Ids(string id, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await Task.Yield();
        yield return id;
    }
}
