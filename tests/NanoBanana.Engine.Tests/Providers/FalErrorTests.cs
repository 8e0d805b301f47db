using System.Text;
using NanoBanana.Engine.Providers;
using NanoBanana.Engine.Tests.Support;
using NanoBanana.Engine.Transport;

namespace NanoBanana.Engine.Tests.Providers;

/// <summary>fal's four shapes of errors, and what each becomes.</summary>
public sealed class FalErrorTests
{
    private const string Policy =
        """{"detail":[{"loc":["body","prompt"],"msg":"The content was refused","type":"content_policy_violation","url":"https://docs.fal.ai/errors","ctx":{},"input":"x"}]}""";

    [Theory]
    [InlineData("content_policy_violation", NBErrorId.ContentRejected)]
    [InlineData("no_media_generated", NBErrorId.NoImageReturned)]
    [InlineData("image_too_large", NBErrorId.InvalidImageContent)]
    [InlineData("image_too_small", NBErrorId.InvalidImageContent)]
    [InlineData("file_too_large", NBErrorId.InvalidImageContent)]
    [InlineData("file_download_error", NBErrorId.InvalidImageContent)]
    [InlineData("image_load_error", NBErrorId.InvalidImageContent)]
    [InlineData("downstream_service_error", NBErrorId.ProviderUnavailable)]
    [InlineData("generation_timeout", NBErrorId.ProviderUnavailable)]
    [InlineData("value_error", NBErrorId.InvalidRequest)]
    [InlineData("a_type_of_next_year", NBErrorId.InvalidRequest)]
    public void The_models_type_decides(string type, NBErrorId expected) =>
        Assert.Equal(expected, Fal.Error($$"""{"detail":[{"loc":["body"],"msg":"m","type":"{{type}}"}]}""", 422).ErrorId);

    [Theory]
    [InlineData(504, "request_timeout", NBErrorId.JobTimedOut)]
    [InlineData(504, "startup_timeout", NBErrorId.ProviderUnavailable)]
    [InlineData(503, "runner_scheduling_failure", NBErrorId.ProviderUnavailable)]
    [InlineData(503, "runner_disconnected", NBErrorId.ProviderUnavailable)]
    [InlineData(499, "client_cancelled", NBErrorId.JobCancelled)]
    [InlineData(400, "bad_request", NBErrorId.InvalidRequest)]
    [InlineData(500, "internal_error", NBErrorId.ProviderUnavailable)]
    public void The_platforms_type_decides(int status, string type, NBErrorId expected) =>
        Assert.Equal(expected, Fal.Error($$"""{"detail":"text","error_type":"{{type}}"}""", status).ErrorId);

    [Theory]
    [InlineData(400, NBErrorId.InvalidRequest)]
    [InlineData(401, NBErrorId.AuthenticationFailed)]
    [InlineData(402, NBErrorId.InsufficientCredits)]
    [InlineData(403, NBErrorId.AccessDenied)]
    [InlineData(404, NBErrorId.JobNotFound)]
    [InlineData(408, NBErrorId.ProviderUnavailable)]
    [InlineData(422, NBErrorId.InvalidRequest)]
    [InlineData(429, NBErrorId.RateLimited)]
    [InlineData(499, NBErrorId.JobCancelled)]
    [InlineData(500, NBErrorId.ProviderUnavailable)]
    [InlineData(504, NBErrorId.ProviderUnavailable)]
    public void Without_a_type_the_status_decides(int status, NBErrorId expected) => Assert.Equal(expected, Fal.Error("""{"detail":"text"}""", status).ErrorId);

    [Fact]
    public void A_model_that_is_not_found_is_a_wrong_request() =>
        Assert.Equal(NBErrorId.InvalidRequest, Fal.Provider.ReadError(Fal.Answer("""{"detail":"Application not found"}""", 404), CallKind.Submit).ErrorId);

    [Fact]
    public void A_model_that_is_not_found_names_those_that_are_known() =>
        Assert.Contains(
            "known -Model values are fal-ai/nano-banana-2",
            Fal.Provider.ReadError(Fal.Answer("""{"detail":"Application not found"}""", 404), CallKind.Submit).Message,
            StringComparison.Ordinal);

    [Theory]
    [InlineData(402)]
    [InlineData(403)]
    public void An_exhausted_balance_is_no_missing_permission(int status) =>
        Assert.Equal(NBErrorId.InsufficientCredits, Fal.Error("""{"detail":"User is locked. Reason: Exhausted balance."}""", status).ErrorId);

    [Fact]
    public void A_start_that_took_too_long_is_JobTimedOut() =>
        Assert.Equal(NBErrorId.JobTimedOut, Fal.Error("""{"detail":"x"}""", 504, ("X-Fal-Request-Timeout-Type", "user")).ErrorId);

    [Fact]
    public void A_start_that_took_too_long_is_the_last_word() =>
        Assert.True(Fal.Provider.IsFinal(Fal.Answer("{}", 504, ("X-Fal-Request-Timeout-Type", "user"))));

    [Fact]
    public void Another_504_may_pass() => Assert.False(Fal.Provider.IsFinal(Fal.Answer("{}", 504)));

    [Theory]
    [InlineData("X-Fal-Retryable", "false", true)]
    [InlineData("X-Fal-Needs-Retry", "0", true)]
    [InlineData("X-Fal-Retryable", "true", false)]
    [InlineData("X-Fal-Needs-Retry", "1", false)]
    public void The_server_says_whether_repeating_helps(string header, string value, bool expected) =>
        Assert.Equal(expected, Fal.Provider.IsFinal(Fal.Answer("{}", 500, (header, value))));

