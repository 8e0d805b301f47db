using NanoBanana.Engine.Tests.Support;

namespace NanoBanana.Engine.Tests.Jobs;

/// <summary>An error of a job that was taken does not say to order it again.</summary>
public sealed class TakenJobStepTests : IDisposable
{
    private readonly EngineRig rig = new();

    public void Dispose() => rig.Dispose();

    [Fact]
    public async Task A_result_without_a_usable_address_does_not_say_to_run_the_request_again()
    {
        rig.Fal.Instead = static request => FalStub.IsResult(request) ? Answers.Json(FalStub.Output("no address")) : null;

        NBException error = (await rig.RunAsync()).Error();

        Assert.Equal(NBErrorId.InvalidImageContent, error.ErrorId);
        AssertKept(error);
    }

    [Theory]
    [InlineData("""{"detail":"bad"}""")]
    [InlineData("""{"detail":[{"msg":"bad","type":"some_type"}]}""")]
    public async Task A_status_that_is_refused_does_not_say_to_run_the_request_again(string body)
    {
        rig.Fal.Instead = request => FalStub.IsStream(request) ? Answers.Json("{}", 404) : FalStub.IsLook(request) ? Answers.Json(body, 400) : null;

        AssertKept((await rig.RunAsync()).Error());
    }

    private static void AssertKept(NBException error)
    {
        Assert.DoesNotContain("run it again", error.Message, StringComparison.Ordinal);
        Assert.Contains($"do not order it again, Receive-NBJob {error.JobId}", error.Message, StringComparison.Ordinal);
    }
}
