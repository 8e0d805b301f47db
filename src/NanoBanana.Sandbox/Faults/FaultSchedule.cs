using NanoBanana.Sandbox.Wires;

namespace NanoBanana.Sandbox.Faults;

/// <summary>A plan being played: it counts the requests that pass and says what strikes each. Thread-safe.</summary>
public sealed class FaultSchedule
{
    private readonly object _gate = new();
    private readonly FaultRule[] _rules;
    private readonly int _seed;
    private readonly int[] _seen;
    private readonly int[] _struck;
    private readonly Dictionary<(int Rule, string Provider), int> _drawn = [];

    public FaultSchedule(FaultPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        _rules = [.. plan.Rules];
        _seed = plan.Seed;
        _seen = new int[_rules.Length];
        _struck = new int[_rules.Length];
    }

    /// <summary>Whether a rule's kind can happen at its place at all.</summary>
    internal static bool CanStrike(FaultRule rule) => rule.Target == FaultTarget.Any || rule.Kind switch
    {
        FaultKind.Rejected or FaultKind.Failed or FaultKind.Empty =>
            rule.Target is FaultTarget.Submit or FaultTarget.Direct or FaultTarget.Status or FaultTarget.Stream or FaultTarget.Result,
        FaultKind.NoStream or FaultKind.StreamBreak => rule.Target == FaultTarget.Stream,
        FaultKind.Replay or FaultKind.Conflict => rule.Target is FaultTarget.Submit or FaultTarget.Direct,
        _ => true,
    };

    /// <summary>What strikes a request.</summary>
    /// <param name="request">What the schedule must know of it.</param>
    internal Strike Take(Target request)
    {
        if (_rules.Length == 0)
            return default;
        lock (_gate)
        {
            var delay = TimeSpan.Zero;
            FaultRule? fault = null;
            for (var i = 0; i < _rules.Length; i++)
            {
                var rule = _rules[i];
                if (!Matches(rule, request) || !IsDue(i, request.Provider))
                    continue;
                if (rule.Kind == FaultKind.Slow)
                    delay += rule.Delay;
                else if (fault is null)
                    fault = rule;
                else
                    continue;
                if (rule.Count != FaultRule.Always)
                    _struck[i]++;
            }

            return new Strike(delay, fault);
        }
    }

    /// <summary>Counts the request, and says whether the rule strikes it.</summary>
    private bool IsDue(int index, string provider)
    {
        var rule = _rules[index];
        if (rule.Chance is not { } chance)
            return ++_seen[index] >= rule.From && _struck[index] < rule.Count;
        var number = _drawn[(index, provider)] = _drawn.GetValueOrDefault((index, provider)) + 1;
        // A draw depends on nothing but the seed, the item, the provider and the number of the request: whatever else goes
        // on at the same time, the next run with this seed strikes the same numbers.
        for (var first = number; first > number - rule.Count && first >= rule.From; first--)
        {
            if (Draw(index, provider, first) < chance)
                return true;
        }

        return false;
    }

    /// <summary>A number from 0 up to, but not including, 1 (SplitMix64).</summary>
    private double Draw(int index, string provider, int number)
    {
        unchecked
        {
            var state = ((ulong)(uint)_seed << 32) ^ ((ulong)(uint)index << 24) ^ (uint)number;
            foreach (var letter in provider)
                state = (state ^ letter) * 0x100000001B3UL;
            state += 0x9E3779B97F4A7C15UL;
            state = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9UL;
            state = (state ^ (state >> 27)) * 0x94D049BB133111EBUL;
            return ((state ^ (state >> 31)) >> 11) * (1.0 / (1UL << 53));
        }
    }

    private static bool Matches(FaultRule rule, Target request)
    {
        if (rule.Kind is FaultKind.Replay or FaultKind.Conflict && !request.HasIdempotencyKey)
            return false;
        var place = request.Action switch
        {
            WireAction.Submit => FaultTarget.Submit,
            WireAction.Status => FaultTarget.Status,
            WireAction.Stream => FaultTarget.Stream,
            WireAction.Result => FaultTarget.Result,
            WireAction.Download => FaultTarget.Download,
            WireAction.Upload or WireAction.UploadTicket => FaultTarget.Upload,
            WireAction.Cancel => FaultTarget.Cancel,
            WireAction.Direct => FaultTarget.Direct,
            _ => FaultTarget.Other,
        };
        // With "any", a kind that belongs to certain places still waits for one of them.
        return rule.Target == FaultTarget.Any
            ? CanStrike(rule with { Target = place })
            : rule.Target == place || (rule.Target == FaultTarget.Result && request.BringsResult);
    }
}

/// <summary>What a schedule must know of a request.</summary>
/// <param name="Provider">The provider's name.</param>
/// <param name="Action">What it wants.</param>
/// <param name="BringsResult">A look that brings the output with it: what waits for a result may strike it too.</param>
/// <param name="HasIdempotencyKey">It carries a key that this provider honours.</param>
internal readonly record struct Target(string Provider, WireAction Action, bool BringsResult = false, bool HasIdempotencyKey = false);

/// <summary>What strikes one request: first a delay, then at most one fault.</summary>
internal readonly record struct Strike(TimeSpan Delay, FaultRule? Fault)
{
    /// <summary>Whatever is answered reaches a client that waits for it.</summary>
    public bool LeavesBodyWhole => Fault is null or { Kind: FaultKind.Drip };
}
