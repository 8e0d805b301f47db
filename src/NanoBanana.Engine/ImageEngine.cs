using System.Collections.Concurrent;
using NanoBanana.Engine.Jobs;
using NanoBanana.Engine.Jobs.Journal;
using NanoBanana.Engine.Pricing;
using NanoBanana.Engine.Pricing.Budgets;
using NanoBanana.Engine.Providers;
using NanoBanana.Engine.Requests;
using NanoBanana.Engine.State;
using NanoBanana.Engine.Transport;
using NanoBanana.Engine.Webhooks;

namespace NanoBanana.Engine;

/// <summary>The front door: requests in, events out.</summary>
public sealed class ImageEngine : IDisposable
{
    private readonly EngineOptions options;
    private readonly ProviderRegistry registry;
    private readonly PriceCatalog prices;
    private readonly IJobJournal journal;
    private readonly Redactor redactor;
    private readonly ConcurrentDictionary<string, ProviderSession> sessions = new(StringComparer.Ordinal);
    private readonly List<SecretKey> keys = [];
    private readonly DailyBudget? dailyBudget;
    private readonly ApiClient client;
    private readonly Downloader downloader;
    private readonly RequestValidator validator;
    private readonly OpenSubmits openSubmits = OpenSubmits.OfThisProcess;
    private readonly ProviderChoice choice;
    private FalKeys? falKeys;
    private JournalWebhookJobs? webhookJobs;

    /// <summary>Makes an engine. Nothing is sent before the first request.</summary>
    /// <param name="options">What it works with.</param>
    /// <exception cref="NBException">InvalidRequest: the price file cannot be read.</exception>
    public ImageEngine(EngineOptions options)
        : this(options, OpenJournal(options))
    {
    }

    /// <summary>Makes an engine with a journal of one's own.</summary>
    internal ImageEngine(EngineOptions options, IJobJournal journal)
    {
        ArgumentNullException.ThrowIfNull(options);
        this.options = options;
        this.journal = journal;
        registry = new ProviderRegistry();
        prices = PriceCatalog.Read(PriceCatalog.ReadBuiltIn(), options.PriceFile);
        redactor = new Redactor { LogPrompts = options.LogPrompts };
        validator = new RequestValidator(registry);
        if (options is { DailyBudget: { } limit, State: { } folder, Sandbox: false }) dailyBudget = new DailyBudget(folder, journal, limit, options.TimeProvider);
        var pipelines = new ResiliencePipelines(options.TimeProvider);
        choice = new ProviderChoice(registry, validator, prices, pipelines);
        HttpMessageHandler api = options.MessageHandler is { } given ? new KeptHandler(given) : ApiClient.CreateHandler();
        HttpMessageHandler media = options.MessageHandler is { } same ? new KeptHandler(same) : Downloader.CreateHandler(SpeaksToLoopback());
        client = new ApiClient(api, media, pipelines, options.TimeProvider, options.LargestPicture);
        downloader = new Downloader(media, pipelines, options.TimeProvider, options.LargestPicture);
    }

    /// <summary>The providers there are.</summary>
    /// <param name="hasKey">Whether there is a key, told the name of the environment variable for it; null when that does not matter.</param>
    /// <returns>A provider each, the default first.</returns>
    public static IReadOnlyList<NBProvider> DescribeProviders(Func<string, bool>? hasKey = null) =>
        [.. ProviderRegistry.KnownProviders.Select(provider => provider.ToPublic(hasKey?.Invoke(provider.KeyVariable) ?? false))];

    /// <summary>The name by which users know a model at every provider.</summary>
    /// <param name="provider">The provider whose model it is.</param>
    /// <param name="model">The model as that provider names it.</param>
    /// <returns>The name; the model itself where it has none.</returns>
    public static string NameModel(string provider, string model) =>
        ProviderRegistry.KnownProviders.FirstOrDefault(known => string.Equals(known.Provider, provider, StringComparison.OrdinalIgnoreCase))?
            .ModelNames.FirstOrDefault(name => string.Equals(name.Value, model, StringComparison.OrdinalIgnoreCase)).Key ?? model;

    /// <summary>Takes secrets out of a text.</summary>
    /// <param name="text">Any text.</param>
    /// <returns>The text without the keys that were used, signed queries, data URIs and base64.</returns>
    public string Redact(string text) => redactor.Redact(text);

