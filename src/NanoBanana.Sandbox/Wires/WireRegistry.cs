using NanoBanana.Sandbox.Wires.ApiDot;
using NanoBanana.Sandbox.Wires.Apiframe;
using NanoBanana.Sandbox.Wires.ApiMaster;
using NanoBanana.Sandbox.Wires.Fal;
using NanoBanana.Sandbox.Wires.Prospolabs;

namespace NanoBanana.Sandbox.Wires;

/// <summary>The providers, one line each.</summary>
internal static class WireRegistry
{
    private static readonly IProviderWire[] Wires =
    [
        new FalWire(),
        new ApiDotWire(),
        new ApiframeWire(),
        new ApiMasterWire(),
        new ProspolabsWire(),
    ];

    private static readonly Dictionary<string, IProviderWire> ByHost = IndexHosts();

    public static IReadOnlyList<SimulatedProvider> Providers { get; } = Array.ConvertAll(Wires, static wire => wire.Provider);

    public static IProviderWire? ForHost(string host) => ByHost.GetValueOrDefault(host);

    private static Dictionary<string, IProviderWire> IndexHosts()
    {
        var index = new Dictionary<string, IProviderWire>(StringComparer.OrdinalIgnoreCase);
        foreach (var wire in Wires)
        {
            foreach (var host in wire.Provider.Hosts)
                index.Add(host, wire);
        }

        return index;
    }
}
