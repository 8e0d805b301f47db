namespace NanoBanana.Sandbox.Wires.Prospolabs;

/// <summary>
/// What Prospolabs bills, in US dollars: S0 gives 0.048 at 1K and 0.096 at 4K; 2K is inferred from the steps of the model
/// behind it, where it is one and a half times 1K.
/// </summary>
internal static class ProspolabsPrices
{
    public static decimal Of(string resolution, int count) => count * resolution switch
    {
        "2K" => 0.072m,
        "4K" => 0.096m,
        _ => 0.048m,
    };
}
