using NanoBanana.Engine.Providers;
using NanoBanana.Engine.Requests;
using NanoBanana.Engine.Tests.Support;
using NanoBanana.Engine.Transport;

namespace NanoBanana.Engine.Tests.Providers;

/// <summary>Where calls go, and with which headers.</summary>
public sealed class FalCallTests
{
    [Theory]
    [InlineData(ImageOperation.Generate, Fal.Model, "https://queue.fal.run/fal-ai/nano-banana-2")]
    [InlineData(ImageOperation.Edit, Fal.Model, "https://queue.fal.run/fal-ai/nano-banana-2/edit")]
    [InlineData(ImageOperation.Edit, "fal-ai/nano-banana-2/edit", "https://queue.fal.run/fal-ai/nano-banana-2/edit")]
    [InlineData(ImageOperation.Edit, "google/nano-banana-2.1", "https://queue.fal.run/google/nano-banana-2.1/edit")]
    public void A_submit_goes_to_the_queue(ImageOperation operation, string model, string expected) =>
        Assert.Equal(expected, Fal.Submit(Fal.Request() with { Operation = operation, Model = model }).Uri.AbsoluteUri);

    [Theory]
    [InlineData(ImageOperation.Generate, "https://fal.run/fal-ai/nano-banana-2")]
    [InlineData(ImageOperation.Edit, "https://fal.run/fal-ai/nano-banana-2/edit")]
    public void A_direct_submit_goes_to_the_synchronous_endpoint(ImageOperation operation, string expected) =>
        Assert.Equal(expected, Fal.Submit(Fal.Request() with { Operation = operation, Direct = true }).Uri.AbsoluteUri);

    [Fact]
    public void A_submit_is_a_POST_without_an_idempotency_key() =>
        Assert.Equal((HttpMethod.Post, CallKind.Submit), (Fal.Submit(Fal.Request()).Method, Fal.Submit(Fal.Request()).Kind));

    [Fact]
    public void A_submit_is_json()
    {
        using HttpContent content = Fal.Submit(Fal.Request()).Content!();

        Assert.Equal("application/json", content.Headers.ContentType?.ToString());
    }

    [Fact]
    public void A_plain_submit_has_no_headers_of_its_own() => Assert.Empty(Fal.Submit(Fal.Request()).Headers);

    [Theory]
    [InlineData(90, "90")]
    [InlineData(1.5, "1.5")]
    public void StartTimeout_is_sent_in_seconds(double seconds, string expected) =>
        Assert.Equal(expected, Header(Fal.Request() with { StartTimeout = TimeSpan.FromSeconds(seconds) }, "X-Fal-Request-Timeout"));

    [Fact]
    public void LowPriority_is_sent() => Assert.Equal("low", Header(Fal.Request() with { LowPriority = true }, "X-Fal-Queue-Priority"));

    [Fact]
    public void NoProviderRetry_is_sent() => Assert.Equal("1", Header(Fal.Request() with { NoProviderRetry = true }, "X-Fal-No-Retry"));

    [Fact]
    public void The_key_is_sent_as_fal_wants_it()
    {
        using var request = new HttpRequestMessage();
        Fal.Provider.Authorize(request.Headers, "id:secret");

        Assert.Equal("Key id:secret", request.Headers.GetValues("Authorization").Single());
    }

    [Theory]
    [InlineData("fal-ai/nano-banana-2", ImageOperation.Generate, "https://queue.fal.run/fal-ai/nano-banana-2/requests/r1")]
    [InlineData("fal-ai/nano-banana-2", ImageOperation.Edit, "https://queue.fal.run/fal-ai/nano-banana-2/requests/r1")]
    [InlineData("fal-ai/gemini-3.1-flash-image-preview", ImageOperation.Edit, "https://queue.fal.run/fal-ai/gemini-3.1-flash-image-preview/requests/r1")]
    [InlineData("workflows/me/mine", ImageOperation.Generate, "https://queue.fal.run/workflows/me/mine/requests/r1")]
    [InlineData("comfy/me/mine", ImageOperation.Edit, "https://queue.fal.run/comfy/me/mine/requests/r1")]
    public void Without_returned_addresses_the_subpath_is_dropped(string model, ImageOperation operation, string expected)
    {
        RemoteJob job = Submitted("""{"request_id":"r1"}""", Fal.Request() with { Model = model, Operation = operation });

        Assert.Equal(expected, Fal.Provider.Result(job)!.Uri.AbsoluteUri);
    }

