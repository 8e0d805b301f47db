using System.Management.Automation;
using NanoBanana.Engine;
using NanoBanana.Engine.Pricing;
using NanoBanana.Engine.State;
using NanoBanana.PowerShell.Bridge;
using NanoBanana.PowerShell.Credentials;

namespace NanoBanana.PowerShell.Commands;

/// <summary>Counts what the jobs of the journal came to: pictures, failures, cost and time.</summary>
[Cmdlet(VerbsCommon.Get, "NBUsage")]
[OutputType(typeof(NBUsage))]
public sealed class GetNBUsageCommand : AsyncPSCmdlet
{
    private const int DefaultDays = 30;

    /// <summary>Only jobs made at or after this time; the last 30 days when left out.</summary>
    [Parameter]
    public DateTime? Since { get; set; }

    /// <summary>Only jobs made before this time; now when left out.</summary>
    [Parameter]
    public DateTime? Until { get; set; }

    /// <summary>What makes a row of its own.</summary>
    [Parameter(Position = 0)]
    [ValidateNotNullOrEmpty]
    public UsageGroup[] GroupBy { get; set; } = [UsageGroup.Day];

    /// <summary>Draw the cost as bars instead of writing objects.</summary>
    [Parameter]
    public SwitchParameter Plot { get; set; }

    /// <summary>With -Plot: write the objects too.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        IReadOnlyList<NBUsage> rows;
        try
        {
            var store = new JobStore(StateFolder.Find(Environment.GetEnvironmentVariable));
            rows = store.Usage(Query(), error => WriteError(ErrorRecords.From(error, error.JobId)), StopToken);
        }
        catch (NBException error)
        {
            ThrowTerminatingError(ErrorRecords.From(error, error.Parameter));
            return;
        }
        catch (OperationCanceledException) when (StopToken.IsCancellationRequested)
        {
            throw new PipelineStoppedException();
        }

        bool isDrawn = Plot && rows.Count > 0 && Draw(rows);
        if (!isDrawn || PassThru) WriteObject(rows, enumerateCollection: true);
    }

    private UsageQuery Query()
    {
        DateTimeOffset until = Until is { } end ? Utc(end) : DateTimeOffset.UtcNow;
        return new UsageQuery
        {
            Since = Since is { } start ? Utc(start) : FirstDay(until),
            Until = until,
            GroupBy = [.. GroupBy.Distinct()],
        };
    }

    /// <summary>Whole days, that of the end included.</summary>
    private static DateTimeOffset FirstDay(DateTimeOffset until)
    {
        var last = new DateTime(Math.Max(until.UtcTicks - 1, DefaultDays * TimeSpan.TicksPerDay), DateTimeKind.Utc);
        return new DateTimeOffset(last.Date.AddDays(1 - DefaultDays), TimeSpan.Zero);
    }

    /// <summary>A time without a zone is the user's own.</summary>
    private static DateTimeOffset Utc(DateTime time) => new(time.ToUniversalTime(), TimeSpan.Zero);

    /// <summary>Shows the bars as Write-Host would, so that they land in no variable and no file of objects.</summary>
    /// <returns>Whether there is a screen to draw on.</returns>
    private bool Draw(IReadOnlyList<NBUsage> rows)
    {
        int width = InteractiveHost.WindowWidth(Host);
        if (width < UsageChart.LeastWidth)
        {
            WriteWarning($"This host has no screen of {UsageChart.LeastWidth} columns to draw on; the rows are written instead.");
            return false;
        }

        foreach (string line in UsageChart.Draw(rows, width)) WriteInformation(new HostInformationMessage { Message = line }, ["PSHOST"]);
        return true;
    }
}
