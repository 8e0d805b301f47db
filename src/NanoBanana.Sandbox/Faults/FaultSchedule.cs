using NanoBanana.Sandbox.Wires;

namespace NanoBanana.Sandbox.Faults;

/// <summary>A plan being played: it counts the requests that pass and says what strikes each. Thread-safe.</summary>
public sealed class FaultSchedule
{
    private readonly object _gate = new();
    private readonly FaultRule[] _rules;
    private readonly int[] _seen;
    private readonly int[] _struck;

    public FaultSchedule(FaultPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        _rules = [.. plan.Rules];
        _seen = new int[_rules.Length];
        _struck = new int[_rules.Length];
    }

    /// <summary>Whether a rule's kind can happen at its place at all.</summary>
    internal static bool CanStrike(FaultRule rule) => rule.Target == FaultTarget.Any || rule.Kind switch
    {
        FaultKind.Rejected or FaultKind.Failed or FaultKind.Empty =>
            rule.Target is FaultTarget.Submit or FaultTarget.Direct or FaultTarget.Status or FaultTarget.Stream or FaultTarget.Result,
        FaultKind.NoStream or FaultKind.StreamBreak => rule.Target == FaultTarget.Stream,
        _ => true,
    };

    /// <summary>What strikes a request.</summary>
    /// <param name="action">What it wants.</param>
    /// <param name="bringsResult">A look that brings the output with it: what waits for a result may strike it too.</param>
    internal Strike Take(WireAction action, bool bringsResult = false)
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
                var matches = Matches(rule, action) || (bringsResult && rule.Target == FaultTarget.Result);
                if (!matches || ++_seen[i] < rule.From || _struck[i] >= rule.Count)
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

    private static bool Matches(FaultRule rule, WireAction action)
    {
        var target = action switch
        {
            WireAction.Submit => FaultTarget.Submit,
            WireAction.Status => FaultTarget.Status,
            WireAction.Stream => FaultTarget.Stream,
            WireAction.Result => FaultTarget.Result,
            WireAction.Download => FaultTarget.Download,
            WireAction.Upload or WireAction.UploadTicket => FaultTarget.Upload,
            WireAction.Cancel => FaultTarget.Cancel,
            WireAction.Direct => FaultTarget.Direct,
            _ => FaultTarget.Any,
        };
        // With "any", a kind that belongs to certain places still waits for one of them.
        return rule.Target == FaultTarget.Any
            ? target == FaultTarget.Any ? HasNoPlace(rule.Kind) : CanStrike(rule with { Target = target })
            : rule.Target == target;
    }

    private static bool HasNoPlace(FaultKind kind) => CanStrike(new FaultRule { Target = FaultTarget.Download, Kind = kind });
}

/// <summary>What strikes one request: first a delay, then at most one fault.</summary>
internal readonly record struct Strike(TimeSpan Delay, FaultRule? Fault);
