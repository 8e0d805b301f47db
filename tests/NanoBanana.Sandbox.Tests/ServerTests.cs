using System.Net;
using System.Text;
using System.Text.Json;
using NanoBanana.Sandbox.Server;

namespace NanoBanana.Sandbox.Tests;

public sealed class ServerTests : IAsyncLifetime
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false });
    private SandboxServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await SandboxServer.StartAsync(new SandboxServerOptions { Sandbox = new SandboxOptions { Latency = TimeSpan.Zero } });
        _http.BaseAddress = _server.Address;
        _http.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", "Key test");
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _server.DisposeAsync();
    }

    private Task<HttpResponseMessage> PostAsync(string path, string body = """{"prompt":"a"}""") =>
        _http.PostAsync(new Uri(path, UriKind.Relative), new StringContent(body, Encoding.UTF8, "application/json"));

    private async Task<JsonElement> GetAsync(string address) => await FalDesk.JsonAsync(await _http.GetAsync(new Uri(address, UriKind.RelativeOrAbsolute)));

    [Fact]
    public async Task A_job_goes_through_the_socket_with_addresses_that_lead_back()
    {
        var ticket = await FalDesk.JsonAsync(await PostAsync("/fal/queue.fal.run/fal-ai/nano-banana-2"));
        Assert.StartsWith($"{_server.Address}fal/queue.fal.run/fal-ai/nano-banana-2/requests/", FalDesk.Text(ticket, "status_url"), StringComparison.Ordinal);
        using var stream = await _http.GetAsync(new Uri(FalDesk.Text(ticket, "status_url") + "/stream"), HttpCompletionOption.ResponseHeadersRead);
        var last = "";
        await foreach (var status in FalDesk.EventsAsync(stream))
            last = FalDesk.Text(status, "status");
        Assert.Equal("COMPLETED", last);
        var output = await GetAsync(FalDesk.Text(ticket, "response_url"));
        var bytes = await _http.GetByteArrayAsync(new Uri(FalDesk.FirstUrl(output)));
        Assert.Equal(("png", 1024, 1024), PictureHeader.Read(bytes));
    }

    [Fact]
    public async Task A_path_without_a_host_means_the_providers_usual_one()
    {
        using var response = await PostAsync("/fal/fal-ai/nano-banana-2");
        Assert.Single((await FalDesk.JsonAsync(response)).GetProperty("images").EnumerateArray());
    }

    [Fact]
    public async Task A_path_of_no_provider_answers_404()
    {
        using var response = await _http.GetAsync(new Uri("/nobody/x", UriKind.Relative));
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
    }

    [Theory]
    [InlineData("direct:lost", 1)]
    [InlineData("direct:refused", 0)]
    public async Task A_dropped_connection_is_dropped(string faults, int accepted)
    {
        _server.SetFaults(faults);
        await Assert.ThrowsAsync<HttpRequestException>(() => PostAsync("/fal/fal-ai/nano-banana-2"));
        Assert.Equal(accepted, _server.Simulator.Ledger.Accepted);
    }

    [Theory]
    [InlineData("download:reset")]
    [InlineData("download:badlength")]
    public async Task A_body_that_breaks_off_breaks_off(string faults)
    {
        _server.SetFaults(faults);
        var output = await FalDesk.JsonAsync(await PostAsync("/fal/fal-ai/nano-banana-2"));
        await Assert.ThrowsAsync<HttpRequestException>(() => _http.GetByteArrayAsync(new Uri(FalDesk.FirstUrl(output))));
    }

    [Fact]
    public async Task The_books_can_be_read_and_the_behaviour_set()
    {
        using (await PostAsync("/fal/fal-ai/nano-banana-2"))
        {
            var ledger = await GetAsync("/_sandbox/ledger");
            Assert.Equal((1, 0.08m), (ledger.GetProperty("accepted").GetInt32(), ledger.GetProperty("totalBilled").GetDecimal()));
            Assert.Equal("a", FalDesk.Text(ledger.GetProperty("entries")[0], "prompt"));
            Assert.Equal(1, ledger.GetProperty("requests").GetProperty("direct").GetInt32());
            Assert.Equal(1, ledger.GetProperty("authorizationByHost").GetProperty("fal.run").GetInt32());
        }

        using var faults = await PostAsync("/_sandbox/faults", "direct:429");
        using var refused = await PostAsync("/fal/fal-ai/nano-banana-2");
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.TooManyRequests), (faults.StatusCode, refused.StatusCode));
        using var bad = await PostAsync("/_sandbox/faults", "direct:boom");
        Assert.Equal(HttpStatusCode.BadRequest, bad.StatusCode);
        Assert.Contains("direct:boom", FalDesk.Text(await FalDesk.JsonAsync(bad), "error"), StringComparison.Ordinal);
        using var latency = await PostAsync("/_sandbox/latency", "1");
        using var reset = await PostAsync("/_sandbox/reset", "");
        Assert.Equal(0, (await GetAsync("/_sandbox/ledger")).GetProperty("accepted").GetInt32());
        Assert.Equal("ok", FalDesk.Text(await GetAsync("/_sandbox/health"), "status"));
    }

    [Fact]
    public async Task An_idle_server_says_so()
    {
        var clock = new FakeTimeProvider();
        await using var server = await SandboxServer.StartAsync(new SandboxServerOptions { TimeProvider = clock });
        var idle = server.WaitForIdleAsync(TimeSpan.FromMinutes(15), CancellationToken.None);
        clock.Advance(TimeSpan.FromMinutes(14));
        Assert.False(idle.IsCompleted);
        clock.Advance(TimeSpan.FromMinutes(1));
        await idle;
    }

    [Fact]
    public void The_command_line_is_read_and_refused_in_words()
    {
        var options = SandboxServerOptions.Parse(
            ["--port", "8080", "--latency-ms", "5", "--faults", "submit:429", "--idle-seconds", "0", "--exit-with-stdin"], static _ => null);
        Assert.Equal((8080, 5.0, 1), (options.Port, options.Sandbox.Latency.TotalMilliseconds, options.Sandbox.Faults.Rules.Count));
        Assert.Equal((TimeSpan.Zero, true), (options.IdleTime, options.ExitWithStandardInput));
        foreach (var wrong in new[] { "--port", "--colour", "--port=1" })
            Assert.Throws<SandboxConfigurationException>(() => SandboxServerOptions.Parse([wrong], static _ => null));
        Assert.Throws<SandboxConfigurationException>(static () => SandboxServerOptions.Parse(["--port", "70000"], static _ => null));
    }
}
