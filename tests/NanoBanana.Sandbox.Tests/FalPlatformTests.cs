using System.Net;

namespace NanoBanana.Sandbox.Tests;

public sealed class FalPlatformTests
{
    [Fact]
    public async Task The_price_list_names_the_unit_price()
    {
        using var desk = new FalDesk();
        using var response = await desk.GetAsync("https://api.fal.ai/v1/models/pricing?endpoint_id=fal-ai/nano-banana-2,fal-ai/nano-banana-2/edit");
        var json = await FalDesk.JsonAsync(response);
        Assert.Equal(2, json.GetProperty("prices").GetArrayLength());
        Assert.Equal(0.08m, json.GetProperty("prices")[0].GetProperty("unit_price").GetDecimal());
        Assert.False(json.GetProperty("has_more").GetBoolean());
    }

    [Theory]
    [InlineData("/v1/models/pricing", 400, "validation_error")]
    [InlineData("/v1/models/pricing?endpoint_id=fal-ai/none", 404, "not_found")]
    [InlineData("/v1/models/requests/by-endpoint", 400, "validation_error")]
    [InlineData("/v1/models/requests/by-endpoint?endpoint_id=fal-ai/nano-banana-2&limit=101", 400, "validation_error")]
    [InlineData("/v1/nothing", 404, "not_found")]
    public async Task Errors_come_in_the_platforms_envelope(string path, int status, string type)
    {
        using var desk = new FalDesk();
        using var response = await desk.GetAsync("https://api.fal.ai" + path);
        Assert.Equal(status, (int)response.StatusCode);
        var error = (await FalDesk.JsonAsync(response)).GetProperty("error");
        Assert.Equal(type, FalDesk.Text(error, "type"));
        Assert.NotEmpty(FalDesk.Text(error, "message"));
    }

    [Fact]
    public async Task Without_a_key_the_platform_answers_an_authorization_error()
    {
        using var desk = new FalDesk { Key = null };
        using var response = await desk.GetAsync("https://api.fal.ai/v1/models/pricing?endpoint_id=fal-ai/nano-banana-2");
        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.Equal("authorization_error", FalDesk.Text((await FalDesk.JsonAsync(response)).GetProperty("error"), "type"));
    }

    [Fact]
    public async Task A_job_whose_answer_was_lost_is_found_in_the_history()
    {
        using var desk = new FalDesk("submit:lost");
        await Assert.ThrowsAsync<HttpRequestException>(() => desk.SubmitAsync("""{"prompt":"find me"}"""));
        using var response = await desk.GetAsync(
            "https://api.fal.ai/v1/models/requests/by-endpoint?endpoint_id=fal-ai/nano-banana-2&expand=payloads&limit=10");
        var item = Assert.Single((await FalDesk.JsonAsync(response)).GetProperty("items").EnumerateArray());
        Assert.Equal(desk.Ledger.Snapshot()[0].JobId, FalDesk.Text(item, "request_id"));
        Assert.Equal("find me", FalDesk.Text(item.GetProperty("json_input"), "prompt"));
    }
}
