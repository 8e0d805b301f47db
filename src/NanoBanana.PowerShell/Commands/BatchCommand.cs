using System.Globalization;
using System.Management.Automation;
using System.Threading.Channels;
using NanoBanana.Engine;
using NanoBanana.Engine.Jobs;
using NanoBanana.Engine.Requests;
using NanoBanana.Engine.State;
using NanoBanana.PowerShell.Bridge;
using NanoBanana.PowerShell.Composition;
using NanoBanana.PowerShell.Credentials;

namespace NanoBanana.PowerShell.Commands;

/// <summary>Takes requests from the pipeline, runs them as one batch, and writes pictures as they come.</summary>
public abstract class BatchCommand : ImageCommand
{
    private readonly Channel<ImageRequest> requests = Channel.CreateBounded<ImageRequest>(1);
    private ImageEngine? engine;
    private KeyRing? keys;
    private RequestBuilder? builder;
    private bool hasWork;
    private bool logsPrompts;
    private string? singular;
    private string? keyOwner;
    private ImageRequest? held;
    private readonly BatchPlan plan = new();
    private readonly List<string> made = [];

    private protected override PipelineItem? Translate(JobEvent next)
    {
        switch (next)
        {
            case JobSeen seen:
                Note(seen.Job.Id);
                return new OutputItem(seen.Job);
            case ImageReceived received:
                Note(received.Image.JobId);
                break;
            case JobFailed { Error.ErrorId: NBErrorId.BudgetExceeded } failed:
                next = failed with { Error = WithWhatWasMade(failed.Error) };
                break;
        }

        return base.Translate(next);
    }

