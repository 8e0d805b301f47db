namespace NanoBanana.Sandbox.Wires.ApiDot;

/// <summary>What APIDot bills, in US dollars (S1, "Pricing snapshot"): the same for generating and editing.</summary>
internal static class ApiDotPrices
{
    public static decimal Of(string resolution) => resolution switch
    {
        "0.5K" => 0.035m,
        "2K" => 0.075m,
        "4K" => 0.10m,
        _ => 0.05m,
    };
}
