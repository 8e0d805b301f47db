using NanoBanana.Engine.Jobs;
using NanoBanana.Sandbox;
using NanoBanana.Sandbox.Faults;
using NanoBanana.Survivor;

namespace NanoBanana.Acceptance.Survival;

/// <summary>
/// The process died before it could write down that its job was taken, and whoever carries on cannot find out either: the
/// job stays open, and is not given up for an error of the asking.
/// </summary>
public sealed class UnansweredTests
{
    [Theory]
    [InlineData("Apiframe", "submit:conflict")]
    [InlineData("Apiframe", "submit:unauthorized")]
    [InlineData("Apiframe", "submit:credits")]
    [InlineData("Apiframe", "submit:429*")]
    [InlineData("Apiframe", "submit:refused*")]
    [InlineData("Fal", "other:unauthorized")]
    [InlineData("Fal", "other:429*")]
    [InlineData("Fal", "other:500*")]
    [InlineData("Fal", "other:malformed*")]
    public async Task A_job_that_may_be_paid_for_is_not_given_up_because_nobody_can_be_asked(string provider, string faults)
    {
        await using Shipyard yard = await Shipyard.OpenAsync();
        Voyage first = await yard.SendAsync(yard.Orders(new Order(provider, "taken")) with { Death = new Death(DeathCause.BeforeWrite, 3) });
        Assert.True(first.WasKilled, first.ToString());
        await yard.SettleAsync();
        Assert.Equal((NBJobState.Intent, 1), (Assert.Single(yard.Journal()).State, yard.Ledger.Billed));

        yard.Server.SetFaults(faults);
        Voyage second = await yard.SendHomeAsync(yard.Orders());
        JobRecord open = Assert.Single(yard.Journal());
        Assert.Equal((NBJobState.SubmitOutcomeUnknown, NBErrorId.SubmitOutcomeUnknown), (open.State, open.ErrorId!.Value));
        Assert.Contains(open.ErrorMessage!, second.Told, StringComparison.Ordinal);
        Assert.DoesNotContain("new -IdempotencyKey", open.ErrorMessage, StringComparison.Ordinal); // Under a new key it would be paid twice.

        yard.Server.SetFaults(FaultPlan.None);
        await yard.SendHomeAsync(yard.Orders() with { AsksAgain = true });
        Assert.Equal(NBJobState.Received, Assert.Single(yard.Journal()).State);
        Assert.Single(yard.Files);
        LedgerEntry entry = Assert.Single(yard.Ledger.Snapshot());
        Assert.Equal((LedgerState.Billed, 1), (entry.State, entry.Tally.Billed));
    }
}
