using NanoBanana.Engine.Jobs;

namespace NanoBanana.Engine.Tests.Jobs;

/// <summary>The end of the process waits for the submits that are under way.</summary>
public sealed class OpenSubmitsTests
{
    private readonly OpenSubmits submits = new();
    private readonly List<string> shown = [];

    [Fact]
    public void C1_The_end_of_a_process_without_open_submits_waits_for_nothing_and_shows_nothing()
    {
        submits.WaitForAll(shown.Add);

        Assert.Empty(shown);
    }

    [Fact]
    public async Task C1_The_end_of_the_process_waits_until_the_last_submit_has_ended()
    {
        OpenSubmit one = submits.Begin("one");
        OpenSubmit two = submits.Begin("two");
        Task exit = ExitAsync();

        one.Dispose();
        Assert.False(exit.IsCompleted);
        two.Dispose();

        await exit;
    }

    [Fact]
    public async Task C1_The_end_of_the_process_shows_one_line_that_says_how_many_it_waits_for()
    {
        using OpenSubmit one = submits.Begin("one");
        using OpenSubmit two = submits.Begin("two");
        Task exit = ExitAsync();
        submits.Leave();
        await exit;

        Assert.Contains("2 submits", Assert.Single(shown), StringComparison.Ordinal);
    }

    [Fact]
    public async Task C1_A_second_signal_ends_the_wait_at_once()
    {
        using OpenSubmit one = submits.Begin("one");
        Task exit = ExitAsync();

        submits.Leave();

        await exit;
        Assert.True(submits.Contains("one"));
    }

    [Fact]
    public async Task C1_Nothing_new_is_submitted_once_the_process_is_about_to_end()
    {
        using CancellationTokenSource run = submits.LinkTo(CancellationToken.None);
        using OpenSubmit one = submits.Begin("one");
        Task exit = ExitAsync();
        submits.Leave();
        await exit;

        Assert.True(run.IsCancellationRequested);
    }

    [Fact]
    public async Task C1_Whoever_waits_for_a_submit_hears_of_its_end()
    {
        OpenSubmit one = submits.Begin("one");
        Task end = submits.Find("one")!.Ended;
        one.Dispose();

        await end;
        Assert.Null(submits.Find("one"));
    }

    /// <summary>The exit on a thread of its own, once it has begun to wait.</summary>
    private async Task<Task> BeginExitAsync()
    {
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task exit = Task.Run(() => submits.WaitForAll(line =>
        {
            shown.Add(line);
            begun.SetResult();
        }));
        await begun.Task;
        return exit;
    }

    private Task ExitAsync()
    {
        Task<Task> begun = BeginExitAsync();
        Assert.True(begun.Wait(TimeSpan.FromMinutes(1)), "The exit did not begin to wait.");
        return begun.Result;
    }
}
