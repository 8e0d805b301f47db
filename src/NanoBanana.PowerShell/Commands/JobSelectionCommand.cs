using System.Management.Automation;
using NanoBanana.Engine;
using NanoBanana.Engine.State;
using NanoBanana.PowerShell.Bridge;
using NanoBanana.PowerShell.Parameters;

namespace NanoBanana.PowerShell.Commands;

/// <summary>Takes jobs of the journal from the pipeline: ids, wildcards, or the objects themselves.</summary>
public abstract class JobSelectionCommand : JobEventCmdlet
{
    private JobStore? store;

    /// <summary>The jobs: their ids, wildcards, or the objects themselves.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [Alias("JobId", "Job")]
    [JobIds]
    [ArgumentCompleter(typeof(JobIdCompleter))]
    [SupportsWildcards]
    public virtual string[]? Id { get; set; }

    /// <summary>The journal.</summary>
    private protected JobStore Store => store!;

    private protected override string Activity => "Looking at jobs";

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        try
        {
            store = new JobStore(StateFolder.Find(Environment.GetEnvironmentVariable));
        }
        catch (NBException error)
        {
            ThrowTerminatingError(ErrorRecords.From(error, error.Parameter));
        }
    }

    /// <summary>Finds jobs; what cannot be found becomes an error.</summary>
    /// <param name="ids">Ids and wildcards.</param>
    private protected IEnumerable<NBJob> Find(IEnumerable<string?>? ids)
    {
        foreach (string? id in ids ?? [])
        {
            if (string.IsNullOrWhiteSpace(id))
            {
                Refuse(new NBException(NBErrorId.InvalidRequest, "The job's id is empty. Get-NBJob lists the jobs that there are.") { Parameter = nameof(Id) }, id);
            }
            else if (WildcardPattern.ContainsWildcardCharacters(id))
            {
                var pattern = new WildcardPattern(id, WildcardOptions.IgnoreCase);
                foreach (NBJob job in Store.List(new JobFilter { IsWanted = pattern.IsMatch }, Refuse)) yield return job;
            }
            else if (FindOne(id.Trim()) is { } job)
            {
                yield return job;
            }
        }
    }

    /// <summary>Writes an error.</summary>
    private protected void Refuse(NBException error) => Refuse(error, error.JobId);

    /// <summary>Writes an error.</summary>
    private protected void Refuse(NBException error, string? target) => WriteError(ErrorRecords.From(error, target));

    private NBJob? FindOne(string id)
    {
        try
        {
            if (Store.Find(id) is { } job) return job;
            Refuse(JobStore.NotFound(id), id);
        }
        catch (NBException error)
        {
            Refuse(error, id);
        }

        return null;
    }
}
