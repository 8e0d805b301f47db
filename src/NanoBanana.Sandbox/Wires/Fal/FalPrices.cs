namespace NanoBanana.Sandbox.Wires.Fal;

/// <summary>What fal bills, in US dollars (S4, "Technical Specifications", and the model's llms.txt).</summary>
internal static class FalPrices
{
    /// <summary>The unit the platform's price list names: one picture at 1K.</summary>
    public const decimal Unit = 0.08m;

    private const decimal WebSearch = 0.015m;
    private const decimal HighThinking = 0.002m;

    public static decimal Of(FalInput input)
    {
        var picture = input.Resolution switch
        {
            "0.5K" => 0.06m,
            "2K" => 0.12m,
            "4K" => 0.16m,
            _ => Unit,
        };
        if (input.WebSearch)
            picture += WebSearch;
        if (input.HighThinking)
            picture += HighThinking;
        return picture * input.Count;
    }
}
