using NanoBanana.Sandbox.Faults;

namespace NanoBanana.Sandbox.Tests;

public sealed class FaultPlanTests
{
    [Theory]
    [InlineData("submit", "'submit'")]
    [InlineData("nowhere:429", "'nowhere:429'")]
    [InlineData("submit:429,status:explode", "'status:explode'")]
    [InlineData("submit:299", "'submit:299'")]
    [InlineData("submit:429*0", "'submit:429*0'")]
    [InlineData("submit:429@", "'submit:429@'")]
    [InlineData("submit:slow", "'submit:slow'")]
    [InlineData("submit:lost=3", "'submit:lost=3'")]
    [InlineData("download:rejected", "'download:rejected'")]
    [InlineData("submit:nostream", "'submit:nostream'")]
    [InlineData("2:429", "'2:429'")]
    public void A_list_that_is_not_understood_names_the_item(string list, string named)
    {
        var error = Assert.Throws<SandboxConfigurationException>(() => FaultPlan.Parse(list, "NB_SANDBOX_FAULTS"));
        Assert.StartsWith("NB_SANDBOX_FAULTS", error.Message, StringComparison.Ordinal);
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Options_are_read_from_the_environment()
    {
        var options = SandboxOptions.FromEnvironment(static name => name == "NB_SANDBOX_LATENCY_MS" ? "1500" : "submit:429;status:500");
        Assert.Equal((TimeSpan.FromMilliseconds(1500), 2), (options.Latency, options.Faults.Rules.Count));
        Assert.Equal(TimeSpan.FromMilliseconds(300), SandboxOptions.FromEnvironment(static _ => null).Latency);
        var error = Assert.Throws<SandboxConfigurationException>(() => SandboxOptions.FromEnvironment(static _ => "soon"));
        Assert.Contains("NB_SANDBOX_LATENCY_MS", error.Message, StringComparison.Ordinal);
    }
}
