using System.Text.Json;
using NanoBanana.Sandbox.Server;

namespace NanoBanana.Sandbox.Tests;

public sealed class FalJsClientTests
{
    [Fact]
    public async Task Fals_own_client_works_unchanged()
    {
        if (!Tool.Exists("node") || !Tool.Exists("npm")) Assert.Skip("node and npm are not on PATH");

        using var folder = new ScratchFolder();
        foreach (var file in Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "node")))
            File.Copy(file, folder.File(Path.GetFileName(file)));
        if (Tool.Run("npm", ["install", "--no-audit", "--no-fund", "--no-package-lock"], folder.Path, out var problem) is null) Assert.Skip("npm could not install @fal-ai/client: " + problem.ReplaceLineEndings(" ").Trim());

        await using var server = await SandboxServer.StartAsync(
            new SandboxServerOptions { Sandbox = new SandboxOptions { Latency = TimeSpan.FromMilliseconds(300) } });
        var output = Tool.Run("node", ["fal-client.mjs", server.Address.GetLeftPart(UriPartial.Authority)], folder.Path, out var errors);
        Assert.True(output is not null, errors);
        Check(output!, server);
    }

    private static void Check(string output, SandboxServer server)
    {
        using var json = JsonDocument.Parse(output);
        var report = json.RootElement;
        var subscribe = report.GetProperty("subscribe");
        Assert.Equal((1376, 768), (subscribe.GetProperty("width").GetInt32(), subscribe.GetProperty("height").GetInt32()));
        Assert.NotEmpty(FalDesk.Text(subscribe, "requestId"));
        Assert.Contains("COMPLETED", subscribe.GetProperty("states").EnumerateArray().Select(static state => state.GetString()));
        Assert.Equal(2, subscribe.GetProperty("logs").GetInt32());
        Assert.Equal(1, report.GetProperty("streaming").GetInt32());
        Assert.Equal(("COMPLETED", 2), (FalDesk.Text(report.GetProperty("queue"), "status"), report.GetProperty("queue").GetProperty("images").GetInt32()));
        Assert.Equal((499, "client_cancelled"), (report.GetProperty("cancel").GetProperty("status").GetInt32(), FalDesk.Text(report.GetProperty("cancel"), "type")));
        Assert.StartsWith(server.Address.ToString(), FalDesk.Text(report.GetProperty("edit"), "uploaded"), StringComparison.Ordinal);
        Assert.Equal(1376, report.GetProperty("edit").GetProperty("width").GetInt32());
        Assert.Equal(1, report.GetProperty("run").GetInt32());
        Assert.Equal(("ValidationError", 422), (FalDesk.Text(report.GetProperty("invalid"), "name"), report.GetProperty("invalid").GetProperty("status").GetInt32()));
        Assert.Equal(["prompt", "aspect_ratio"], report.GetProperty("invalid").GetProperty("fields").EnumerateArray().Select(static field => field.GetString()));
        Assert.False(server.Simulator.Ledger.AuthorizationByHost.ContainsKey("v3.fal.media"));
        Assert.Equal(1, server.Simulator.Ledger.Cancelled);
    }
}
