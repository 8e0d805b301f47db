using NanoBanana.Engine.Tests.Support;
using NanoBanana.Engine.Transport;

namespace NanoBanana.Engine.Tests.Transport;

public sealed class CircuitBreakerTests
{
    private const int Enough = 20;

    [Fact]
    public async Task After_many_failures_in_a_row_calls_are_held_back()
    {
        using ApiRig rig = await FailingAsync(Enough);

        await Assert.ThrowsAsync<NBException>(() => rig.SendAsync(ApiRig.Call(CallKind.Status), 0));

        Assert.Equal(Enough, rig.Stub.Requests.Count);
    }

    [Fact]
    public async Task After_some_failures_calls_still_go_out()
    {
        using ApiRig rig = await FailingAsync(Enough - 1);

        await Assert.ThrowsAsync<NBException>(() => rig.SendAsync(ApiRig.Call(CallKind.Status), 0));

        Assert.Equal(Enough, rig.Stub.Requests.Count);
    }

    [Fact]
    public async Task A_submit_that_is_held_back_counts_as_not_sent()
    {
        using ApiRig rig = await FailingAsync(Enough);

        NBException error = await Assert.ThrowsAsync<NBException>(() => rig.SendAsync(ApiRig.Call(CallKind.Submit), 0));

        Assert.Equal(NBErrorId.ProviderUnavailable, error.ErrorId);
    }

    [Fact]
    public async Task A_submit_that_is_held_back_waits_for_the_circuit_and_then_goes_out()
    {
        bool failing = true;
        using var rig = new ApiRig(new StubHandler(_ => failing ? Answers.Json("{}", 500) : Answers.Json("[1]")));
        await FailAsync(rig, Enough);
        failing = false;

        Assert.Equal("[1]", await rig.SendAsync(ApiRig.Call(CallKind.Submit), 1));
    }

    [Theory]
    [InlineData(429)]
    [InlineData(404)]
    public async Task A_provider_that_answers_does_not_open_the_circuit(int status)
    {
        using ApiRig rig = await FailingAsync(2 * Enough, status);

        Assert.Equal(2 * Enough, rig.Stub.Requests.Count);
    }

    private static async Task<ApiRig> FailingAsync(int count, int status = 500)
    {
        var rig = new ApiRig(new StubHandler(_ => Answers.Json("{}", status)));
        await FailAsync(rig, count);
        return rig;
    }

    private static async Task FailAsync(ApiRig rig, int count)
    {
        for (int i = 0; i < count; i++) await Assert.ThrowsAsync<NBException>(() => rig.SendAsync(ApiRig.Call(CallKind.Status), 0));
    }
}
