using NanoBanana.Engine.Tests.Support;
using NanoBanana.Engine.Transport;

namespace NanoBanana.Engine.Tests.Transport;

/// <summary>A submit under an idempotency key may be repeated; what became of it must still be told truly.</summary>
public sealed class IdempotentSubmitTests
{
    private int attempts;

    [Theory]
    [InlineData("reset")]
    [InlineData("500")]
    [InlineData("502")]
    [InlineData("429")]
    [InlineData("503")]
    [InlineData("broken JSON")]
    public async Task It_is_repeated_until_it_is_answered(string ending)
    {
        using var rig = new ApiRig(new StubHandler(_ => attempts++ < 2 ? End(ending) : Answers.Json("[1]")));

        Assert.Equal("[1]", await SendAsync(rig));
    }

    [Fact]
    public async Task A_refusal_after_a_lost_answer_does_not_say_that_nothing_was_taken()
    {
        using var rig = new ApiRig(new StubHandler(_ => attempts++ == 0 ? throw Answers.Reset() : Answers.Json("{}", 401)));

        NBException error = await Assert.ThrowsAsync<NBException>(() => SendAsync(rig));

        Assert.Equal(NBErrorId.SubmitOutcomeUnknown, error.ErrorId);
    }

    [Fact]
    public async Task A_refusal_after_an_attempt_that_never_left_is_the_last_word()
    {
        using var stub = new StubHandler(_ => Answers.Json("{}", 401));
        stub.Connect = _ => attempts++ == 0 ? Answers.NotSent(HttpRequestError.NameResolutionError) : null;
        using var rig = new ApiRig(stub);

        NBException error = await Assert.ThrowsAsync<NBException>(() => SendAsync(rig));

        Assert.Equal(401, error.StatusCode);
    }

    [Fact]
    public async Task An_answer_that_stays_lost_is_unknown()
    {
        using var rig = new ApiRig(new StubHandler(_ => throw Answers.Reset()));

        NBException error = await Assert.ThrowsAsync<NBException>(() => SendAsync(rig));

        Assert.Equal(NBErrorId.SubmitOutcomeUnknown, error.ErrorId);
    }

    [Fact]
    public async Task A_name_that_does_not_resolve_after_a_lost_answer_leaves_it_unknown()
    {
        using var stub = new StubHandler(_ => throw Answers.Reset());
        stub.Connect = _ => attempts++ > 0 ? Answers.NotSent(HttpRequestError.NameResolutionError) : null;
        using var rig = new ApiRig(stub);

        NBException error = await Assert.ThrowsAsync<NBException>(() => SendAsync(rig));

        Assert.Equal(NBErrorId.SubmitOutcomeUnknown, error.ErrorId);
    }

    private static HttpResponseMessage End(string ending) => ending switch
    {
        "reset" => throw Answers.Reset(),
        "broken JSON" => Answers.Json("{"),
        _ => Answers.Json("{}", int.Parse(ending)),
    };

    private static Task<string> SendAsync(ApiRig rig) => rig.Client.SendAsync(
        ApiRig.Call(CallKind.SubmitIdempotent),
        ApiRig.Scope(),
        answer => answer.IsSuccess
            ? System.Text.Json.JsonDocument.Parse(answer.Body).RootElement.GetRawText()
            : throw new NBException(NBErrorId.AuthenticationFailed, "refused") { StatusCode = answer.StatusCode },
        _ => false,
        CancellationToken.None);
}
