using System.Globalization;
using System.Management.Automation;
using System.Threading.Channels;
using NanoBanana.Engine;
using NanoBanana.Engine.Jobs;
using NanoBanana.Engine.Requests;
using NanoBanana.Engine.State;
using NanoBanana.PowerShell.Binding;
using NanoBanana.PowerShell.Bridge;
using NanoBanana.PowerShell.Composition;
using NanoBanana.PowerShell.Credentials;
using NanoBanana.PowerShell.Parameters;

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
    private RowBinder? binder;
    private RowValues? rowValues;
    private int rowNumber;

    /// <summary>What is asked of the model.</summary>
    private protected abstract ImageOperation Operation { get; }

    /// <summary>The images to work from, as they were given.</summary>
    private protected abstract IReadOnlyList<NBImageReference> Images { get; }

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
            case JobFailed { Error.ErrorId: NBErrorId.BudgetExceeded, Input: object?[] skipped } failed:
                return new ErrorItem(ErrorRecords.From(WithWhatWasMade(failed.Error), skipped.Select(static row => (row as InputRow)?.Value ?? row).ToArray()));
            case JobFailed { Input: InputRow row } failed:
                return new ErrorItem(row.Record(failed.Error));
        }

        return base.Translate(next);
    }

    /// <summary>The parameters given on the command line; the others come with each object from the pipeline.</summary>
    private protected HashSet<string> GivenOnce { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        GivenOnce.UnionWith(MyInvocation.BoundParameters.Keys);
        singular = OutFile is not null ? nameof(OutFile) : IdempotencyKey is not null ? nameof(IdempotencyKey) : null; // A script block has no value yet.
        try
        {
            UserOptions options = Options.Open().Read();
            builder = new RequestBuilder(this, isOneFile: OutFile is not null, options);
            builder.CheckCombinations();
            logsPrompts = options.LogPrompts;
            keys = new KeyRing(this, ApiKey, Vault ?? options.Vault, IsKeyFor, StopToken);
            engine = EngineFactory.Create(UsesSandbox(), ApiKey, keys.Hand, options);
            bool hasBlock = (GivenOnce.Contains(nameof(Prompt)) && Prompt is null) || (GivenOnce.Contains(RowParameters.Image) && Images.Count == 0);
            binder = new RowBinder(Operation, GivenOnce.Contains, hasBlock, UsesSandbox(), new ReferenceCells(SessionState));
            rowValues = new RowValues(this, GivenOnce.Contains);
        }
        catch (NBException error)
        {
            ThrowTerminatingError(ErrorRecords.From(error, error.Parameter));
        }
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (!MyInvocation.ExpectingInput && !GivenOnce.Contains(nameof(InputObject)))
        {
            OrderAll(row: null);
            return;
        }

        rowNumber++;
        bool isOneEdit = Operation == ImageOperation.Edit && !GivenOnce.Contains(RowParameters.Image); // A list of images is one edit of all.
        IEnumerable<object?> objects = Cell.Plain(InputObject) is object?[] list && !isOneEdit ? list : [InputObject];
        foreach (object? input in objects)
        {
            InputRow row = InputRow.Of(input, rowNumber);
            if (Bind(input, row)) OrderAll(row);
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

    /// <summary>Takes the parameters of a row; what is wrong with it becomes an error.</summary>
    private bool Bind(object? input, InputRow row)
    {
        try
        {
            rowValues!.Set(binder!.Read(input));
            return true;
        }
        catch (NBException error)
        {
            WriteError(row.Record(error));
            return false;
        }
        finally
        {
            if (binder!.TakeWarning() is { } warning) WriteWarning(warning);
        }
    }

    /// <summary>Submits a request for each prompt.</summary>
    /// <param name="row">What it comes from; null for the command line.</param>
    private void OrderAll(InputRow? row)
    {
        IReadOnlyList<ReferenceImage> references;
        try
        {
            references = builder!.ReadReferences(Images);
        }
        catch (NBException error)
        {
            WriteError((row ?? new InputRow(Images[0].ToString(), Number: null)).Record(error));
            return;
        }

        foreach (string? prompt in Prompt is { Length: > 0 } ? Prompt : [null]) Order(prompt, references, row ?? new InputRow(prompt, Number: null));
    }

    /// <summary>Checks, prices and confirms a request, then hands it to the batch. What is wrong with it becomes an error.</summary>
    private void Order(string? prompt, IReadOnlyList<ReferenceImage> references, InputRow row)
    {
        ImageRequest request;
        try
        {
            PromptTextAttribute.Check(prompt);
            request = builder!.Build(Operation, prompt, references) with { Input = row };
            IReadOnlyList<NBPrice> prices = engine!.Prices(request);
            CheckKey(request);
            keyOwner ??= prices[0].Provider;
            if (!Confirm(request, prices)) return;
            ResolveKeys(request);
        }
        catch (NBException error)
        {
            WriteError(row.Record(builder!.Explain(error)));
            return;
        }

        if (singular is null) Run(request);
        else if (held is null) held = request;
        else ThrowOneForMany(singular);
    }

    private bool UsesSandbox() => EngineFactory.UsesSandbox(GivenOnce.Contains(nameof(Sandbox)) ? Sandbox.ToBool() : null);

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
        string shown = TerminalText.SafeLine(request.Prompt);
        string prompt = shown.Length <= 60 ? shown : string.Concat(shown.AsSpan(0, 57), "...");
        string others = prices.Count == 1 ? string.Empty : $", else {string.Join(", ", prices.Skip(1).Select(other => other.Provider))}";
        if (IsWhatIf()) plan.Add(price, AllowUnknownPrice || price.Confidence != PriceConfidence.Unknown);
        string action = request.Operation == ImageOperation.Edit
            ? string.Create(CultureInfo.CurrentCulture, $"Edit {request.References.Count} {(request.References.Count == 1 ? "reference" : "references")} into {pictures}")
            : $"Make {pictures}";
        return Ask($"{action} at {price.Resolution} ({cost})", $"{price.Provider} {price.Model}{others}", $": '{prompt}'");
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