    /// <summary>The parameters given on the command line; the others come with each object from the pipeline.</summary>
    private protected HashSet<string> GivenOnce { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        GivenOnce.UnionWith(MyInvocation.BoundParameters.Keys);
        singular = new[] { nameof(OutFile), nameof(IdempotencyKey) }.FirstOrDefault(GivenOnce.Contains);
        try
        {
            CheckSwitches();
            UserOptions options = Options.Open().Read();
            logsPrompts = options.LogPrompts;
            keys = new KeyRing(this, ApiKey, Vault ?? options.Vault, IsKeyFor, StopToken);
            engine = EngineFactory.Create(UsesSandbox(), ApiKey, keys.Hand, options);
            builder = new RequestBuilder(this, GivenOnce.Contains(nameof(OutFile)), options);
        }
        catch (NBException error)
        {
            ThrowTerminatingError(ErrorRecords.From(error, error.Parameter));
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (plan.Prompts > 0) ShouldProcess(plan.Describe(MaxCost, engine!.ReadDailyBudgetAsync(StopToken).GetAwaiter().GetResult()), null, null);
        if (held is not null) Run(held);
        requests.Writer.TryComplete();
        if (hasWork) Finish();
    }

    private protected override void Release()
    {
        base.Release();
        engine?.Dispose();
        keys?.Dispose();
    }

    private protected override bool HasSandboxJobs => UsesSandbox();

    /// <summary>Checks, prices and confirms a request, then hands it to the batch. What is wrong with it becomes an error.</summary>
    /// <param name="operation">What to do.</param>
    /// <param name="prompt">The prompt.</param>
    /// <param name="references">The pictures to work from.</param>
    private protected void Order(ImageOperation operation, string? prompt, IReadOnlyList<ReferenceImage> references)
    {
        ImageRequest request;
        try
        {
            request = builder!.Build(operation, prompt, references);
            IReadOnlyList<NBPrice> prices = engine!.Prices(request);
            CheckKey(request);
            keyOwner ??= prices[0].Provider;
            if (!Confirm(request, prices)) return;
            ResolveKeys(request);
        }
        catch (NBException error)
        {
            WriteError(ErrorRecords.From(builder!.Explain(error), prompt));
            return;
        }

        if (singular is null) Run(request);
        else if (held is null) held = request;
        else ThrowOneForMany(singular);
    }

    /// <summary>Turns -Image into references, with paths resolved as PowerShell resolves them.</summary>
    private protected RequestBuilder Builder => builder!;

    /// <summary>Writes an error of a request that never came to be.</summary>
    private protected void Refuse(NBException error, object? target) => WriteError(ErrorRecords.From(error, target?.ToString()));

    private bool UsesSandbox() => EngineFactory.UsesSandbox(GivenOnce.Contains(nameof(Sandbox)) ? Sandbox.ToBool() : null);

    private void CheckSwitches()
    {
        if (NoWait && Direct) throw new NBException(NBErrorId.InvalidRequest, "-Direct waits for the picture within the call; -NoWait cannot go on before. Use one of the two.") { Parameter = nameof(NoWait) };
        if (NoWait && CancelOnStop) throw new NBException(NBErrorId.InvalidRequest, "-NoWait leaves the jobs to themselves; -CancelOnStop has nothing to stop. Use one of the two.") { Parameter = nameof(CancelOnStop) };
        if (SyncMode && CallbackUri is not null)
        {
            throw new NBException(NBErrorId.InvalidRequest, "-SyncMode brings the picture inside the answer and the provider keeps none, so a call to -CallbackUri could not be followed up. Use one of the two.")
            {
                Parameter = nameof(CallbackUri),
            };
        }

        if (Force && NoClobber) throw new NBException(NBErrorId.InvalidRequest, "-Force and -NoClobber say opposite things. Use one of the two.") { Parameter = nameof(Force) };
        if (GivenOnce.Contains(nameof(OutFile)) && GivenOnce.Contains(nameof(OutDirectory)))
        {
            throw new NBException(NBErrorId.InvalidRequest, "-OutFile names the file and its folder; -OutDirectory cannot name another. Use one of the two.")
            {
                Parameter = nameof(OutDirectory),
            };
        }
    }

    /// <summary>Vaults can be read on this thread only, so the keys are found before the workers ask for them.</summary>
    private void ResolveKeys(ImageRequest request)
    {
        if (UsesSandbox()) return;
        IReadOnlyList<string> candidates = engine!.Candidates(request);
        foreach (string provider in candidates) keys!.Resolve(provider);
        keys!.RequireAny(candidates);
        if (request.UploadVia is { } uploadVia) keys!.Resolve(uploadVia);
    }

    /// <summary>One key cannot be meant for several companies.</summary>
    private void CheckKey(ImageRequest request)
    {
        if (ApiKey is null || request.Providers.Count == 0 || UsesSandbox()) return;
        throw new NBException(
            NBErrorId.InvalidRequest,
            "-ApiKey is one company's key, but -Provider leaves open who makes the picture. Name one provider, or keep the keys in a vault (Set-NBCredential) or in the environment.")
        { Parameter = nameof(ApiKey) };
    }

    /// <summary>
    /// -ApiKey is one company's key: that of -Provider, or of the first prompt where the rows name their own. It reaches no
    /// other, be it for another row or for a reference that is only kept there.
    /// </summary>
    private bool IsKeyFor(string provider) => string.Equals(provider, keyOwner, StringComparison.OrdinalIgnoreCase);

    /// <summary>The first request was held back, so that nothing has been sent when the second shows up.</summary>
    private void ThrowOneForMany(string parameter) => ThrowTerminatingError(ErrorRecords.From(
        new NBException(
            NBErrorId.InvalidRequest,
            parameter == nameof(OutFile)
                ? $"-OutFile '{OutFile}' is one file, but there are several prompts; nothing was sent. Use -OutDirectory, or give each prompt its own OutFile in a CSV."
                : "-IdempotencyKey belongs to one request, but there are several prompts; nothing was sent. Leave it out: each request gets a key of its own.")
        { Parameter = parameter },
        parameter));

    private bool Confirm(ImageRequest request, IReadOnlyList<NBPrice> prices)
    {
        NBPrice price = prices[0];
        string pictures = price.Count == 1 ? "1 picture" : string.Create(CultureInfo.CurrentCulture, $"{price.Count} pictures");
        string cost = price.Total is { } total
            ? string.Create(CultureInfo.InvariantCulture, $"{price.Count} x {price.UnitPrice:0.####} = {total:0.####} US dollars")
            : "price unknown";
        if (price.Total is { } first && prices.Max(other => other.Total) is { } most && most > first)
        {
            cost += string.Create(CultureInfo.InvariantCulture, $", at most {most:0.####} where another makes it");
        }

        if (UsesSandbox()) cost = "sandbox, nothing is paid";
        string verb = request.Operation == ImageOperation.Edit ? "Edit" : "Make";
        string prompt = request.Prompt.Length <= 60 ? request.Prompt : string.Concat(request.Prompt.AsSpan(0, 57), "...");
        string others = prices.Count == 1 ? string.Empty : $", else {string.Join(", ", prices.Skip(1).Select(other => other.Provider))}";
        if (IsWhatIf()) plan.Add(price, AllowUnknownPrice || price.Confidence != PriceConfidence.Unknown);
        return Ask($"{verb} {pictures} at {price.Resolution} ({cost})", $"{price.Provider} {price.Model}{others}", $": '{prompt}'");
    }

    /// <summary>
    /// Whoever is asked, or wants to know what would be done, has to see the prompt. The line of -Verbose says the same once it is
    /// decided, and lands in transcripts and records of runs: it names the prompt only where the option LogPrompts says so.
    /// </summary>
    private bool Ask(string action, string target, string prompt)
    {
        if (logsPrompts || IsWhatIf()) return ShouldProcess(target + prompt, action);
        return ShouldProcess(Sentence(target), $"Are you sure you want to perform this action?{Environment.NewLine}{Sentence(target + prompt)}", caption: null);

        // As PowerShell itself puts it.
        string Sentence(string on) => $"Performing the operation \"{action}\" on target \"{on}\".";
    }

    private bool IsWhatIf() => MyInvocation.BoundParameters.TryGetValue("WhatIf", out object? asked)
        ? LanguagePrimitives.IsTrue(asked)
        : LanguagePrimitives.IsTrue(GetVariableValue("WhatIfPreference"));

    private void Run(ImageRequest request)
    {
        held = null;
        if (!hasWork)
        {
            hasWork = true;
            StartWork(RunBatchAsync);
        }

        Offer(requests.Writer, request);
    }

    private Task RunBatchAsync()
    {
        var batch = new BatchOptions
        {
            ThrottleLimit = ThrottleLimit,
            Timeout = TimeoutSec == 0 ? System.Threading.Timeout.InfiniteTimeSpan : TimeSpan.FromSeconds(TimeoutSec),
            MaximumRetryCount = MaximumRetryCount,
            MaxCost = MaxCost,
            BeforeSubmit = WaitForErrorsAsync,
            MinimumLogLevel = MinimumLogLevel,
        };
        return WriteEventsAsync(tell => engine!.RunAsync(requests.Reader.ReadAllAsync(StopToken), batch, tell, StopToken));
    }

    /// <summary>Kept only where PowerShell itself drops the objects: there the error has to name the jobs.</summary>
    private void Note(string? jobId)
    {
        if (!StopsOnError || jobId is null) return;
        lock (made)
        {
            if (!made.Contains(jobId)) made.Add(jobId);
        }
    }

    private NBException WithWhatWasMade(NBException error)
    {
        lock (made)
        {
            return made.Count == 0 ? error : error.WithMessage($"{error.Message} What was made: Get-NBJob {string.Join(',', made)}");
        }
    }
}
