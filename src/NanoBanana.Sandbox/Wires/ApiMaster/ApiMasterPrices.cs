namespace NanoBanana.Sandbox.Wires.ApiMaster;

/// <summary>What APIMaster bills, in US dollars (S3, price table and "How is billing calculated?": 2K is four thirds of 1K, 4K twice).</summary>
internal static class ApiMasterPrices
{
    public static decimal Of(string resolution, int count) => count * resolution switch
    {
        "2k" => 0.05m,
        "4k" => 0.075m,
        _ => 0.0375m,
    };
}
