using System.Collections.Immutable;
using NanoBanana.Sandbox.Faults;
using NanoBanana.Sandbox.Wires;

namespace NanoBanana.Sandbox;

/// <summary>The providers' books, for tests to compare with what a client believes: jobs, bills, and requests counted.</summary>
public sealed class SandboxLedger
{
    private readonly object _gate = new();
    private readonly List<Line> _lines = [];
    private readonly Dictionary<string, Line> _byId = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _authorizationByHost = new(StringComparer.OrdinalIgnoreCase);
    private readonly int[] _requests = new int[Enum.GetValues<WireAction>().Length];
    private readonly int[] _faults = new int[Enum.GetValues<FaultKind>().Length];
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
                return _lines.Count;
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

    /// <summary>How often each fault has struck; those that have not are left out.</summary>
    public IReadOnlyDictionary<FaultKind, int> Faults
    {
        get
        {
            lock (_gate)
                return Enum.GetValues<FaultKind>().Where(kind => _faults[(int)kind] > 0).ToImmutableDictionary(static kind => kind, kind => _faults[(int)kind]);
        }
    }

    /// <summary>Every job in the order it was taken, as of now.</summary>
    public IReadOnlyList<LedgerEntry> Snapshot()
    {
        lock (_gate)
            return _lines.ConvertAll(static line => line.Entry with { Tally = line.Tally });
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
            return _byId.TryGetValue(jobId, out var line) ? line.Tally.Looks : 0;
    }

    internal void Note(WireCall call, string host, bool authorization)
    {
        lock (_gate)
        {
            _requests[(int)call.Action]++;
            if (authorization)
                _authorizationByHost[host] = _authorizationByHost.GetValueOrDefault(host) + 1;
            if (call is { JobId: { } id, Action: WireAction.Status or WireAction.Stream } && _byId.TryGetValue(id, out var line))
                line.Tally = line.Tally with { Looks = line.Tally.Looks + 1 };
        }
    }

    internal void Note(Strike strike)
    {
        lock (_gate)
        {
            if (strike.Delay > TimeSpan.Zero)
                _faults[(int)FaultKind.Slow]++;
            if (strike.Fault is { } fault)
                _faults[(int)fault.Kind]++;
        }
    }

    /// <summary>A submit brought back a job made before.</summary>
    internal void NoteReplay(string jobId)
    {
        lock (_gate)
        {
            _replays++;
            if (_byId.TryGetValue(jobId, out var line))
                line.Tally = line.Tally with { Accepted = line.Tally.Accepted + 1 };
        }
    }

    /// <summary>A picture was asked for.</summary>
    /// <param name="jobId">The job that made it.</param>
    /// <param name="served">It was served to its last byte.</param>
    internal void NoteDownload(string jobId, bool served)
    {
        lock (_gate)
        {
            if (_byId.TryGetValue(jobId, out var line))
                line.Tally = line.Tally with { DownloadRequests = line.Tally.DownloadRequests + 1, Downloads = line.Tally.Downloads + (served ? 1 : 0) };
        }
    }

    internal void Add(LedgerEntry entry)
    {
        lock (_gate)
        {
            var line = new Line(entry);
            _lines.Add(line);
            _byId[entry.JobId] = line;
            Count(entry, 1);
        }
    }

    internal void Settle(string jobId, LedgerState state)
    {
        lock (_gate)
        {
            if (!_byId.TryGetValue(jobId, out var line) || line.Entry.State == state)
                return;
            Count(line.Entry, -1);
            line.Entry = line.Entry with { State = state };
            Count(line.Entry, 1);
            if (state == LedgerState.Billed)
                line.Tally = line.Tally with { Billed = line.Tally.Billed + 1 };
        }
    }

    internal void Clear()
    {
        lock (_gate)
        {
            _lines.Clear();
            _byId.Clear();
            _authorizationByHost.Clear();
            Array.Clear(_requests);
            Array.Clear(_states);
            Array.Clear(_faults);
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

    /// <summary>A job's line in the books, written on as things happen.</summary>
    private sealed class Line(LedgerEntry entry)
    {
        public LedgerEntry Entry { get; set; } = entry;

        public JobTally Tally { get; set; } = entry.Tally;
    }
}
