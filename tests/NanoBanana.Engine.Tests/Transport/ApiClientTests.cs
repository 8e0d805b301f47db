using NanoBanana.Engine.Tests.Support;
using NanoBanana.Engine.Transport;

namespace NanoBanana.Engine.Tests.Transport;

public sealed class ApiClientTests
{
    [Theory]
    [InlineData(CallKind.Status, 500)]
    [InlineData(CallKind.Status, 503)]
    [InlineData(CallKind.Status, 408)]
    [InlineData(CallKind.Result, 502)]
    [InlineData(CallKind.Result, 429)]
    [InlineData(CallKind.SubmitIdempotent, 500)]
    public async Task A_safe_call_is_repeated_until_it_is_answered(CallKind kind, int status)
    {
        int attempts = 0;
        using var rig = new ApiRig(new StubHandler(_ => attempts++ < 3 ? Answers.Json("{}", status) : Answers.Json("[1]")));

        Assert.Equal("[1]", await rig.SendAsync(ApiRig.Call(kind)));
    }

    [Fact]
    public async Task A_safe_call_is_repeated_after_a_reset()
    {
        int attempts = 0;
        using var rig = new ApiRig(new StubHandler(_ => attempts++ < 2 ? throw Answers.Reset() : Answers.Json("[1]")));

        Assert.Equal("[1]", await rig.SendAsync(ApiRig.Call(CallKind.Status)));
    }

    [Fact]
    public async Task A_safe_call_whose_attempt_takes_too_long_is_repeated()
    {
        ApiRig? rig = null;
        int attempts = 0;
        using var stub = new StubHandler(async (_, cancellationToken) =>
        {
            if (attempts++ == 0)
            {
                rig!.Clock.Advance(TimeSpan.FromSeconds(60));
                await Task.Delay(Timeout.Infinite, cancellationToken);
            }

            return Answers.Json("[1]");
        });
        using (rig = new ApiRig(stub)) Assert.Equal("[1]", await rig.SendAsync(ApiRig.Call(CallKind.Status)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public async Task MaximumRetryCount_bounds_the_repeats(int allowed)
    {
        using var rig = new ApiRig(new StubHandler(_ => Answers.Json("{}", 500)));

        await Assert.ThrowsAsync<NBException>(() => rig.SendAsync(ApiRig.Call(CallKind.Status), allowed));

        Assert.Equal(1 + allowed, rig.Stub.Requests.Count);
    }

    [Theory]
    [InlineData(401)]
    [InlineData(403)]
    [InlineData(404)]
    public async Task A_refused_look_is_not_repeated(int status)
    {
        using var rig = new ApiRig(new StubHandler(_ => Answers.Json("{}", status)));

        await Assert.ThrowsAsync<NBException>(() => rig.SendAsync(ApiRig.Call(CallKind.Status)));

        Assert.Single(rig.Stub.Requests);
    }

    [Theory]
    [InlineData(500)]
    [InlineData(429)]
    public async Task Cancelling_is_asked_for_once(int status)
    {
        using var rig = new ApiRig(new StubHandler(_ => Answers.Json("{}", status)));

        await Assert.ThrowsAsync<NBException>(() => rig.SendAsync(ApiRig.Call(CallKind.Cancel)));

        Assert.Single(rig.Stub.Requests);
    }

    [Fact]
    public async Task An_answer_that_is_the_last_word_is_not_repeated()
    {
        using var rig = new ApiRig(new StubHandler(_ => Answers.Json("{}", 500)));

        await Assert.ThrowsAsync<NBException>(() => rig.Client.SendAsync<string>(
            ApiRig.Call(CallKind.Status), ApiRig.Scope(), _ => throw new NBException(NBErrorId.JobTimedOut, "x"), _ => true, CancellationToken.None));

        Assert.Single(rig.Stub.Requests);
    }

    [Fact]
    public async Task A_body_of_more_than_8_MiB_is_refused_by_its_announced_length()
    {
        using var rig = new ApiRig(new StubHandler(_ => Answers.Bytes(new byte[AnswerReader.LargestBody + 1], "application/json")));

        NBException error = await Assert.ThrowsAsync<NBException>(() => rig.SendAsync(ApiRig.Call(CallKind.Status), 0));

        Assert.Contains("longer than 8,388,608 bytes", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_of_more_than_8_MiB_is_refused_when_no_length_is_announced()
    {
        using var rig = new ApiRig(new StubHandler(_ =>
            new HttpResponseMessage { Content = new StreamContent(new ChunkedStream(new byte[AnswerReader.LargestBody + 1], 100_000)) }));

        NBException error = await Assert.ThrowsAsync<NBException>(() => rig.SendAsync(ApiRig.Call(CallKind.Status), 0));

        Assert.Contains("longer than 8,388,608 bytes", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_of_exactly_8_MiB_is_taken()
    {
        using var rig = new ApiRig(new StubHandler(_ => Answers.Bytes(new byte[AnswerReader.LargestBody], "application/json")));

        Assert.Equal(AnswerReader.LargestBody, (await rig.SendAsync(ApiRig.Call(CallKind.Status), 0)).Length);
    }

    [Fact]
    public async Task A_body_shorter_than_announced_is_broken()
    {
        using var rig = new ApiRig(new StubHandler(_ =>
        {
            HttpResponseMessage response = new() { Content = new StreamContent(new ChunkedStream("[1]"u8.ToArray(), 2)) };
            response.Content.Headers.ContentLength = 10;
            return response;
        }));

        NBException error = await Assert.ThrowsAsync<NBException>(() => rig.SendAsync(ApiRig.Call(CallKind.Status), 0));

        Assert.Contains("broke off", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_call_without_the_key_carries_none()
    {
        using var rig = new ApiRig(new StubHandler(_ => Answers.Json("[1]")));

        await rig.SendAsync(ApiRig.Call(CallKind.Upload, "https://storage.example.com/put") with { Keyed = false });

        Assert.Null(Assert.Single(rig.Stub.Requests).Header("Authorization"));
    }

    [Theory]
    [InlineData("https://evilfal.ai/x")]
    [InlineData("http://queue.fal.run/x")]
    [InlineData("https://queue.fal.run:8443/x")]
    public async Task A_call_with_the_key_to_another_host_is_never_sent(string uri)
    {
        using var rig = new ApiRig(new StubHandler(_ => Answers.Json("[1]")));

        NBException error = await Assert.ThrowsAsync<NBException>(() => rig.SendAsync(ApiRig.Call(CallKind.Status, uri)));

        Assert.Equal((NBErrorId.UnsafeUrl, 0), (error.ErrorId, rig.Stub.Requests.Count));
    }

    [Fact]
    public async Task A_call_without_the_key_into_a_private_network_is_never_sent()
    {
        using var rig = new ApiRig(new StubHandler(_ => Answers.Json("[1]")));

        await Assert.ThrowsAsync<NBException>(() => rig.SendAsync(ApiRig.Call(CallKind.Upload, "https://10.0.0.1/put") with { Keyed = false }));

        Assert.Empty(rig.Stub.Requests);
    }
}
