using System.Globalization;

namespace NanoBanana.PowerShell.Commands;

/// <summary>What a batch would cost, for -WhatIf: its total against the limits.</summary>
internal sealed class BatchPlan
{
    private readonly List<NBPrice> prices = [];
    private readonly HashSet<int> uncountable = [];

    /// <summary>How many prompts it has.</summary>
    public int Prompts => prices.Count;

    /// <summary>Counts one prompt.</summary>
    /// <param name="price">What it costs at its first provider.</param>
    /// <param name="isCountable">Whether it may be submitted under a limit.</param>
    public void Add(NBPrice price, bool isCountable)
    {
        if (!isCountable) uncountable.Add(prices.Count);
        prices.Add(price);
    }

    /// <summary>The total in one line.</summary>
    /// <param name="maxCost">The limit of the command in US dollars; null for none.</param>
    /// <param name="daily">The limit of the day, and what is spent or reserved of it; null for none.</param>
    public string Describe(decimal? maxCost, (decimal Limit, decimal Spent)? daily)
    {
        int unknown = prices.Count(static price => price.Total is null);
        string text = string.Create(
            CultureInfo.InvariantCulture,
            $"Total: {Counted(prices.Sum(static price => price.Count), "image")} for {Counted(Prompts, "prompt")}, {Amount(prices.Sum(static price => price.Total ?? 0m))} US dollars");
        if (unknown > 0) text += string.Create(CultureInfo.InvariantCulture, $" and {Counted(unknown, "prompt")} without a known price");
        if (maxCost is { } most) text += $". -MaxCost {Amount(most)}: {Room(most)}";
        if (daily is { } day) text += $". Daily budget {Amount(day.Limit)}: {Amount(day.Spent)} is spent or reserved today (UTC), {Room(day.Limit - day.Spent)}";
        return text + ".";
    }

    /// <summary>As the run itself does: after the first prompt that has no room none is submitted.</summary>
    private string Room(decimal room)
    {
        int submitted = prices.Where((_, index) => !uncountable.Contains(index)).TakeWhile(price => (room -= price.Total ?? 0m) >= 0m).Count();
        return submitted == Prompts ? "enough" : string.Create(CultureInfo.InvariantCulture, $"{Counted(Prompts - submitted, "prompt")} would not be submitted");
    }

    private static string Counted(int count, string noun) => string.Create(CultureInfo.InvariantCulture, $"{count} {noun}{(count == 1 ? string.Empty : "s")}");

    private static string Amount(decimal amount) => amount.ToString("0.00##", CultureInfo.InvariantCulture);
}
