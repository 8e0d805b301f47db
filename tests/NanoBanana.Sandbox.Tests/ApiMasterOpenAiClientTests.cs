using System.Text.Json;
using NanoBanana.Sandbox.Server;

namespace NanoBanana.Sandbox.Tests;

public sealed class ApiMasterOpenAiClientTests
{
    [Fact]
    public async Task OpenAIs_own_client_works_with_nothing_but_the_base_url_changed()
    {
        if (!Tool.Exists("node") || !Tool.Exists("npm")) Assert.Skip("node and npm are not on PATH");

        using var folder = new ScratchFolder();
        foreach (var file in Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "node-openai")))
            File.Copy(file, folder.File(Path.GetFileName(file)));
        if (Tool.Run("npm", ["install", "--no-audit", "--no-fund", "--no-package-lock"], folder.Path, out var problem) is null) Assert.Skip("npm could not install openai: " + problem.ReplaceLineEndings(" ").Trim());

        await using var server = await SandboxServer.StartAsync(new SandboxServerOptions { Sandbox = new SandboxOptions { Latency = TimeSpan.Zero } });
        var output = Tool.Run("node", ["openai-client.mjs", server.Address.GetLeftPart(UriPartial.Authority)], folder.Path, out var errors);
        Assert.True(output is not null, errors);
        Check(output!, server);
    }

    private static void Check(string output, SandboxServer server)
    {
        using var json = JsonDocument.Parse(output);
        var report = json.RootElement;
        Assert.True(report.GetProperty("created").GetInt64() > 0);
        var urls = report.GetProperty("urls").EnumerateArray().Select(static url => url.GetString()!).ToArray();
        Assert.Equal(2, urls.Length);
        Assert.All(urls, url => Assert.StartsWith($"{server.Address}apimaster/media.apimaster.ai/", url, StringComparison.Ordinal));
        var picture = report.GetProperty("picture");
        Assert.Equal((200, "image/png", "PNG"), (picture.GetProperty("status").GetInt32(), FalDesk.Text(picture, "type"), FalDesk.Text(picture, "start")));
        Assert.Equal(1, report.GetProperty("edited").GetInt32());
        Assert.Equal(["gemini-3.1-flash-image-preview", "gemini-3.1-flash-image"], report.GetProperty("models").EnumerateArray().Select(static id => id.GetString()));
        var invalid = report.GetProperty("invalid");
        Assert.Equal(
            ("BadRequestError", 400, "invalid_parameter", "invalid_request_error"),
            (FalDesk.Text(invalid, "name"), invalid.GetProperty("status").GetInt32(), FalDesk.Text(invalid, "code"), FalDesk.Text(invalid, "type")));
        var unauthorized = report.GetProperty("unauthorized");
        Assert.Equal(
            ("AuthenticationError", 401, "invalid_api_key"),
            (FalDesk.Text(unauthorized, "name"), unauthorized.GetProperty("status").GetInt32(), FalDesk.Text(unauthorized, "code")));
        Assert.Equal((2, 0.125m), (server.Simulator.Ledger.Billed, server.Simulator.Ledger.TotalBilled));
        Assert.False(server.Simulator.Ledger.AuthorizationByHost.ContainsKey("media.apimaster.ai"));
    }
}
