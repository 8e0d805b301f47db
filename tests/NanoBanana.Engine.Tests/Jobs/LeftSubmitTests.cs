using NanoBanana.Engine.Jobs;
using NanoBanana.Engine.Jobs.Journal;
using NanoBanana.Engine.State;
using NanoBanana.Engine.Tests.Journal;
using NanoBanana.Engine.Tests.Support;

namespace NanoBanana.Engine.Tests.Jobs;

/// <summary>What the list of jobs says of a submit whose process has ended.</summary>
public sealed class LeftSubmitTests : IDisposable
{
    private readonly TempFolder temp = new();

    public void Dispose() => temp.Dispose();

    [Fact]
    public async Task C1_A_job_whose_process_ended_while_it_submitted_says_that_the_outcome_is_unknown() =>
        Assert.Equal(NBErrorId.SubmitOutcomeUnknown, (await ListedAsync(int.MaxValue, sendStarted: true)).ErrorId);

    [Fact]
    public async Task C1_A_job_whose_process_ended_before_anything_was_sent_says_so() =>
        Assert.Contains("before anything was sent", (await ListedAsync(int.MaxValue, sendStarted: false)).ErrorMessage, StringComparison.Ordinal);

    [Fact]
    public async Task C1_A_job_whose_process_runs_has_no_error() =>
        Assert.Null((await ListedAsync(Environment.ProcessId, sendStarted: true)).ErrorId);

    private async Task<NBJob> ListedAsync(int processId, bool sendStarted)
    {
        var folder = new StateFolder(temp.Path);
        JobRecord job = JournalRig.Job(TimeProvider.System.GetUtcNow()) with { ProcessId = processId, MachineName = Environment.MachineName, SendStarted = sendStarted };
        await new FileJobJournal(folder.Jobs(sandbox: false)).WriteAsync(job, CancellationToken.None);
        return new JobStore(folder).Find(job.Id)!;
    }
}