    /// <summary>Checks a request and says what it costs; sends nothing.</summary>
    /// <param name="request">The request.</param>
    /// <returns>The price.</returns>
    /// <exception cref="NBException">The request is wrong.</exception>
    /// <remarks>Where several providers may make it, the first choice's price; keys are not looked for.</remarks>
    public NBPrice Price(ImageRequest request) => prices.Price(choice.Make(request, findKey: null)[0].Request, Today(options.TimeProvider));

    /// <summary>Checks a request and says what it costs at each provider that may make it, in the order in which they are asked.</summary>
    /// <param name="request">The request.</param>
    /// <returns>The prices, at least one; keys are not looked for.</returns>
    /// <exception cref="NBException">The request is wrong, or none can take it.</exception>
    public IReadOnlyList<NBPrice> Prices(ImageRequest request) =>
        [.. choice.Make(request, findKey: null).Select(candidate => prices.Price(candidate.Request, Today(options.TimeProvider)))];

    /// <summary>What is spent or reserved today of the daily budget. Writes and sends nothing.</summary>
    /// <param name="cancellationToken">Ends the waiting for other processes.</param>
    /// <returns>The limit and the sum in US dollars; null where there is no daily budget.</returns>
    /// <exception cref="NBException">JournalUnavailable: the sum cannot be read.</exception>
    public async Task<(decimal Limit, decimal Spent)?> ReadDailyBudgetAsync(CancellationToken cancellationToken) =>
        dailyBudget is null ? null : (dailyBudget.Limit, await dailyBudget.ReadAsync(cancellationToken).ConfigureAwait(false));

    /// <summary>The providers that may make a request, in the order in which they are asked; sends nothing and looks for no key.</summary>
    /// <param name="request">The request.</param>
    /// <returns>Their names, at least one.</returns>
    /// <exception cref="NBException">The request is wrong, or none can take it.</exception>
    public IReadOnlyList<string> Candidates(ImageRequest request) => [.. choice.Make(request, findKey: null).Select(candidate => candidate.Request.Provider!)];

    /// <summary>Lists prices from the tables; needs no key and sends nothing.</summary>
    /// <param name="query">Which.</param>
    /// <param name="priceFile">The full path of a price file of the user's own; null for none.</param>
    /// <param name="timeProvider">The clock that tells the age of prices; null for the system's.</param>
    /// <returns>The prices.</returns>
    /// <exception cref="NBException">InvalidRequest: a provider that there is not, a count below 1, or a price file that cannot be read.</exception>
    public static PriceListing ListPrices(PriceQuery query, string? priceFile = null, TimeProvider? timeProvider = null)
    {
        ArgumentNullException.ThrowIfNull(query);
        PriceCatalog catalog = PriceCatalog.Read(PriceCatalog.ReadBuiltIn(), priceFile);
        return new PriceList(catalog, new ProviderRegistry(), Today(timeProvider ?? TimeProvider.System)).Make(query, [], []);
    }

    /// <summary>Lists prices after asking the providers that have a price list. Who cannot be asked keeps those of the table, with a warning.</summary>
    /// <param name="query">Which.</param>
    /// <param name="cancellationToken">Ends the calls.</param>
    /// <returns>The prices.</returns>
    /// <exception cref="NBException">InvalidRequest: a provider that there is not, or a count below 1.</exception>
    public async Task<PriceListing> ListLivePricesAsync(PriceQuery query, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(query);
        var live = new LivePrices((name, call) => call.Anonymous ? CreateSession(name, key: null) : SessionFor(name), options.TimeProvider);
        PriceCatalog catalog = await live.AskAsync(prices, [.. PriceList.Providers(registry, query)], query, cancellationToken).ConfigureAwait(false);
        return new PriceList(catalog, registry, Today(options.TimeProvider)).Make(query, [.. live.Warnings.Select(redactor.Redact)], [.. live.Notes.Select(redactor.Redact)]);
    }

    /// <summary>Makes the free call that only a good key gets through, where the provider documents one.</summary>
    /// <param name="provider">The provider's name.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>True when the key is good; null when this provider documents no such call.</returns>
    /// <exception cref="NBException">AuthenticationFailed: the key is not accepted. ProviderUnavailable: it cannot be told.</exception>
    public async Task<bool?> CheckKeyAsync(string provider, CancellationToken cancellationToken)
    {
        ProviderSession session = SessionFor(registry.Find(provider).Capabilities.Provider);
        if (session.Provider.CheckKey() is not { } call) return null;
        CallScope scope = session.Scope(2, TimeSpan.FromMinutes(1), static (_, _) => ValueTask.CompletedTask, picturePath: null);
        try
        {
            await session.CheckKeyAsync(call, scope, cancellationToken).ConfigureAwait(false);
        }
        catch (NBException error)
        {
            throw redactor.Redact(error);
        }

        return true;
    }

