using System.Management.Automation;
using System.Security;
using NanoBanana.Engine;
using NanoBanana.Engine.Pricing;
using NanoBanana.Engine.State;
using NanoBanana.PowerShell.Bridge;
using NanoBanana.PowerShell.Composition;
using NanoBanana.PowerShell.Credentials;
using NanoBanana.PowerShell.Parameters;

namespace NanoBanana.PowerShell.Commands;

/// <summary>Lists what pictures cost, the cheapest first.</summary>
[Cmdlet(VerbsCommon.Get, "NBPrice")]
[OutputType(typeof(NBPrice))]
public sealed class GetNBPriceCommand : AsyncPSCmdlet
{
    private readonly List<string> providers = [];
    private readonly HashSet<string> named = new(StringComparer.OrdinalIgnoreCase);
    private ImageEngine? engine;
    private KeyRing? keys;

    /// <summary>The providers; wildcards are taken.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(ProviderCompleter))]
    [Alias("Name")]
    [SupportsWildcards]
    public string[]? Provider { get; set; }

    /// <summary>The models as the providers name them; wildcards are taken.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(ModelCompleter))]
    [SupportsWildcards]
    public string[]? Model { get; set; }

    /// <summary>0.5K, 1K, 2K or 4K.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(ResolutionCompleter))]
    public string[]? Resolution { get; set; }

    /// <summary>Making pictures, or editing them.</summary>
    [Parameter]
    public ImageOperation Operation { get; set; }

    /// <summary>How many pictures.</summary>
    [Parameter]
    public int Count { get; set; } = 1;

    /// <summary>With a search of the web.</summary>
    [Parameter]
    public SwitchParameter WebSearch { get; set; }

    /// <summary>With a level of thinking.</summary>
    [Parameter]
    public ThinkingLevel? ThinkingLevel { get; set; }

    /// <summary>Ask the providers that have a price list.</summary>
    [Parameter]
    public SwitchParameter Live { get; set; }

    /// <summary>The key for -Live.</summary>
    [Parameter]
    public SecureString? ApiKey { get; set; }

    /// <summary>The SecretManagement vault that holds the key for -Live.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(VaultCompleter))]
    public string? Vault { get; set; }

    /// <summary>With -Live: ask the simulator instead of a provider.</summary>
    [Parameter]
    public SwitchParameter Sandbox { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        IReadOnlyList<NBProvider> all = ImageEngine.DescribeProviders();
        foreach (string name in Provider ?? ["*"])
        {
            bool isPattern = WildcardPattern.ContainsWildcardCharacters(name);
            var pattern = new WildcardPattern(name.Trim(), WildcardOptions.IgnoreCase);
            string[] found = [.. all.Select(provider => provider.Name).Where(pattern.IsMatch)];
            providers.AddRange(found);
            if (!isPattern) named.UnionWith(found);
            if (found.Length == 0 && !isPattern) WriteError(ErrorRecords.From(ProviderNames.Unknown(name, nameof(Provider)), name));
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (providers.Count == 0) return;
        try
        {
            UserOptions options = Options.Open().Read();
            PriceQuery query = ReadQuery();
            if (!Live)
            {
                foreach (PipelineItem item in Items(ImageEngine.ListPrices(query, options.PriceFile))) Write(item);
                return;
            }

            bool sandbox = EngineFactory.UsesSandbox(MyInvocation.BoundParameters.ContainsKey(nameof(Sandbox)) ? Sandbox.ToBool() : null);
            keys = new KeyRing(this, ApiKey, Vault ?? options.Vault, IsKeyFor, StopToken);
            if (!sandbox) foreach (string provider in query.Providers) keys.Resolve(provider);
            engine = EngineFactory.Create(sandbox, ApiKey, keys.Hand, options);
            StartWork(() => AskAsync(query));
        }
        catch (NBException error)
        {
            ThrowTerminatingError(ErrorRecords.From(error, error.Parameter));
        }

        Finish();
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (!disposing) return;
        engine?.Dispose();
        keys?.Dispose();
    }

    private async Task AskAsync(PriceQuery query)
    {
        PriceListing listing = await engine!.ListLivePricesAsync(query, StopToken).ConfigureAwait(false);
        foreach (PipelineItem item in Items(listing)) await Queue.WriteAsync(item, CancellationToken.None).ConfigureAwait(false);
    }

    /// <summary>-ApiKey is one company's key: that of the one provider named, else of the default, the only one whose list needs a key.</summary>
    private bool IsKeyFor(string provider) =>
        string.Equals(provider, named.Count == 1 ? named.First() : ImageEngine.DescribeProviders()[0].Name, StringComparison.OrdinalIgnoreCase);

    private PriceQuery ReadQuery()
    {
        WildcardPattern[] models = [.. (Model ?? ["*"]).Select(name => new WildcardPattern(name.Trim(), WildcardOptions.IgnoreCase))];
        return new PriceQuery
        {
            Providers = [.. providers.Distinct(StringComparer.Ordinal)],
            IsModel = model => Array.Exists(models, pattern => pattern.IsMatch(model)),
            Resolutions = [.. (Resolution ?? []).Select(ReadResolution)],
            Operation = Operation,
            Count = Count,
            WebSearch = WebSearch,
            ThinkingLevel = ThinkingLevel,
        };
    }

    /// <summary>What was found, then what was refused: loudly for a provider that was named, or where nothing was found at all.</summary>
    private IEnumerable<PipelineItem> Items(PriceListing listing)
    {
        foreach (string note in listing.Notes) yield return new VerboseItem(note);
        foreach (string warning in listing.Warnings) yield return new WarningItem(warning);
        foreach (NBPrice price in listing.Prices) yield return new OutputItem(price);
        if (listing.Prices.Count == 0 && listing.Refusals.Count > 1)
        {
            yield return new ErrorItem(ErrorRecords.From(Nothing(listing.Refusals), listing.Refusals[0].Parameter));
            yield break;
        }

        foreach (NBException refusal in listing.Refusals)
        {
            // A model that one of several providers has is no error of the others.
            bool isLoud = listing.Prices.Count == 0 || (named.Contains(refusal.Provider!) && (Model is null || refusal.Parameter != nameof(Model)));
            yield return isLoud ? new ErrorItem(ErrorRecords.From(refusal, refusal.Provider)) : new VerboseItem(refusal.Message);
        }
    }

    private static NBException Nothing(IReadOnlyList<NBException> refusals) => new(
        NBErrorId.InvalidRequest, "None of these providers has what was asked for. " + string.Join(' ', refusals.Select(refusal => refusal.Message)))
    {
        Parameter = refusals[0].Parameter,
    };

    private static ImageResolution ReadResolution(string text) => Vocabulary.TryParseResolution(text, out ImageResolution resolution)
        ? resolution
        : throw new NBException(
            NBErrorId.InvalidRequest,
            $"'{text}' is no -Resolution. Choose one of: {string.Join(", ", Vocabulary.Resolutions.Select(known => known.ToName()))}.")
        { Parameter = nameof(Resolution) };
}