    [Fact]
    public void The_models_own_words_are_shown() => Assert.Contains("The content was refused", Fal.Error(Policy, 422).Message, StringComparison.Ordinal);

    [Fact]
    public void The_models_own_type_is_kept() => Assert.Equal("content_policy_violation", Fal.Error(Policy, 422).ProviderErrorType);

    [Fact]
    public void The_next_step_is_shown() => Assert.Contains("raise -SafetyTolerance", Fal.Error(Policy, 422).Message, StringComparison.Ordinal);

    [Fact]
    public void Several_details_are_all_shown() =>
        Assert.Contains(
            "seed: too large; resolution: unknown",
            Fal.Error("""{"detail":[{"loc":["body","seed"],"msg":"too large"},{"loc":["body","resolution"],"msg":"unknown"}]}""", 422).Message,
            StringComparison.Ordinal);

    [Theory]
    [InlineData("prompt", "Prompt")]
    [InlineData("num_images", "Count")]
    [InlineData("aspect_ratio", "AspectRatio")]
    [InlineData("image_urls", "Image")]
    [InlineData("enable_web_search", "WebSearch")]
    [InlineData("a_new_field", null)]
    public void The_field_at_fault_becomes_the_parameter(string field, string? expected) =>
        Assert.Equal(expected, Fal.Error($$"""{"detail":[{"loc":["body","{{field}}",0],"msg":"m","type":"value_error"}]}""", 422).Parameter);

    [Fact]
    public void The_request_id_of_the_header_is_kept() => Assert.Equal("r7", Fal.Error(Policy, 422, ("x-fal-request-id", "r7")).RequestId);

    [Fact]
    public void The_request_id_of_the_header_is_shown() =>
        Assert.EndsWith("[request r7]", Fal.Error(Policy, 422, ("x-fal-request-id", "r7")).Message, StringComparison.Ordinal);

    [Fact]
    public void The_type_may_stand_in_the_header_alone() =>
        Assert.Equal(NBErrorId.ContentRejected, Fal.Error("""{"detail":"no"}""", 422, ("X-Fal-Error-Type", "content_policy_violation")).ErrorId);

    [Fact]
    public void The_account_api_names_its_request_in_the_body() =>
        Assert.Equal(
            "r8", Fal.Error("""{"error":{"type":"authorization_error","message":"bad key","docs_url":"https://x","request_id":"r8"}}""", 401).RequestId);

    [Theory]
    [InlineData("authorization_error", NBErrorId.AuthenticationFailed)]
    [InlineData("rate_limited", NBErrorId.RateLimited)]
    public void The_account_apis_type_decides(string type, NBErrorId expected) =>
        Assert.Equal(expected, Fal.Error($$$"""{"error":{"type":"{{{type}}}","message":"m"}}""", 400).ErrorId);

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("7")]
    [InlineData("{")]
    public void An_answer_that_says_nothing_shows_its_status(string body) => Assert.StartsWith("fal.ai: status 502.", Fal.Error(body, 502).Message, StringComparison.Ordinal);

    [Fact]
    public void A_gateways_page_is_named_as_such() =>
        Assert.StartsWith("fal.ai: a proxy or gateway answered 502: '502 Bad Gateway'.", Fal.Error("<html><body><h1>502 Bad Gateway</h1></body></html>", 502).Message, StringComparison.Ordinal);

    [Fact]
    public void A_gateways_page_is_not_fals_own_word() =>
        Assert.False(Fal.Provider.IsDefiniteRefusal(Fal.Answer("<html></html>", 502), Fal.Submit(Fal.Request() with { Direct = true })));

    [Theory]
    [InlineData(true, true)]
    [InlineData(false, false)]
    public void A_failure_in_fals_own_words_is_unpaid_only_where_the_picture_was_made_meanwhile(bool direct, bool expected) =>
        Assert.Equal(expected, Fal.Provider.IsDefiniteRefusal(Fal.Answer("""{"detail":"boom"}""", 500), Fal.Submit(Fal.Request() with { Direct = direct })));

    [Theory]
    [InlineData("""{"status":"COMPLETED","error":"it broke","error_type":"generation_timeout"}""", NBErrorId.ProviderUnavailable)]
    [InlineData("""{"status":"COMPLETED","error":"no","error_type":"content_policy_violation"}""", NBErrorId.ContentRejected)]
    [InlineData("""{"status":"COMPLETED","error":[{"loc":["body"],"msg":"no","type":"content_policy_violation"}]}""", NBErrorId.ContentRejected)]
    [InlineData("""{"status":"COMPLETED","error":{"detail":[{"msg":"no","type":"no_media_generated"}]}}""", NBErrorId.NoImageReturned)]
    [InlineData("""{"status":"COMPLETED","error":"what?"}""", NBErrorId.ProviderUnavailable)]
    [InlineData("""{"status":"COMPLETED","error_type":"client_cancelled"}""", NBErrorId.JobCancelled)]
    public void A_finished_job_may_carry_its_error(string status, NBErrorId expected) =>
        Assert.Equal(expected, Fal.Provider.ReadStatus(Encoding.UTF8.GetBytes(status)).Error?.ErrorId);

    [Fact]
    public void A_very_long_text_is_cut() => Assert.InRange(Fal.Error($$"""{"detail":"{{new string('x', 5000)}}"}""", 400).Message.Length, 600, 900);
}