    /// <summary>Takes what a provider sent to -CallbackUri: checks who sent it, finds the job, and writes down what is new.</summary>
    /// <param name="delivery">What arrived.</param>
    /// <param name="state">Where fal's public keys are kept between processes; null for nowhere.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>The job as it stands now; it says whether the delivery was proved, and whether it told anything new.</returns>
    /// <exception cref="NBException">
    /// InvalidRequest: no delivery of a provider that documents any. AccessDenied: not proved to be the provider's.
    /// JobNotFound: no such job in the journal. CredentialNotFound, ProviderUnavailable: the proof cannot be checked now.
    /// </exception>
    public async Task<NBJob> ReceiveWebhookAsync(WebhookDelivery delivery, StateFolder? state, CancellationToken cancellationToken)
    {
        IImageProvider fal = registry.Find("Fal");
        var endpoint = new ProviderEndpoint("Fal", fal.Hosts, BaseUri(fal.Capabilities));
        falKeys ??= new FalKeys(client, endpoint, options.TimeProvider, state?.FalKeysFile);
        webhookJobs ??= new JournalWebhookJobs(journal, dailyBudget, options.TimeProvider);
        var receiver = new WebhookReceiver(registry, webhookJobs, falKeys, options.Key, options.TimeProvider, redactor);
        WebhookReceipt receipt = await receiver.ReceiveAsync(delivery, cancellationToken).ConfigureAwait(false);
        return receipt.ToPublic();
    }

    /// <summary>Runs requests and tells what happens. Ending the enumeration early stops the run: nothing more is submitted.</summary>
    /// <param name="requests">The requests; read only as fast as they can be worked on.</param>
    /// <param name="batch">How to run them.</param>
    /// <param name="stopping">Stops the run: no new submit, no more waiting; submitted jobs stay in the journal.</param>
    /// <returns>The events, in order for each job.</returns>
    public IAsyncEnumerable<JobEvent> RunAsync(IAsyncEnumerable<ImageRequest> requests, BatchOptions batch, CancellationToken stopping = default) =>
        JobEvents.StreamAsync((tell, stop) => RunAsync(requests, batch, tell, stop), stopping);

    /// <summary>Runs requests until they end or are stopped, and tells what happens.</summary>
    /// <param name="requests">The requests; read only as fast as they can be worked on.</param>
    /// <param name="batch">How to run them.</param>
    /// <param name="tell">Takes each event, from any thread; those of one job come in order. A run waits for it.</param>
    /// <param name="stopping">
    /// Stops the run: no new submit, no more waiting; submitted jobs stay in the journal. The run ends when the submits that are under
    /// way have: none is cut off, and those that are answered with the image save it.
    /// </param>
    /// <remarks>At a limit nothing more is submitted, what runs is finished, and one BudgetExceeded for all the rest is the last event.</remarks>
    public async Task RunAsync(IAsyncEnumerable<ImageRequest> requests, BatchOptions batch, Func<JobEvent, ValueTask> tell, CancellationToken stopping)
    {
        ArgumentNullException.ThrowIfNull(batch);
        ArgumentOutOfRangeException.ThrowIfLessThan(batch.ThrottleLimit, 1, nameof(batch));
        using CancellationTokenSource stop = openSubmits.LinkTo(stopping);
        RunContext context = CreateContext(tell, batch, stop.Token);
        await context.ToEndAsync(new Batch(context, choice, prices, batch).RunAsync(requests, stop.Token), stop.Token).ConfigureAwait(false);
    }

    /// <summary>Carries jobs of the journal on, and tells what happens. Ending the enumeration early stops the run.</summary>
    /// <param name="jobIds">Their ids; read only as fast as they can be worked on.</param>
    /// <param name="options">How far.</param>
    /// <param name="batch">How many at once, and how patiently.</param>
    /// <param name="stopping">Stops the run; the jobs stay in the journal.</param>
    /// <returns>The events, in order for each job.</returns>
    public IAsyncEnumerable<JobEvent> ResumeAsync(
        IAsyncEnumerable<string> jobIds, ResumeOptions options, BatchOptions batch, CancellationToken stopping = default) =>
        JobEvents.StreamAsync((tell, stop) => ResumeAsync(jobIds, options, batch, tell, stop), stopping);

