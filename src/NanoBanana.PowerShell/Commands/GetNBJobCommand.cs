using System.Collections.Concurrent;
using System.Management.Automation;
using NanoBanana.Engine;
using NanoBanana.Engine.Jobs;
using NanoBanana.PowerShell.Bridge;
using NanoBanana.PowerShell.Composition;
using NanoBanana.PowerShell.Parameters;

namespace NanoBanana.PowerShell.Commands;

/// <summary>Lists the jobs of the journal, the newest first.</summary>
[Cmdlet(VerbsCommon.Get, "NBJob")]
[OutputType(typeof(NBJob))]
public sealed class GetNBJobCommand : JobCommand
{
    private readonly List<NBJob> refreshed = [];
    private readonly ConcurrentDictionary<string, NBJob> seen = new(StringComparer.Ordinal);
    private int written;

    /// <summary>The jobs: their ids, wildcards, or the objects themselves; all of them when left out.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true)]
    [Alias("JobId", "Job")]
    [JobIds]
    [ArgumentCompleter(typeof(JobIdCompleter))]
    [SupportsWildcards]
    public override string[]? Id { get; set; }

    /// <summary>Only those of these providers; wildcards are taken.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(ProviderCompleter))]
    [SupportsWildcards]
    public string[]? Provider { get; set; }

    /// <summary>Only those that stand so.</summary>
    [Parameter]
    public NBJobState[]? State { get; set; }

    /// <summary>Only so many, the newest.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int Newest { get; set; } = int.MaxValue;

    /// <summary>Only those made at or after this time.</summary>
    [Parameter]
    public DateTime? Since { get; set; }

    /// <summary>Ask the provider once how each unfinished job stands.</summary>
    [Parameter]
    public SwitchParameter Refresh { get; set; }

    /// <summary>The sandbox's jobs instead of the providers'; ids are found in both.</summary>
    [Parameter]
    public SwitchParameter Sandbox { get; set; }

    private protected override ResumeOptions Goal { get; } = new() { Goal = ResumeGoal.Look };

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        IReadOnlyList<NBProvider> all = ImageEngine.DescribeProviders();
        foreach (string name in Provider ?? [])
        {
            // A pattern may fit nothing; a name is a mistake.
            if (WildcardPattern.ContainsWildcardCharacters(name) || all.Any(known => string.Equals(known.Name, name, StringComparison.OrdinalIgnoreCase))) continue;
            Refuse(ProviderNames.Unknown(name, nameof(Provider)), name);
        }
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (NBJob job in Id is null ? Store.List(Filter(), Refuse) : Find(Id).Where(Matches))
        {
            if (written >= Newest) return;
            written++;
            if (Refresh) Look(job);
            else WriteObject(job);
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        base.EndProcessing();
        foreach (NBJob job in refreshed) WriteObject(seen.GetValueOrDefault(job.Id, job));
    }

    private protected override PipelineItem? Translate(JobEvent next)
    {
        if (next is JobSeen { Job: { } job }) seen[job.Id] = job; // Read when the work has ended.
        return next switch
        {
            JobFailed { State: { } state } when state.HasEnded() || state == NBJobState.SubmitOutcomeUnknown => null, // The job itself says why.
            _ => base.Translate(next),
        };
    }

    private void Look(NBJob job)
    {
        refreshed.Add(job);
        if (!job.HasEnded) Carry(job);
    }

    private JobFilter Filter() => new()
    {
        Providers = Provider is null ? null : [.. ImageEngine.DescribeProviders().Select(known => known.Name).Where(IsProvider)],
        States = State,
        Since = Since?.ToUniversalTime(),
        Sandbox = EngineFactory.UsesSandbox(MyInvocation.BoundParameters.ContainsKey(nameof(Sandbox)) ? Sandbox.ToBool() : null),
    };

    private bool Matches(NBJob job) =>
        (Provider is null || IsProvider(job.Provider))
        && (State is null || State.Contains(job.State))
        && !(job.CreatedAt < Since?.ToUniversalTime());

    private bool IsProvider(string name) => Array.Exists(Provider!, pattern => new WildcardPattern(pattern, WildcardOptions.IgnoreCase).IsMatch(name));
}
