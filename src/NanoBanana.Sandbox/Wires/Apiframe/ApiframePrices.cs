namespace NanoBanana.Sandbox.Wires.Apiframe;

/// <summary>
/// What a picture costs in credits. Apiframe does not publish it, nor what a credit is worth: these numbers are the
/// simulator's own, and the ledger bills no dollars.
/// </summary>
internal static class ApiframePrices
{
    public const int Least = 8;
    public const int Most = 20;

    public static int Credits(string resolution) => resolution switch
    {
        "512px" => Least,
        "2K" => 15,
        "4K" => Most,
        _ => 10,
    };
}
