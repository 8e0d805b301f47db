using System.Collections.Immutable;
using NanoBanana.Sandbox.Wires;

namespace NanoBanana.Sandbox;

/// <summary>The providers' books, for tests to compare with what a client believes: jobs, bills, and requests counted.</summary>
public sealed class SandboxLedger
{
    private readonly object _gate = new();
    private readonly List<LedgerEntry> _entries = [];
    private readonly Dictionary<string, int> _indexById = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _looksById = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _authorizationByHost = new(StringComparer.OrdinalIgnoreCase);
    private readonly int[] _requests = new int[Enum.GetValues<WireAction>().Length];
    private readonly int[] _states = new int[Enum.GetValues<LedgerState>().Length];
    private decimal _totalBilled;
    private int _replays;

    /// <summary>US dollars owed over all jobs.</summary>
    public decimal TotalBilled
    {
        get
        {
            lock (_gate)
                return _totalBilled;
        }
    }

    /// <summary>Jobs ever taken, whatever became of them.</summary>
    public int Accepted
    {
        get
        {
            lock (_gate)
                return _entries.Count;
        }
    }

    public int Billed => InState(LedgerState.Billed);

    public int Failed => InState(LedgerState.Failed);

    public int Cancelled => InState(LedgerState.Cancelled);

    /// <summary>Status requests and streams opened: how often clients looked.</summary>
    public int Looks => Requests(WireAction.Status) + Requests(WireAction.Stream);

    /// <summary>Submits that brought back a job made before, by its idempotency key.</summary>
    public int Replays
    {
        get
        {
            lock (_gate)
                return _replays;
        }
    }

    /// <summary>Requests that carried a key (Authorization or X-API-Key), by host.</summary>
    public IReadOnlyDictionary<string, int> AuthorizationByHost
    {
        get
        {
            lock (_gate)
                return _authorizationByHost.ToImmutableDictionary(StringComparer.OrdinalIgnoreCase);
        }
    }

    /// <summary>Every job in the order it was taken, as of now.</summary>
    public IReadOnlyList<LedgerEntry> Snapshot()
    {
        lock (_gate)
            return _entries.ToArray();
    }

    /// <summary>Requests received of this kind, refused ones included.</summary>
    public int Requests(WireAction action)
    {
        lock (_gate)
            return _requests[(int)action];
    }

    /// <summary>Status requests and streams opened for one job.</summary>
    public int LooksAt(string jobId)
    {
        lock (_gate)
            return _looksById.GetValueOrDefault(jobId);
    }

    internal void Note(WireCall call, string host, bool authorization)
    {
        lock (_gate)
        {
            _requests[(int)call.Action]++;
            if (authorization)
                _authorizationByHost[host] = _authorizationByHost.GetValueOrDefault(host) + 1;
            if (call.JobId is not null && call.Action is WireAction.Status or WireAction.Stream)
                _looksById[call.JobId!] = _looksById.GetValueOrDefault(call.JobId!) + 1;
        }
    }

    internal void NoteReplay()
    {
        lock (_gate)
            _replays++;
    }

    internal void Add(LedgerEntry entry)
    {
        lock (_gate)
        {
            _indexById[entry.JobId] = _entries.Count;
            _entries.Add(entry);
            Count(entry, 1);
        }
    }

    internal void Settle(string jobId, LedgerState state)
    {
        lock (_gate)
        {
            if (!_indexById.TryGetValue(jobId, out var index) || _entries[index].State == state)
                return;
            Count(_entries[index], -1);
            _entries[index] = _entries[index] with { State = state };
            Count(_entries[index], 1);
        }
    }

    internal void Clear()
    {
        lock (_gate)
        {
            _entries.Clear();
            _indexById.Clear();
            _looksById.Clear();
            _authorizationByHost.Clear();
            Array.Clear(_requests);
            Array.Clear(_states);
            _totalBilled = 0;
            _replays = 0;
        }
    }

    private void Count(LedgerEntry entry, int sign)
    {
        _states[(int)entry.State] += sign;
        if (entry.State == LedgerState.Billed)
            _totalBilled += sign * entry.Amount;
    }

    private int InState(LedgerState state)
    {
        lock (_gate)
            return _states[(int)state];
    }
}