    /// <summary>Carries jobs of the journal on, until their ids end or it is stopped, and tells what happens.</summary>
    /// <param name="jobIds">Their ids; read only as fast as they can be worked on.</param>
    /// <param name="options">How far.</param>
    /// <param name="batch">How many at once, and how patiently.</param>
    /// <param name="tell">Takes each event, from any thread; those of one job come in order. A run waits for it.</param>
    /// <param name="stopping">Stops the run; the jobs stay in the journal.</param>
    public async Task ResumeAsync(
        IAsyncEnumerable<string> jobIds, ResumeOptions options, BatchOptions batch, Func<JobEvent, ValueTask> tell, CancellationToken stopping)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(batch);
        using CancellationTokenSource stop = openSubmits.LinkTo(stopping);
        RunContext context = CreateContext(tell, batch, stop.Token);
        Task run = new Crew(context, batch.ThrottleLimit).RunAsync(
            jobIds, (id, _) => new ValueTask<IReadOnlyList<IJobWork>>([new JobResumer(context, id, options)]), stop.Token);
        await context.ToEndAsync(run, stop.Token).ConfigureAwait(false);
    }

    /// <summary>Closes connections and wipes the keys.</summary>
    public void Dispose()
    {
        client.Dispose();
        downloader.Dispose();
        falKeys?.Dispose();
        lock (keys)
        {
            foreach (SecretKey key in keys) key.Dispose();
        }
    }

    private static IJobJournal OpenJournal(EngineOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return options.State is { } folder ? new FileJobJournal(folder.Jobs(options.Sandbox), new FileJobJournalOptions { KeepPrompts = () => options.JournalPrompts, TimeProvider = options.TimeProvider }) : new InMemoryJobJournal();
    }

    private RunContext CreateContext(Func<JobEvent, ValueTask> tell, BatchOptions batch, CancellationToken stopping) => new()
    {
        TimeProvider = options.TimeProvider,
        Journal = journal,
        Downloader = downloader,
        Redactor = redactor,
        Budget = new Budget(batch.MaxCost, dailyBudget),
        SessionFor = SessionFor,
        PublishAsync = tell,
        MinimumLogLevel = batch.MinimumLogLevel,
        IsSandbox = options.Sandbox,
        KnownDuration = options.UsualDuration,
        Timeout = batch.Timeout,
        BeforeSubmit = batch.BeforeSubmit,
        MaximumRetryCount = batch.MaximumRetryCount,
        References = new ReferencePreparer(stopping),
        OpenSubmits = openSubmits,
    };

    private ProviderSession SessionFor(string name)
    {
        if (sessions.TryGetValue(name, out ProviderSession? known)) return known;
        lock (keys)
        {
            return sessions.GetOrAdd(name, CreateSession);
        }
    }

    private ProviderSession CreateSession(string name)
    {
        SecretKey key = options.Key(registry.Find(name).Capabilities.Provider);
        keys.Add(key);
        redactor.Add(key.Reveal());
        return CreateSession(name, key);
    }

    private ProviderSession CreateSession(string name, SecretKey? key)
    {
        IImageProvider provider = registry.Find(name);
        var endpoint = new ProviderEndpoint(name, provider.Hosts, BaseUri(provider.Capabilities));
        foreach (string host in provider.Hosts) redactor.AddApiHost(host);
        if (endpoint.BaseUri is { } standIn) redactor.AddApiHost(standIn.Host);
        return new ProviderSession(provider, endpoint, key, client);
    }

    private static DateOnly Today(TimeProvider timeProvider) => DateOnly.FromDateTime(timeProvider.GetUtcNow().UtcDateTime);

    private Uri? BaseUri(ProviderCapabilities capabilities) => options.MessageHandler is not null
        ? null
        : ProviderEndpoint.ReadBaseUri(capabilities.BaseUriVariable, options.ReadVariable(capabilities.BaseUriVariable));

    private bool SpeaksToLoopback() => registry.All.Any(provider => BaseUri(provider.Capabilities) is { IsLoopback: true });
}
