namespace NanoBanana.Sandbox.Tests;

public sealed class LedgerTests
{
    [Theory]
    [InlineData("""{"prompt":"a","resolution":"0.5K"}""", "0.06")]
    [InlineData("""{"prompt":"a"}""", "0.08")]
    [InlineData("""{"prompt":"a","resolution":"2K"}""", "0.12")]
    [InlineData("""{"prompt":"a","resolution":"4K","num_images":3}""", "0.48")]
    [InlineData("""{"prompt":"a","enable_web_search":true}""", "0.095")]
    [InlineData("""{"prompt":"a","thinking_level":"high","num_images":2}""", "0.164")]
    [InlineData("""{"prompt":"a","thinking_level":"minimal"}""", "0.08")]
    public async Task A_finished_job_is_billed_at_fals_price(string body, string price)
    {
        using var desk = new FalDesk();
        await desk.FinishAsync(await desk.TakeAsync(body));
        var entry = Assert.Single(desk.Ledger.Snapshot());
        Assert.Equal(decimal.Parse(price, System.Globalization.CultureInfo.InvariantCulture), desk.Ledger.TotalBilled);
        Assert.Equal((LedgerState.Billed, desk.Ledger.TotalBilled), (entry.State, entry.Amount));
    }

    [Fact]
    public async Task An_entry_holds_what_was_asked_for()
    {
        using var desk = new FalDesk(latency: TimeSpan.FromHours(1));
        await desk.TakeAsync("""{"prompt":"a shoe","resolution":"2K","num_images":2,"image_urls":["https://example.com/a.png"]}""", FalDesk.Model + "/edit");
        var entry = Assert.Single(desk.Ledger.Snapshot());
        Assert.Equal(("Fal", "edit", "fal-ai/nano-banana-2/edit"), (entry.Provider, entry.Operation, entry.Model));
        Assert.Equal(("2K", 2, "a shoe", LedgerState.Accepted), (entry.Resolution, entry.Count, entry.Prompt, entry.State));
        Assert.Equal(0m, desk.Ledger.TotalBilled);
    }

    [Fact]
    public async Task Looks_are_counted_for_each_job()
    {
        using var desk = new FalDesk();
        var ticket = await desk.TakeAsync("""{"prompt":"a"}""");
        await desk.FinishAsync(ticket);
        for (var i = 0; i < 3; i++)
            (await desk.GetAsync(FalDesk.Text(ticket, "status_url"))).Dispose();
        Assert.Equal(4, desk.Ledger.LooksAt(FalDesk.Text(ticket, "request_id")));
        Assert.Equal(4, desk.Ledger.Looks);
    }

    [Fact]
    public async Task A_hundred_jobs_at_once_are_all_billed_and_all_different()
    {
        using var desk = new FalDesk();
        var pictures = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => desk.PictureAsync("""{"prompt":"the same","resolution":"0.5K"}""")));
        Assert.Equal(100, pictures.Select(Convert.ToHexString).Distinct(StringComparer.Ordinal).Count());
        Assert.Equal((100, 6m), (desk.Ledger.Billed, desk.Ledger.TotalBilled));
    }

    [Fact]
    public async Task Pictures_beyond_the_memory_held_are_painted_again_to_the_same_bytes()
    {
        using var desk = new FalDesk();
        using var made = await desk.MakeAsync("""{"prompt":"keep me","output_format":"jpeg"}""");
        var address = FalDesk.FirstUrl(await FalDesk.JsonAsync(made));
        var path = new Uri(address).AbsolutePath;
        var before = await desk.Http.GetByteArrayAsync(new Uri(address));
        desk.Simulator.Media.Find(path)!.LetGo();
        Assert.Equal(before, await desk.Http.GetByteArrayAsync(new Uri(address)));
    }

    [Fact]
    public async Task A_reset_forgets_everything()
    {
        using var desk = new FalDesk();
        var ticket = await desk.TakeAsync("""{"prompt":"a"}""");
        await desk.FinishAsync(ticket);
        desk.Simulator.Reset();
        Assert.Equal((0, 0m, 0), (desk.Ledger.Accepted, desk.Ledger.TotalBilled, desk.Ledger.Looks));
        using var response = await desk.GetAsync(FalDesk.Text(ticket, "status_url"));
        Assert.Equal(404, (int)response.StatusCode);
    }
}
