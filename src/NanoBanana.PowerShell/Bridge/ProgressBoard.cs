using System.Globalization;
using System.Management.Automation;
using NanoBanana.Engine;
using NanoBanana.Engine.Jobs;

namespace NanoBanana.PowerShell.Bridge;

/// <summary>What the progress display shows: one bar for the batch, and one below it for each job that runs.</summary>
internal sealed class ProgressBoard(TimeProvider timeProvider, string activity)
{
    private const int BatchActivity = 20034; // "NB"; far from the small numbers that scripts use.
    private const int MostRows = 12;
    private const int LongestPrompt = 50;

    private readonly Dictionary<string, Row> rows = new(StringComparer.Ordinal);
    private readonly SortedSet<int> freeNumbers = [];
    private readonly HashSet<int> shown = [];
    private readonly List<string> left = [];
    private int nextNumber = BatchActivity + 1;
    private int started;
    private int ended;
    private int pictures;

    /// <summary>Takes note of an event.</summary>
    public void Take(JobEvent next)
    {
        lock (rows)
        {
            switch (next)
            {
                case JobStarted start:
                    started++;
                    rows[start.JobId] = new Row(TakeNumber(), start.Provider, TerminalText.SafeLine(start.Prompt ?? start.JobId), timeProvider.GetTimestamp()) { State = start.State };
                    break;
                case JobProgressed progress when rows.TryGetValue(progress.JobId, out Row? row):
                    (row.State, row.QueuePosition) = (progress.State, progress.QueuePosition);
                    break;
                case ImageReceived:
                    pictures++;
                    break;
                case JobEnded end when rows.Remove(end.JobId, out Row? row):
                    ended++;
                    if (end.IsLeft) left.Add(end.JobId);
                    freeNumbers.Add(row.Number);
                    break;
            }
        }
    }

    /// <summary>The bars as they are now.</summary>
    public IReadOnlyList<ProgressRecord> Snapshot()
    {
        lock (rows)
        {
            if (started == 0) return [];
            var records = new List<ProgressRecord>
            {
                new(BatchActivity, activity, string.Create(CultureInfo.CurrentCulture, $"{pictures} pictures, {ended} of {started} jobs ended"))
                {
                    PercentComplete = 100 * ended / started,
                },
            };
            foreach (Row row in rows.Values.OrderBy(row => row.Number).Take(MostRows))
            {
                string prompt = row.Prompt.Length <= LongestPrompt ? row.Prompt : string.Concat(row.Prompt.AsSpan(0, LongestPrompt - 3), "...");
                records.Add(new ProgressRecord(row.Number, prompt.Length == 0 ? "picture" : prompt, Status(row)) { ParentActivityId = BatchActivity });
            }

            return Complete(records);
        }
    }

    /// <summary>Whether there are jobs that have not ended, and all of them are being submitted.</summary>
    /// <param name="isSubmitting">Whether a job is, by its id.</param>
    public bool HasOnly(Func<string, bool> isSubmitting)
    {
        lock (rows) return rows.Count > 0 && rows.Keys.All(isSubmitting);
    }

    /// <summary>The jobs that a provider has taken, or may have taken, and that are not finished, oldest first.</summary>
    /// <param name="isSubmitting">Whether a job is being submitted, by its id.</param>
    public IReadOnlyList<string> Unfinished(Func<string, bool> isSubmitting)
    {
        lock (rows)
        {
            IEnumerable<string> running = rows
                .Where(row => row.Value.State is NBJobState.Submitted or NBJobState.Running or NBJobState.Succeeded or NBJobState.SubmitOutcomeUnknown || isSubmitting(row.Key))
                .Select(row => row.Key);
            return [.. left.Concat(running).Order(StringComparer.Ordinal)];
        }
    }

    /// <summary>Takes every bar away.</summary>
    public IReadOnlyList<ProgressRecord> Clear()
    {
        lock (rows)
        {
            return Complete([]);
        }
    }

    private List<ProgressRecord> Complete(List<ProgressRecord> records)
    {
        HashSet<int> current = [.. records.Select(record => record.ActivityId)];
        records.AddRange(shown.Where(number => !current.Contains(number)).Select(
            number => new ProgressRecord(number, activity, "done") { RecordType = ProgressRecordType.Completed }));
        shown.Clear();
        shown.UnionWith(current);
        return records;
    }

    private string Status(Row row)
    {
        TimeSpan time = timeProvider.GetElapsedTime(row.Started);
        string state = row.State switch
        {
            NBJobState.Intent => "submitting",
            NBJobState.Submitted when row.QueuePosition is { } position => string.Create(CultureInfo.CurrentCulture, $"in the queue of {row.Provider}, {position} ahead"),
            NBJobState.Submitted => $"in the queue of {row.Provider}",
            NBJobState.Running => $"{row.Provider} is painting",
            NBJobState.Succeeded => "downloading",
            _ => row.State.ToString(),
        };
        return string.Create(CultureInfo.CurrentCulture, $"{state}, {time.TotalSeconds:0} s");
    }

    private int TakeNumber()
    {
        if (freeNumbers.Count == 0) return nextNumber++;
        int number = freeNumbers.Min;
        freeNumbers.Remove(number);
        return number;
    }

    private sealed class Row(int number, string provider, string prompt, long started)
    {
        public int Number { get; } = number;

        public string Provider { get; } = provider;

        public string Prompt { get; } = prompt;

        public long Started { get; } = started;

        public NBJobState State { get; set; } = NBJobState.Intent;

        public int? QueuePosition { get; set; }
    }
}
