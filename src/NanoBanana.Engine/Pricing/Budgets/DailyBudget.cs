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
    private readonly Dictionary<string, decimal> held = new(StringComparer.Ordinal);
    private DateOnly day;
    private decimal sum;
    private long position;
    private bool isReconciled;

    /// <summary>US dollars a day.</summary>
    public decimal Limit => limit;

    /// <summary>Reserves a sum, if there is room for it.</summary>
    /// <param name="jobId">The job that it is for.</param>
    /// <param name="amount">US dollars.</param>
    /// <param name="cancellationToken">Ends the waiting for others.</param>
    /// <returns>Null when it was reserved; else what is spent or reserved today.</returns>
    /// <exception cref="NBException">JournalUnavailable: the file cannot be had, so nothing may be spent.</exception>
    public async Task<decimal?> TryReserveAsync(string jobId, decimal amount, CancellationToken cancellationToken)
    {
        decimal? full = await TryAsync().ConfigureAwait(false);
        return full is not null && await ReleaseUnsentAsync(cancellationToken).ConfigureAwait(false) ? await TryAsync().ConfigureAwait(false) : full;

        Task<decimal?> TryAsync() => WithFileAsync<decimal?>(
            Today(),
            file =>
            {
                if (!isReconciled) Reconcile(file);
                if (sum + amount > limit) return sum;
                Append(file, jobId, amount);
                return null;
            },
            cancellationToken);
    }

    /// <summary>Corrects what a job counts for: the estimate until it is over, then what it cost.</summary>
    /// <param name="job">The job.</param>
    public Task SettleAsync(JobRecord job) => SetAsync(job, (job.IsOver ? job.Cost : job.Estimate) ?? 0m);

    /// <summary>Gives back all that is reserved for a job.</summary>
    /// <param name="job">The job.</param>
    public Task ReleaseAsync(JobRecord job) => File.Exists(PathOf(DayOf(job))) ? SetAsync(job, 0m) : Task.CompletedTask;

    /// <summary>What is spent or reserved today. Nothing is written.</summary>
    /// <param name="cancellationToken">Ends the waiting for others.</param>
    public async Task<decimal> ReadAsync(CancellationToken cancellationToken)
    {
        if (!File.Exists(PathOf(Today()))) return UncountedOn(Today()).Sum(job => job.Amount);
        return await WithFileAsync(Today(), _ => sum + (isReconciled ? 0m : UncountedOn(day).Sum(job => job.Amount)), cancellationToken).ConfigureAwait(false);
    }

    private Task SetAsync(JobRecord job, decimal amount) => WithFileAsync(
        DayOf(job),
        file =>
        {
            decimal difference = amount - held.GetValueOrDefault(job.Id);
            if (difference != 0m) Append(file, job.Id, difference);
            return difference;
        },
        CancellationToken.None);

    /// <summary>Ends the jobs of today whose process ended before it sent them, and gives back what they hold.</summary>
    /// <returns>Whether there were any.</returns>
    private async Task<bool> ReleaseUnsentAsync(CancellationToken cancellationToken)
    {
        (DateOnly today, HashSet<string> holders) = await WithFileAsync(
            Today(), _ => (day, held.Where(job => job.Value > 0m).Select(job => job.Key).ToHashSet(StringComparer.Ordinal)), cancellationToken).ConfigureAwait(false);
        bool isAny = false;
        foreach (JobRecord job in journal.Read(Of(today, holders.Contains)).Where(job => job.WasNotSent).ToList())
        {
            using IJobLock? alone = journal.TryLock(job.Id); // Null where its process lives.
            if (alone is null || journal.Find(job.Id) is not { WasNotSent: true } unsent) continue;
            NBException error = unsent.NotSent();
            JobRecord ended = unsent with { State = NBJobState.Failed, ErrorId = error.ErrorId, ErrorMessage = error.Message, UpdatedAt = timeProvider.GetUtcNow() };
            await journal.WriteAsync(ended, CancellationToken.None).ConfigureAwait(false);
            await SettleAsync(ended).ConfigureAwait(false);
            alone.DeleteOnRelease = true;
            isAny = true;
        }

        return isAny;
    }

    private static DateOnly DayOf(JobRecord job) => DateOnly.FromDateTime(job.CreatedAt.UtcDateTime);

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
                if (position == 0) held.Clear();
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
        return SoleFile.OpenAsync(PathOf(wanted), LongestWait, timeProvider, cancellationToken);
    }

    private string PathOf(DateOnly wanted) => Path.Combine(Folder, wanted.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) + ".txt");

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
            Count(line[(blank + 1)..], decimal.Parse(line.AsSpan(0, blank), NumberStyles.Number, CultureInfo.InvariantCulture));
        }

        position += Encoding.UTF8.GetByteCount(text.AsSpan(0, whole));
    }

    /// <summary>Counts the jobs of the day that were made while no budget was set.</summary>
    private void Reconcile(FileStream file)
    {
        isReconciled = true;
        foreach ((string id, decimal amount) in UncountedOn(day).ToList()) Append(file, id, amount);
    }

    private IEnumerable<(string Id, decimal Amount)> UncountedOn(DateOnly date) =>
        from job in journal.Read(Of(date, id => date != day || !held.ContainsKey(id)))
        where !job.WasNotSent && job.Cost is { } cost && cost != 0m
        select (job.Id, job.IsOver ? job.Cost!.Value : job.Estimate ?? job.Cost!.Value);

    private static JobQuery Of(DateOnly date, Func<string, bool> isWanted)
    {
        var start = new DateTimeOffset(date, TimeOnly.MinValue, TimeSpan.Zero);
        return new JobQuery { Since = start, Until = start.AddDays(1), IsWanted = isWanted };
    }

    private void Count(string jobId, decimal amount)
    {
        sum += amount;
        held[jobId] = held.GetValueOrDefault(jobId) + amount;
    }

    private void Append(FileStream file, string jobId, decimal amount)
    {
        byte[] line = Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{amount} {jobId}\n"));
        file.SetLength(position);
        file.Position = position;
        file.Write(line);
        file.Flush(flushToDisk: false);
        position += line.Length;
        Count(jobId, amount);
    }
}
