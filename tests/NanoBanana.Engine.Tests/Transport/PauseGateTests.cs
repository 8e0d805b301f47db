using NanoBanana.Engine.Tests.Support;
using NanoBanana.Engine.Transport;

namespace NanoBanana.Engine.Tests.Transport;

public sealed class PauseGateTests
{
    private static readonly TimeSpan Never = TimeSpan.FromTicks(1);

    [Fact]
    public async Task One_429_holds_every_other_call_to_the_provider_back()
    {
        using var rig = new ApiRig(new StubHandler(_ => Answers.Json("{}", 429).RetryAfter(20)), new ImpatientTimeProvider(Never));
        await Assert.ThrowsAsync<NBException>(() => rig.SendAsync(ApiRig.Call(CallKind.Submit), 0));

        Task<string> other = rig.SendAsync(ApiRig.Call(CallKind.Status), 0);

        Assert.Single(rig.Stub.Requests);
        rig.Clock.Advance(TimeSpan.FromSeconds(20));
        await Assert.ThrowsAsync<NBException>(() => other);
    }

    [Fact]
    public async Task A_call_that_was_held_back_is_sent_when_the_pause_is_over()
    {
        int attempts = 0;
        using var rig = new ApiRig(
            new StubHandler(_ => attempts++ == 0 ? Answers.Json("{}", 429).RetryAfter(20) : Answers.Json("[1]")), new ImpatientTimeProvider(Never));
        await Assert.ThrowsAsync<NBException>(() => rig.SendAsync(ApiRig.Call(CallKind.Submit), 0));
        Task<string> other = rig.SendAsync(ApiRig.Call(CallKind.Status), 0);

        rig.Clock.Advance(TimeSpan.FromSeconds(20));

        Assert.Equal("[1]", await other);
    }

    [Fact]
    public async Task A_503_holds_nobody_else_back()
    {
        int attempts = 0;
        using var rig = new ApiRig(
            new StubHandler(_ => attempts++ == 0 ? Answers.Json("{}", 503).RetryAfter(20) : Answers.Json("[1]")), new ImpatientTimeProvider(Never));
        await Assert.ThrowsAsync<NBException>(() => rig.SendAsync(ApiRig.Call(CallKind.Submit), 0));

        Assert.Equal("[1]", await rig.SendAsync(ApiRig.Call(CallKind.Status), 0));
    }

    [Fact]
    public async Task A_long_pause_is_kept()
    {
        int attempts = 0;
        using var rig = new ApiRig(
            new StubHandler(_ => attempts++ == 0 ? Answers.Json("{}", 429).RetryAfter(600) : Answers.Json("[1]")), new ImpatientTimeProvider(Never));
        await Assert.ThrowsAsync<NBException>(() => rig.SendAsync(ApiRig.Call(CallKind.Submit), 0));
        Task<string> other = rig.SendAsync(ApiRig.Call(CallKind.Status), 0);

        rig.Clock.Advance(TimeSpan.FromMinutes(10));

        Assert.Equal("[1]", await other);
    }

    [Fact]
    public void A_shorter_pause_does_not_open_the_gate_early()
    {
        var clock = new ImpatientTimeProvider(Never);
        var gate = new PauseGate(clock);
        gate.Pause(TimeSpan.FromSeconds(30));
        gate.Pause(TimeSpan.FromSeconds(5));
        clock.Advance(TimeSpan.FromSeconds(6));

        Assert.False(gate.WaitAsync(CancellationToken.None).IsCompleted);
    }

    [Fact]
    public void A_longer_pause_keeps_the_gate_closed()
    {
        var clock = new ImpatientTimeProvider(Never);
        var gate = new PauseGate(clock);
        gate.Pause(TimeSpan.FromSeconds(5));
        gate.Pause(TimeSpan.FromSeconds(30));
        clock.Advance(TimeSpan.FromSeconds(6));

        Assert.False(gate.WaitAsync(CancellationToken.None).IsCompleted);
    }

    [Fact]
    public void A_gate_that_was_never_closed_is_open() =>
        Assert.True(new PauseGate(new ImpatientTimeProvider(Never)).WaitAsync(CancellationToken.None).IsCompletedSuccessfully);
}
