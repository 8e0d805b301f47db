using System.Net;

namespace NanoBanana.Sandbox.Tests;

public sealed class FalDirectTests
{
    [Fact]
    public async Task A_direct_call_answers_the_output_and_bills()
    {
        using var desk = new FalDesk();
        using var response = await desk.RunAsync("""{"prompt":"a"}""");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Single((await FalDesk.JsonAsync(response)).GetProperty("images").EnumerateArray());
        Assert.Single(response.Headers.GetValues("x-fal-request-id"));
        Assert.Equal(0.08m, desk.Ledger.TotalBilled);
    }

    [Fact]
    public async Task Hanging_up_cancels_a_direct_call_and_bills_nothing()
    {
        using var desk = new FalDesk(latency: TimeSpan.FromHours(1));
        using var cancel = new CancellationTokenSource();
        var call = desk.SendAsync(HttpMethod.Post, "https://fal.run/" + FalDesk.Model, """{"prompt":"a"}""", cancel.Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        Assert.Equal((1, 0m), (desk.Ledger.Cancelled, desk.Ledger.TotalBilled));
    }

    [Theory]
    [InlineData("png", 1)]
    [InlineData("webp", 3)]
    public async Task Sync_mode_answers_data_uris_that_hold_the_pictures(string format, int count)
    {
        using var desk = new FalDesk();
        using var response = await desk.MakeAsync($$"""{"prompt":"a","sync_mode":true,"output_format":"{{format}}","num_images":{{count}},"seed":1}""");
        var images = (await FalDesk.JsonAsync(response)).GetProperty("images");
        Assert.Equal(count, images.GetArrayLength());
        foreach (var image in images.EnumerateArray())
        {
            var start = $"data:image/{format};base64,";
            Assert.StartsWith(start, FalDesk.Text(image, "url"), StringComparison.Ordinal);
            var bytes = Convert.FromBase64String(FalDesk.Text(image, "url")[start.Length..]);
            Assert.Equal((format, 1024, 1024), PictureHeader.Read(bytes));
            Assert.Equal(bytes.Length, image.GetProperty("file_size").GetInt32());
        }
    }

    [Fact]
    public async Task A_broken_reference_answers_422_and_bills_nothing()
    {
        using var desk = new FalDesk();
        using var response = await desk.RunAsync("""{"prompt":"a","image_urls":["data:text/plain;base64,aGVsbG8="]}""", FalDesk.Model + "/edit");
        Assert.Equal(HttpStatusCode.UnprocessableEntity, response.StatusCode);
        var problem = (await FalDesk.JsonAsync(response)).GetProperty("detail")[0];
        Assert.Equal("image_load_error", FalDesk.Text(problem, "type"));
        Assert.Equal(0, problem.GetProperty("loc")[2].GetInt32());
        Assert.Equal((1, 0m), (desk.Ledger.Failed, desk.Ledger.TotalBilled));
    }
}
