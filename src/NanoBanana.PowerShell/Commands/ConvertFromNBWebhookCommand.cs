using System.Collections;
using System.Management.Automation;
using System.Security;
using System.Threading.Channels;
using NanoBanana.Engine;
using NanoBanana.Engine.State;
using NanoBanana.Engine.Webhooks;
using NanoBanana.PowerShell.Bridge;
using NanoBanana.PowerShell.Composition;
using NanoBanana.PowerShell.Credentials;
using NanoBanana.PowerShell.Parameters;

namespace NanoBanana.PowerShell.Commands;

/// <summary>Checks what a provider sent to -CallbackUri, writes it into the journal, and gives the job.</summary>
[Cmdlet(VerbsData.ConvertFrom, "NBWebhook", DefaultParameterSetName = RunbookSet)]
[OutputType(typeof(NBJob))]
public sealed class ConvertFromNBWebhookCommand : AsyncPSCmdlet
{
    private const string RunbookSet = "WebhookData";
    private const string PartsSet = "Body";

    /// <summary>The one provider whose signature is checked with its API key.</summary>
    private const string KeyedProvider = "Apiframe";

    private readonly Channel<Arrival> arrivals = Channel.CreateBounded<Arrival>(1);
    private ImageEngine? engine;
    private StateFolder? state;
    private KeyRing? keys;
    private bool hasWork;

    /// <summary>A runbook's $WebhookData.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ParameterSetName = RunbookSet)]
    public object? WebhookData { get; set; }

    /// <summary>The body: the text or the bytes that arrived.</summary>
    [Parameter(Mandatory = true, ParameterSetName = PartsSet)]
    public object? Body { get; set; }

    /// <summary>The headers.</summary>
    [Parameter(ParameterSetName = PartsSet)]
    public IDictionary? Headers { get; set; }

    /// <summary>Who sent it.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(ProviderCompleter))]
    public string? Provider { get; set; }

    /// <summary>Apiframe's key, which its signature is checked with.</summary>
    [Parameter]
    public SecureString? ApiKey { get; set; }

    /// <summary>The SecretManagement vault that holds it.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(VaultCompleter))]
    public string? Vault { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        try
        {
            state = StateFolder.Find(Environment.GetEnvironmentVariable);
            UserOptions options = Options.Open().Read();
            keys = new KeyRing(this, ApiKey, Vault ?? options.Vault, static provider => provider == KeyedProvider, StopToken);
            engine = EngineFactory.Create(sandbox: false, ApiKey, keys.Hand, options);
        }
        catch (NBException error)
        {
            ThrowTerminatingError(ErrorRecords.From(error, error.Parameter));
        }
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        Arrival arrival;
        try
        {
            arrival = new Arrival(
                ParameterSetName == RunbookSet ? WebhookReading.FromRunbook(WebhookData, Provider) : WebhookReading.FromParts(Body, Headers, Provider),
                Refusal: null);
        }
        catch (NBException error)
        {
            arrival = new Arrival(Delivery: null, error); // Told in its turn, behind those that came before it.
        }

        if (arrival.Delivery?.Header("X-Webhook-Signature") is not null) keys!.Resolve(KeyedProvider); // Vaults are read on this thread only.
        if (!hasWork)
        {
            hasWork = true;
            StartWork(ReceiveAsync);
        }

        Offer(arrivals.Writer, arrival);
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        arrivals.Writer.TryComplete();
        if (hasWork) Finish();
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (!disposing) return;
        engine?.Dispose();
        keys?.Dispose();
    }

    private async Task ReceiveAsync()
    {
        try
        {
            await foreach (Arrival arrival in arrivals.Reader.ReadAllAsync(StopToken).ConfigureAwait(false))
            {
                await Queue.WriteAsync(await ReceiveAsync(arrival).ConfigureAwait(false), StopToken).ConfigureAwait(false);
            }
        }
        finally
        {
            arrivals.Writer.TryComplete();
        }
    }

    /// <summary>The error names the job or the provider; what arrived may be anybody's, and is not repeated.</summary>
    private async Task<PipelineItem> ReceiveAsync(Arrival arrival)
    {
        try
        {
            if (arrival.Refusal is not null) throw arrival.Refusal;
            return new OutputItem(await engine!.ReceiveWebhookAsync(arrival.Delivery!, state, StopToken).ConfigureAwait(false));
        }
        catch (NBException error)
        {
            return new ErrorItem(ErrorRecords.From(error, error.JobId ?? error.Provider));
        }
    }

    /// <summary>What came from the pipeline: a delivery, or what is wrong with it.</summary>
    private sealed record Arrival(WebhookDelivery? Delivery, NBException? Refusal);
}
