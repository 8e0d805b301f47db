using NanoBanana.Engine.Jobs;
using NanoBanana.Engine.Tests.Support;
using NanoBanana.Engine.Transport;

namespace NanoBanana.Engine.Tests.Transport;

public sealed class RedirectTests : IDisposable
{
    private readonly EngineRig rig = new();

    public void Dispose() => rig.Dispose();

    [Theory]
    [InlineData(301)]
    [InlineData(302)]
    [InlineData(303)]
    [InlineData(307)]
    [InlineData(308)]
    public async Task A_redirect_of_a_call_with_the_key_is_refused(int status)
    {
        rig.Fal.Instead = request => FalStub.IsResult(request) ? Answers.Redirect("https://evil.example/x", status) : null;

        List<JobEvent> events = await rig.RunAsync();

        Assert.Equal(NBErrorId.UnsafeUrl, events.Error().ErrorId);
    }

    [Fact]
    public async Task A_redirected_submit_was_not_taken()
    {
        rig.Fal.Instead = request => FalStub.IsSubmit(request) ? Answers.Redirect("https://evil.example/x", 308) : null;

        List<JobEvent> events = await rig.RunAsync();

        Assert.Equal((NBErrorId.UnsafeUrl, NBJobState.Failed), (events.Error().ErrorId, rig.Journal.Last.State));
    }

    [Theory]
    [InlineData(302)]
    [InlineData(307)]
    public async Task The_key_is_never_sent_where_a_redirect_leads(int status)
    {
        rig.Fal.Instead = request => request.Uri.Host == "queue.fal.run" ? Answers.Redirect("https://evil.example/x", status) : null;

        await rig.RunAsync();

        Assert.All(rig.Fal.Handler.Requests, request => Assert.Equal("queue.fal.run", request.Uri.Host));
    }

    [Fact]
    public async Task A_redirected_submit_is_sent_once()
    {
        rig.Fal.Instead = request => FalStub.IsSubmit(request) ? Answers.Redirect("https://queue.fal.run/again", 307) : null;

        await rig.RunAsync();

        Assert.Single(rig.Fal.Handler.Requests);
    }

    [Fact]
    public void The_handler_for_calls_with_the_key_follows_no_redirects()
    {
        using SocketsHttpHandler handler = ApiClient.CreateHandler();

        Assert.False(handler.AllowAutoRedirect);
    }

    [Fact]
    public void The_handler_for_calls_with_the_key_keeps_no_cookies()
    {
        using SocketsHttpHandler handler = ApiClient.CreateHandler();

        Assert.False(handler.UseCookies);
    }
}
