using NanoBanana.Engine.Tests.Support;
using NanoBanana.Engine.Transport;

namespace NanoBanana.Engine.Tests.Transport;

public sealed class PauseMessageTests
{
    [Theory]
    [InlineData(CallKind.Submit, true)]
    [InlineData(CallKind.Status, false)]
    [InlineData(CallKind.Result, false)]
    public async Task Only_of_a_submit_it_is_said_that_nothing_was_sent(CallKind kind, bool isSaid)
    {
        using var rig = new ApiRig(new StubHandler(static _ => Answers.Json("{}", 429).RetryAfter(86400)));
        CallScope usual = ApiRig.Scope(0);
        var scope = new CallScope { Provider = usual.Provider, Endpoint = usual.Endpoint, Authorize = usual.Authorize, Deadline = rig.Clock.GetUtcNow().AddMinutes(15) };
        await Assert.ThrowsAsync<NBException>(() => rig.SendAsync(ApiRig.Call(CallKind.Status), 0));

        NBException error = await Assert.ThrowsAsync<NBException>(() =>
            rig.Client.SendAsync(ApiRig.Call(kind), scope, static answer => answer.StatusCode, static _ => false, CancellationToken.None));

        Assert.Contains("Fal asks to wait 86400 s", error.Message, StringComparison.Ordinal);
        Assert.Equal(isSaid, error.Message.Contains("Nothing was sent", StringComparison.Ordinal));
    }
}
