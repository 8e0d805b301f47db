using NanoBanana.Engine.Jobs;
using NanoBanana.Engine.Tests.Support;

namespace NanoBanana.Engine.Tests.Transport;

/// <summary>A submit was taken, but its answer names addresses at a host that is not the provider's.</summary>
public sealed class ForeignAddressTests : IDisposable
{
    private readonly EngineRig rig = new();

    public ForeignAddressTests() => rig.Fal.Instead = request =>
        FalStub.IsSubmit(request) ? Answers.Json(FalStub.Submitted("req-7", "https://queue.fal.run.evil.com")) : null;

    public void Dispose() => rig.Dispose();

    [Fact]
    public async Task The_address_is_told_to_be_unsafe()
    {
        List<JobEvent> events = await rig.RunAsync();

        Assert.Equal(NBErrorId.UnsafeUrl, events.Error().ErrorId);
    }

    [Fact]
    public async Task The_key_does_not_go_there()
    {
        await rig.RunAsync();

        Assert.Single(rig.Fal.Handler.Requests);
    }

    [Fact]
    public async Task The_job_was_taken_and_stays_Submitted()
    {
        await rig.RunAsync();

        Assert.Equal(NBJobState.Submitted, rig.Journal.Last.State);
    }

    [Fact]
    public async Task The_providers_id_of_the_job_is_kept()
    {
        await rig.RunAsync();

        Assert.Equal("req-7", rig.Journal.Last.Remote?.Id);
    }
}
