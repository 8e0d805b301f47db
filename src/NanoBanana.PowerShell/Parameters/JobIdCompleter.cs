using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using NanoBanana.Engine;
using NanoBanana.Engine.State;

namespace NanoBanana.PowerShell.Parameters;

/// <summary>Completes -Id with the newest jobs.</summary>
internal sealed class JobIdCompleter : IArgumentCompleter
{
    private const int MostJobs = 25;

    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        string start = (wordToComplete ?? string.Empty).Trim('\'', '"');
        var filter = new JobFilter { IsWanted = id => id.StartsWith(start, StringComparison.OrdinalIgnoreCase) };
        return new JobStore(StateFolder.Find(Environment.GetEnvironmentVariable))
            .List(filter, static _ => { })
            .Take(MostJobs)
            .Select(job => new CompletionResult(job.Id, $"{job.Id} {job.State}", CompletionResultType.ParameterValue, $"{job.State}, {job.Provider}: {job.Prompt ?? "(prompt not kept)"}"));
    }
}