    [Fact]
    public void Without_returned_addresses_the_status_is_asked_below_the_job() =>
        Assert.Equal(
            "https://queue.fal.run/fal-ai/nano-banana-2/requests/r1/status?logs=1",
            Fal.Provider.Status(Submitted("""{"request_id":"r1"}""")).Uri.AbsoluteUri);

    [Fact]
    public void Without_returned_addresses_the_job_is_cancelled_below_it() =>
        Assert.Equal(
            "https://queue.fal.run/fal-ai/nano-banana-2/requests/r1/cancel",
            Fal.Provider.Cancel(Submitted("""{"request_id":"r1"}"""))!.Uri.AbsoluteUri);

    [Fact]
    public void Cancelling_is_a_PUT() => Assert.Equal(HttpMethod.Put, Fal.Provider.Cancel(Submitted("""{"request_id":"r1"}"""))!.Method);

    [Fact]
    public void A_returned_status_address_is_used() =>
        Assert.Equal(
            "https://queue.falrun.com/x/status?a=1&logs=1",
            Fal.Provider.Status(Submitted("""{"request_id":"r1","status_url":"https://queue.falrun.com/x/status?a=1"}""")).Uri.AbsoluteUri);

    [Fact]
    public void A_returned_result_address_is_used() =>
        Assert.Equal(
            "https://queue.falrun.com/x",
            Fal.Provider.Result(Submitted("""{"request_id":"r1","response_url":"https://queue.falrun.com/x"}"""))!.Uri.AbsoluteUri);

    [Fact]
    public void A_returned_cancel_address_is_used() =>
        Assert.Equal(
            "https://queue.falrun.com/x/cancel",
            Fal.Provider.Cancel(Submitted("""{"request_id":"r1","cancel_url":"https://queue.falrun.com/x/cancel"}"""))!.Uri.AbsoluteUri);

    [Fact]
    public void The_stream_is_below_the_status() =>
        Assert.Equal(
            "https://queue.fal.run/fal-ai/nano-banana-2/requests/r1/status/stream?logs=1",
            Fal.Provider.Stream(Submitted("""{"request_id":"r1"}"""))!.Uri.AbsoluteUri);

    [Fact]
    public void The_stream_is_asked_for_events() =>
        Assert.Contains(new KeyValuePair<string, string>("Accept", "text/event-stream"), Fal.Provider.Stream(Submitted("""{"request_id":"r1"}"""))!.Headers);

    [Fact]
    public void An_id_cannot_lead_elsewhere() =>
        Assert.Equal(
            "https://queue.fal.run/fal-ai/nano-banana-2/requests/..%2F..%2Fx%3Fy",
            Fal.Provider.Result(Submitted("""{"request_id":"../../x?y"}"""))!.Uri.AbsoluteUri);

    [Fact]
    public void An_upload_is_initiated_with_its_type_and_name()
    {
        using HttpContent content = Fal.Provider.Upload(new LocalPicture("/in/shoe.jpg", "image/jpeg"))!.Content!();
        using var reader = new StreamReader(content.ReadAsStream());

        Assert.Equal("""{"content_type":"image/jpeg","file_name":"shoe.jpg"}""", reader.ReadToEnd());
    }

    private static string Header(ImageRequest request, string name) => Fal.Submit(request).Headers.Single(h => h.Key == name).Value;

    private static RemoteJob Submitted(string answer, ImageRequest? request = null) =>
        Fal.Provider.ReadSubmission(request ?? Fal.Request(), Fal.Answer(answer)).Job;
}
