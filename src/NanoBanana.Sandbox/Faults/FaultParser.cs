using System.Globalization;

namespace NanoBanana.Sandbox.Faults;

/// <summary>Reads the written list described at <see cref="FaultPlan"/>.</summary>
internal static class FaultParser
{
    private const string KnownTargets = "submit, status, stream, result, download, upload, cancel, direct, other, any";
    private const string KnownKinds =
        "a status such as 429, 429=2, 429=date+2, 429=date+2~-3600, 500 or 503-retry=2; lost, taken=status, refused, reset, truncate, slow=ms, " +
        "drip=ms, stall, html, malformed, empty, rejected, failed, credits, unauthorized, expired, redirect=URL, wrongtype, badlength, nostream, " +
        "streambreak, bodycode=status, replay, conflict";

    private const string Form = "an item is written where:what[=value][*count][@n][%chance], or seed=n, or storm=n";
    private const int LargestNumber = 2_000_000_000;

    private static readonly Dictionary<string, FaultKind> PlainKinds = new(StringComparer.OrdinalIgnoreCase)
    {
        ["lost"] = FaultKind.Lost,
        ["refused"] = FaultKind.Refused,
        ["reset"] = FaultKind.Reset,
        ["truncate"] = FaultKind.Truncate,
        ["html"] = FaultKind.Html,
        ["malformed"] = FaultKind.Malformed,
        ["empty"] = FaultKind.Empty,
        ["rejected"] = FaultKind.Rejected,
        ["failed"] = FaultKind.Failed,
        ["wrongtype"] = FaultKind.WrongType,
        ["streambreak"] = FaultKind.StreamBreak,
        ["stall"] = FaultKind.Stall,
        ["replay"] = FaultKind.Replay,
        ["conflict"] = FaultKind.Conflict,
    };

