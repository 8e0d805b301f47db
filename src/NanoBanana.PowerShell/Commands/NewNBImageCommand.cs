using System.Management.Automation;

namespace NanoBanana.PowerShell.Commands;

/// <summary>Makes pictures from words.</summary>
[Cmdlet(VerbsCommon.New, "NBImage", SupportsShouldProcess = true, DefaultParameterSetName = PromptSet)]
[OutputType(typeof(NBImage), typeof(NBJob))]
public sealed class NewNBImageCommand : BatchCommand
{
    private protected override string Activity => "Making pictures";

    private protected override ImageOperation Operation => ImageOperation.Generate;

    private protected override IReadOnlyList<NBImageReference> Images => [];
}
