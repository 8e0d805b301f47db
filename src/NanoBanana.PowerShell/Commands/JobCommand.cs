using System.Management.Automation;
using System.Security;
using System.Threading.Channels;
using NanoBanana.Engine;
using NanoBanana.Engine.Jobs;
using NanoBanana.Engine.State;
using NanoBanana.PowerShell.Bridge;
using NanoBanana.PowerShell.Composition;
using NanoBanana.PowerShell.Credentials;
using NanoBanana.PowerShell.Parameters;

namespace NanoBanana.PowerShell.Commands;

/// <summary>Carries jobs of the journal on, those of providers and those of the sandbox side by side.</summary>
public abstract class JobCommand : JobSelectionCommand
{
    private readonly Lane real = new();
    private readonly Lane sandbox = new();
    private readonly HashSet<string> named = new(StringComparer.Ordinal);
    private readonly HashSet<string> open = new(StringComparer.Ordinal);
    private UserOptions? options;
    private KeyRing? keys;
    private CancellationTokenSource? lanesStop;
    private bool hasWork;
    private bool isTimeOver;
    private bool isEnough;
    private string? keyOwner;

    /// <summary>How often a call is repeated where that is safe.</summary>
    [Parameter]
    [ValidateRange(0, 100)]
    public int MaximumRetryCount { get; set; } = 5;

    /// <summary>How many jobs at once.</summary>
    [Parameter]
    [ValidateRange(1, 1000)]
    public int ThrottleLimit { get; set; } = 20;

    /// <summary>The key of the first job's provider.</summary>
    [Parameter]
    public SecureString? ApiKey { get; set; }

    /// <summary>The SecretManagement vault that holds the key.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(VaultCompleter))]
    public string? Vault { get; set; }

    /// <summary>How far the jobs are carried on.</summary>
    private protected abstract ResumeOptions Goal { get; }

    /// <summary>After how many seconds the waiting ends; 0 for never.</summary>
    private protected virtual int Patience => 0;

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        try
        {
            options = Options.Open().Read();
            keys = new KeyRing(this, ApiKey, Vault ?? options.Vault, IsKeyFor, StopToken);
        }
        catch (NBException error)
        {
            ThrowTerminatingError(ErrorRecords.From(error, error.Parameter));
        }
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (NBJob job in Find(Id)) Carry(job);
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        real.Ids.Writer.TryComplete();
        sandbox.Ids.Writer.TryComplete();
        if (!hasWork) return;
        Finish();
        if (isTimeOver) TellOpen();
    }

    private protected override void Release()
    {
        base.Release();
        lanesStop?.Dispose();
        keys?.Dispose();
    }

    private protected override bool HasSandboxJobs => sandbox.HasJobs;

    /// <summary>Whether nothing is left to be done for a job.</summary>
    private protected virtual bool IsDone(NBJob job) => job.HasEnded;

    /// <summary>Hands a job to the work.</summary>
    private protected void Carry(NBJob job)
    {
        ResolveKey(job);
        if (!hasWork)
        {
            hasWork = true;
            lanesStop = CancellationTokenSource.CreateLinkedTokenSource(StopToken);
            if (Patience > 0) lanesStop.CancelAfter(TimeSpan.FromSeconds(Patience));
            StartWork(RunLanesAsync);
        }

        if (!named.Add(job.Id)) return; // Named twice: once is enough.
        lock (open) open.Add(job.Id);
        Lane lane = job.Sandbox ? sandbox : real;
        lane.HasJobs = true;
        Offer(lane.Ids.Writer, job.Id);
    }

    /// <summary>Vaults can be read on this thread only, so a key is found before the work asks for it.</summary>
    private protected void ResolveKey(NBJob job)
    {
        if (job.Sandbox) return;
        keyOwner ??= job.Provider;
        keys!.Resolve(job.Provider);
    }

    /// <summary>An engine for the jobs of providers, or for those of the sandbox.</summary>
    private protected ImageEngine Open(bool isSandbox) => EngineFactory.Create(isSandbox, ApiKey, keys!.Hand, options!);

    /// <summary>Ends the work early, though nobody stopped the pipeline.</summary>
    private protected void EndLanes()
    {
        isEnough = true;
        lanesStop?.Cancel();
    }

    private protected override PipelineItem? Translate(JobEvent next)
    {
        // What ends because the time is over is told in the end, unless it was told already.
        string? told = next switch
        {
            JobEnded { IsLeft: false } ended when !lanesStop!.IsCancellationRequested => ended.JobId,
            JobFailed failed => failed.JobId,
            _ => null,
        };
        if (told is not null)
        {
            lock (open) open.Remove(told);
        }

        return base.Translate(next);
    }

    /// <summary>-ApiKey is one company's key: that of the first job.</summary>
    private bool IsKeyFor(string provider) => string.Equals(provider, keyOwner, StringComparison.OrdinalIgnoreCase);

    private async Task RunLanesAsync()
    {
        try
        {
            await WriteEventsAsync(tell => Task.WhenAll(RunLaneAsync(real, isSandbox: false, tell), RunLaneAsync(sandbox, isSandbox: true, tell))).ConfigureAwait(false);
        }
        finally
        {
            real.Ids.Writer.TryComplete();
            sandbox.Ids.Writer.TryComplete();
            isTimeOver = Patience > 0 && !isEnough && lanesStop!.IsCancellationRequested;
        }
    }

    private async Task RunLaneAsync(Lane lane, bool isSandbox, Func<JobEvent, ValueTask> tell)
    {
        if (!await lane.HasIdsAsync(lanesStop!.Token).ConfigureAwait(false)) return;
        var batch = new BatchOptions
        {
            ThrottleLimit = ThrottleLimit,
            MaximumRetryCount = MaximumRetryCount,
            Timeout = Timeout.InfiniteTimeSpan, // -TimeoutSec is for all together.
            MinimumLogLevel = MinimumLogLevel,
        };
        using ImageEngine engine = Open(isSandbox);
        await engine.ResumeAsync(lane.Ids.Reader.ReadAllAsync(lanesStop.Token), Goal, batch, tell, lanesStop.Token).ConfigureAwait(false);
    }

    /// <summary>The time is over for these; they go on by themselves.</summary>
    private void TellOpen()
    {
        string[] left;
        lock (open) left = [.. open.Order(StringComparer.Ordinal)];
        foreach (string id in left)
        {
            if (Store.Find(id) is not { } job || IsDone(job)) continue;
            string text = job.HasEnded
                ? $"The pictures of job {id} were not here after {Patience} s. They are paid for and not lost: Receive-NBJob {id} fetches them."
                : $"Job {id} is still {job.State} after {Patience} s. It goes on at {job.Provider} and is not lost: Receive-NBJob {id} -Wait waits for it and fetches it.";
            Refuse(new NBException(NBErrorId.JobTimedOut, text) { JobId = id, Provider = job.Provider }, id);
        }
    }

    /// <summary>The ids for one engine.</summary>
    private sealed class Lane
    {
        public Channel<string> Ids { get; } = Channel.CreateBounded<string>(1);

        public bool HasJobs { get; set; }

        public async Task<bool> HasIdsAsync(CancellationToken stopping)
        {
            try
            {
                return await Ids.Reader.WaitToReadAsync(stopping).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return false;
            }
        }
    }
}