    public static (List<FaultRule> Rules, int Seed) Parse(string text, string source)
    {
        var rules = new List<FaultRule>();
        var seed = 0;
        foreach (var item in text.Split([',', ';'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (item.Contains(':', StringComparison.Ordinal) || !item.Contains('=', StringComparison.Ordinal))
            {
                rules.Add(ParseItem(item, source));
                continue;
            }

            var equals = item.IndexOf('=', StringComparison.Ordinal);
            seed = Number(item[(equals + 1)..].Trim(), item, source);
            if (item[..equals].Trim().Equals("storm", StringComparison.OrdinalIgnoreCase))
                rules.AddRange(Parse(FaultPlan.StormText, source).Rules);
            else if (!item[..equals].Trim().Equals("seed", StringComparison.OrdinalIgnoreCase))
                throw Bad(source, item, Form);
        }

        return (rules, seed);
    }

    private static FaultRule ParseItem(string item, string source)
    {
        var colon = item.IndexOf(':', StringComparison.Ordinal);
        if (colon < 0)
            throw Bad(source, item, Form);
        if (!TryTarget(item[..colon].Trim(), out var target))
            throw Bad(source, item, "the places known are " + KnownTargets);

        var rest = item[(colon + 1)..].Trim();
        var chance = CutChance(ref rest, item, source);
        var from = 1;
        if (TryCutNumber(ref rest, '@', out var start))
            from = start ?? throw Bad(source, item, "@ is followed by the first request it strikes, counted from 1");
        var count = 1;
        if (TryCutNumber(ref rest, '*', out var times))
            count = times ?? FaultRule.Always;
        if (from < 1 || count < 1)
            throw Bad(source, item, "counts begin at 1");
        if (chance is not null && count == FaultRule.Always)
            throw Bad(source, item, "what strikes always has no chance; with %, the count is how many are struck in a row");

        var equals = rest.IndexOf('=', StringComparison.Ordinal);
        var word = equals < 0 ? rest : rest[..equals];
        var value = equals < 0 ? null : rest[(equals + 1)..];
        var rule = ParseKind(word.Trim(), value?.Trim(), item, source) with { Target = target, Count = count, From = from, Chance = chance };
        if (!FaultSchedule.CanStrike(rule))
            throw Bad(source, item, $"'{word}' cannot happen at '{item[..colon]}'");
        return rule;
    }

    private static FaultRule ParseKind(string word, string? value, string item, string source)
    {
        if (PlainKinds.TryGetValue(word, out var plain))
        {
            return value is null
                ? Rule(plain)
                : throw Bad(source, item, $"'{word}' takes no value");
        }

        return word.ToUpperInvariant() switch
        {
            "CREDITS" => Rule(FaultKind.Credits) with { Status = StatusOr(0, value, item, source) },
            "UNAUTHORIZED" => Rule(FaultKind.Unauthorized) with { Status = StatusOr(401, value, item, source) },
            "EXPIRED" => Rule(FaultKind.Expired) with { Status = StatusOr(410, value, item, source) },
            "BODYCODE" when value is not null => Rule(FaultKind.BodyCode) with { Status = StatusOr(0, value, item, source) },
            "NOSTREAM" => Rule(FaultKind.NoStream) with { Status = StatusOr(405, value, item, source) },
            "BADLENGTH" => Rule(FaultKind.BadLength) with { Length = value is null ? null : SignedNumber(value, item, source) },
            "TAKEN" when value is not null => Rule(FaultKind.Taken) with { Status = GatewayStatus(value, item, source) },
            "DRIP" when value is not null => Rule(FaultKind.Drip) with { Delay = TimeSpan.FromMilliseconds(Number(value, item, source)) },
            "SLOW" when value is not null => Rule(FaultKind.Slow) with { Delay = TimeSpan.FromMilliseconds(Number(value, item, source)) },
            "REDIRECT" when !string.IsNullOrEmpty(value) => Rule(FaultKind.Redirect) with { Status = 302, Location = value },
            _ => ParseStatus(word, value, item, source),
        };
    }

    private static FaultRule ParseStatus(string word, string? value, string item, string source)
    {
        var digits = word.EndsWith("-retry", StringComparison.OrdinalIgnoreCase) ? word[..^"-retry".Length] : word;
        if (!TryNumber(digits, out var status) || status is < 300 or > 599)
            throw Bad(source, item, "what can go wrong is " + KnownKinds);
        var rule = Rule(FaultKind.Status) with { Status = status };
        if (value is null)
            return digits.Length == word.Length ? rule : throw Bad(source, item, "-retry needs =seconds");
        var asDate = value.StartsWith("date+", StringComparison.OrdinalIgnoreCase);
        var skew = 0;
        if (asDate)
        {
            value = value["date+".Length..];
            if (value.IndexOf('~', StringComparison.Ordinal) is >= 0 and var tilde)
                (skew, value) = (SignedNumber(value[(tilde + 1)..], item, source), value[..tilde]);
        }

        return rule with
        {
            RetryAfter = TimeSpan.FromSeconds(Number(value, item, source)),
            RetryAfterAsDate = asDate,
            ClockSkew = TimeSpan.FromSeconds(skew),
        };
    }

    private static FaultRule Rule(FaultKind kind) => new() { Target = FaultTarget.Any, Kind = kind };

    private static int StatusOr(int usual, string? value, string item, string source)
    {
        if (value is null)
            return usual;
        return TryNumber(value, out var status) && status is >= 400 and <= 599
            ? status
            : throw Bad(source, item, "the value is a status from 400 to 599");
    }

    private static int GatewayStatus(string value, string item, string source) =>
        TryNumber(value, out var status) && status is >= 500 and <= 599 ? status : throw Bad(source, item, "the value is a status from 500 to 599");

    private static int SignedNumber(string value, string item, string source) =>
        value.StartsWith('-') ? -Number(value[1..], item, source) : Number(value, item, source);

    private static int Number(string value, string item, string source) =>
        TryNumber(value, out var number) ? number : throw Bad(source, item, "the value is a whole number, 0 or more");

    private static bool TryNumber(string text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number <= LargestNumber;

    private static bool TryTarget(string word, out FaultTarget target) =>
        Enum.TryParse(word, ignoreCase: true, out target) && word.Length > 0 && char.IsAsciiLetter(word[0]);

    /// <summary>Cuts a trailing chance in percent. An address may hold such a mark itself, so a redirect takes none.</summary>
    private static double? CutChance(ref string rest, string item, string source)
    {
        var at = rest.LastIndexOf('%');
        if (at < 0 || rest.StartsWith("redirect", StringComparison.OrdinalIgnoreCase))
            return null;
        if (!double.TryParse(rest[(at + 1)..], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var percent) || percent is not (> 0 and <= 100))
            throw Bad(source, item, "% is followed by a chance in percent, above 0 and up to 100");
        rest = rest[..at].TrimEnd();
        return percent / 100;
    }

    /// <summary>Cuts a trailing mark with its digits; a mark followed by anything else belongs to the value (a redirect's URL).</summary>
    private static bool TryCutNumber(ref string rest, char mark, out int? number)
    {
        number = null;
        var at = rest.LastIndexOf(mark);
        if (at < 0)
            return false;
        var digits = rest[(at + 1)..].Trim();
        if (digits.Length > 0 && !TryNumber(digits, out _))
            return false;
        number = digits.Length == 0 ? null : int.Parse(digits, CultureInfo.InvariantCulture);
        rest = rest[..at].TrimEnd();
        return true;
    }

    private static SandboxConfigurationException Bad(string source, string item, string why) =>
        new($"{source} holds '{item}', which is not understood: {why}.");
}
