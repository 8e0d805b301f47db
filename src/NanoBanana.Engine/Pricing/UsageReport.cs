using NanoBanana.Engine.Jobs;

namespace NanoBanana.Engine.Pricing;

/// <summary>Counts jobs one after the other and keeps only the sums, so that its size is that of its rows.</summary>
internal sealed class UsageReport
{
    private readonly UsageQuery query;
    private readonly Dictionary<Key, Sums> rows = [];

    /// <summary>Makes an empty report.</summary>
    /// <param name="query">Which jobs, and by what.</param>
    /// <exception cref="NBException">InvalidRequest: the time ends before it begins.</exception>
    public UsageReport(UsageQuery query)
    {
        if (query.Since >= query.Until)
        {
            throw new NBException(
                NBErrorId.InvalidRequest,
                FormattableString.Invariant($"The time from {query.Since.UtcDateTime:yyyy-MM-dd HH:mm} to {query.Until.UtcDateTime:yyyy-MM-dd HH:mm} UTC holds nothing: let -Since be before -Until."))
            { Parameter = "Since" };
        }

        this.query = query;
    }

    /// <summary>The jobs to be added.</summary>
    public JobQuery Jobs => new() { Since = query.Since, Until = query.Until };

    /// <summary>Counts a job.</summary>
    public void Add(JobRecord job)
    {
        Key key = KeyOf(job);
        if (!rows.TryGetValue(key, out Sums? sums)) rows.Add(key, sums = new Sums());
        sums.Add(job);
    }

    /// <summary>What was counted, sorted by the groups in the order in which they were asked for.</summary>
    public IReadOnlyList<NBUsage> Make()
    {
        IOrderedEnumerable<KeyValuePair<Key, Sums>> sorted = rows.OrderBy(static _ => 0);
        foreach (UsageGroup group in query.GroupBy)
        {
            sorted = group switch
            {
                UsageGroup.Day => sorted.ThenBy(static row => row.Key.Day),
                UsageGroup.Provider => sorted.ThenBy(static row => row.Key.Provider, StringComparer.OrdinalIgnoreCase),
                UsageGroup.Model => sorted.ThenBy(static row => row.Key.Model, StringComparer.OrdinalIgnoreCase),
                _ => sorted.ThenBy(static row => row.Key.Resolution),
            };
        }

        return [.. sorted.Select(row => ToPublic(row.Key, row.Value))];
    }

    private Key KeyOf(JobRecord job) => new(
        query.GroupBy.Contains(UsageGroup.Day) ? DateOnly.FromDateTime(job.CreatedAt.UtcDateTime) : null,
        query.GroupBy.Contains(UsageGroup.Provider) ? job.Provider : null,
        query.GroupBy.Contains(UsageGroup.Model) ? job.Model : null,
        query.GroupBy.Contains(UsageGroup.Resolution) ? job.ResolutionOrDefault : null);

    private NBUsage ToPublic(Key key, Sums sums) => new()
    {
        Day = key.Day,
        Provider = key.Provider,
        Model = key.Model,
        Resolution = key.Resolution?.ToName(),
        Pictures = sums.Pictures,
        Jobs = sums.Jobs,
        Failures = sums.Failures,
        Unknown = sums.Unknown,
        Unpriced = sums.Unpriced,
        Cost = sums.Cost,
        Credits = sums.Credits,
        MeanTime = sums.MeanTime,
        From = key.Day is { } first && Start(first) > query.Since ? Start(first) : query.Since.ToUniversalTime(),
        Until = key.Day is { } last && last < DateOnly.MaxValue && Start(last.AddDays(1)) < query.Until ? Start(last.AddDays(1)) : query.Until.ToUniversalTime(),
    };

    private static DateTimeOffset Start(DateOnly day) => new(day, TimeOnly.MinValue, TimeSpan.Zero);

    private readonly record struct Key(DateOnly? Day, string? Provider, string? Model, ImageResolution? Resolution);

    /// <summary>The sums of one row.</summary>
    private sealed class Sums
    {
        private int received;
        private decimal receivedTicks;

        public int Pictures { get; private set; }

        public int Jobs { get; private set; }

        public int Failures { get; private set; }

        public int Unknown { get; private set; }

        public int Unpriced { get; private set; }

        public decimal? Cost { get; private set; }

        public decimal? Credits { get; private set; }

        public TimeSpan? MeanTime => received == 0 ? null : TimeSpan.FromTicks((long)(receivedTicks / received));

        public void Add(JobRecord job)
        {
            JobCost cost = JobCost.Of(job);
            Jobs++;
            Pictures += PicturesOf(job);
            if (job.State is NBJobState.Failed or NBJobState.Expired) Failures++;
            if (cost.IsUncertain) Unknown++;
            if (cost.Amount is { } amount) Cost = (Cost ?? 0m) + amount;
            else Unpriced++;
            if (job.Credits is { } credits) Credits = (Credits ?? 0m) + credits;
            if (job is { State: NBJobState.Received, EndedAt: { } ended } && ended >= job.CreatedAt)
            {
                received++;
                receivedTicks += (ended - job.CreatedAt).Ticks;
            }
        }

        /// <summary>Of a job that expired, those that had been fetched before.</summary>
        private static int PicturesOf(JobRecord job) => job.State switch
        {
            NBJobState.Succeeded or NBJobState.Received => job.Pictures.Count,
            NBJobState.Expired => job.Pictures.Count(static picture => picture.Path is not null),
            _ => 0,
        };
    }
}
