using System.Globalization;
using System.Text;
using NanoBanana.Engine.Jobs;
using NanoBanana.Engine.State;

namespace NanoBanana.Engine.Pricing.Budgets;

/// <summary>
/// What all processes of a user may spend in a day (UTC). A file for each day holds a line for each sum that was set aside or
/// given back; whoever has it open alone may read the sum and add to it, so that two can never overshoot together.
/// </summary>
/// <param name="state">Where the files are.</param>
/// <param name="journal">The jobs of providers; those that were made without a budget are counted too.</param>
/// <param name="limit">US dollars a day.</param>
/// <param name="timeProvider">The clock.</param>
internal sealed class DailyBudget(StateFolder state, IJobJournal journal, decimal limit, TimeProvider timeProvider)
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(15);
    private readonly SemaphoreSlim turn = new(1);
    private readonly HashSet<string> known = new(StringComparer.Ordinal);
    private DateOnly day;
    private decimal sum;
    private long position;
    private bool isReconciled;

    /// <summary>US dollars a day.</summary>
    public decimal Limit => limit;

    /// <summary>Sets a sum aside, if there is room for it.</summary>
    /// <param name="jobId">The job that it is for.</param>
    /// <param name="amount">US dollars.</param>
    /// <param name="cancellationToken">Ends the waiting for others.</param>
    /// <returns>Null when it was set aside; else what was spent already today.</returns>
    /// <exception cref="NBException">JournalUnavailable: the file cannot be had, so nothing may be spent.</exception>
    public Task<decimal?> TryReserveAsync(string jobId, decimal amount, CancellationToken cancellationToken) => WithFileAsync<decimal?>(
        Today(),
        file =>
        {
            if (!isReconciled) Reconcile(file);
            if (sum + amount > limit) return sum;
            Append(file, jobId, amount);
            return null;
        },
        cancellationToken);

    /// <summary>Corrects a sum that was set aside, when it is known what the job cost.</summary>
    /// <param name="job">The job.</param>
    /// <param name="difference">US dollars; negative to give back.</param>
    public Task SettleAsync(JobRecord job, decimal difference) => WithFileAsync<decimal?>(
        DateOnly.FromDateTime(job.CreatedAt.UtcDateTime),
        file =>
        {
            // For a job that was made without a budget nothing was set aside that could be corrected: it counts for what it cost.
            decimal amount = known.Contains(job.Id) ? difference : job.Cost ?? 0m;
            if (amount != 0m) Append(file, job.Id, amount);
            return null;
        },
        CancellationToken.None);

    private DateOnly Today() => DateOnly.FromDateTime(timeProvider.GetUtcNow().UtcDateTime);

    private async Task<T> WithFileAsync<T>(DateOnly wanted, Func<FileStream, T> work, CancellationToken cancellationToken)
    {
        await turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            FileStream file = await OpenAsync(wanted, cancellationToken).ConfigureAwait(false);
            await using (file.ConfigureAwait(false))
            {
                if (wanted != day) (day, sum, position, isReconciled) = (wanted, 0m, 0, false);
                if (position == 0) known.Clear();
                ReadOn(file);
                return work(file);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or FormatException)
        {
            throw new NBException(
                NBErrorId.JournalUnavailable,
                $"What was spent today cannot be counted ({exception.Message}), so nothing is submitted. Look at the rights and the space of {Folder}, or take the budget away with Set-NBOption -DailyBudget $null.",
                exception);
        }
        finally
        {
            turn.Release();
        }
    }

    private string Folder => Path.Combine(state.Root, "budget");

    private Task<FileStream> OpenAsync(DateOnly wanted, CancellationToken cancellationToken)
    {
        AtomicFile.CreateFolder(Folder);
        string path = Path.Combine(Folder, wanted.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) + ".txt");
        return SoleFile.OpenAsync(path, LongestWait, timeProvider, cancellationToken);
    }

    /// <summary>Reads what others added since the last time.</summary>
    private void ReadOn(FileStream file)
    {
        if (file.Length < position) throw new FormatException("the count of today has become shorter");
        file.Position = position;
        using var reader = new StreamReader(file, Encoding.UTF8, detectEncodingFromByteOrderMarks: false, leaveOpen: true);
        string text = reader.ReadToEnd();
        int whole = text.LastIndexOf('\n') + 1; // A line that was cut off by a crash was never acted upon.
        foreach (string line in text[..whole].Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            int blank = line.IndexOf(' ', StringComparison.Ordinal);
            if (blank < 0) throw new FormatException($"'{line}' is no line of a count");
            sum += decimal.Parse(line.AsSpan(0, blank), NumberStyles.Number, CultureInfo.InvariantCulture);
            known.Add(line[(blank + 1)..]);
        }

        position += Encoding.UTF8.GetByteCount(text.AsSpan(0, whole));
    }

    /// <summary>Counts the jobs of the day that were made while no budget was set.</summary>
    private void Reconcile(FileStream file)
    {
        isReconciled = true;
        var start = new DateTimeOffset(day, TimeOnly.MinValue, TimeSpan.Zero);
        foreach (JobRecord job in journal.Read(new JobQuery { Since = start, Until = start.AddDays(1), IsWanted = id => !known.Contains(id) }).ToList())
        {
            if (job.Cost is { } cost && cost != 0m) Append(file, job.Id, job.IsOver ? cost : job.Estimate ?? cost);
        }
    }

    private void Append(FileStream file, string jobId, decimal amount)
    {
        byte[] line = Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{amount} {jobId}\n"));
        file.SetLength(position);
        file.Position = position;
        file.Write(line);
        file.Flush(flushToDisk: false);
        position += line.Length;
        sum += amount;
        known.Add(jobId);
    }
}
