using NanoBanana.Engine.Providers.ApiDot;
using NanoBanana.Engine.Providers.Apiframe;
using NanoBanana.Engine.Providers.ApiMaster;
using NanoBanana.Engine.Providers.Fal;
using NanoBanana.Engine.Providers.Prospolabs;

namespace NanoBanana.Engine.Providers;

/// <summary>The providers there are.</summary>
internal sealed class ProviderRegistry
{
    /// <summary>The provider used when none is named.</summary>
    public const string Default = "Fal";

    private static readonly Lazy<IReadOnlyList<ProviderCapabilities>> Rows = new(ModelCatalog.Read);
    private readonly IImageProvider[] providers;

    public ProviderRegistry()
    {
        IReadOnlyList<ProviderCapabilities> rows = Rows.Value;
        providers =
        [
            new FalProvider(Row(rows, "Fal")),
            new ApiDotProvider(Row(rows, "ApiDot")),
            new ApiframeProvider(Row(rows, "Apiframe")),
            new ApiMasterProvider(Row(rows, "ApiMaster")),
            new ProspolabsProvider(Row(rows, "Prospolabs")),
        ];
    }

    /// <summary>What each provider takes.</summary>
    public static IReadOnlyList<ProviderCapabilities> KnownProviders => Rows.Value;

    /// <summary>Every provider.</summary>
    public IReadOnlyList<IImageProvider> All => providers;

    /// <summary>Finds a provider by name.</summary>
    /// <param name="name">The name, in any case; null or blank for the default.</param>
    /// <exception cref="NBException">InvalidRequest: no such provider.</exception>
    public IImageProvider Find(string? name)
    {
        string wanted = string.IsNullOrWhiteSpace(name) ? Default : name.Trim();
        return Array.Find(providers, p => string.Equals(p.Capabilities.Provider, wanted, StringComparison.OrdinalIgnoreCase))
            ?? throw new NBException(
                NBErrorId.InvalidRequest,
                $"There is no provider '{wanted}'. Choose one of: {string.Join(", ", providers.Select(p => p.Capabilities.Provider))}.")
            { Parameter = "Provider" };
    }

    private static ProviderCapabilities Row(IReadOnlyList<ProviderCapabilities> rows, string name) =>
        rows.First(row => row.Provider == name);
}
