using System.Management.Automation;
using NanoBanana.PowerShell.Parameters;

namespace NanoBanana.PowerShell.Commands;

/// <summary>Edits pictures, or makes new ones of them, by words.</summary>
[Cmdlet(VerbsData.Edit, "NBImage", SupportsShouldProcess = true, DefaultParameterSetName = PromptSet)]
[OutputType(typeof(NBImage), typeof(NBJob))]
public sealed class EditNBImageCommand : BatchCommand
{
    /// <summary>The pictures to work from: paths, files, https addresses, or pictures made before.</summary>
    [Parameter(Mandatory = true, Position = 1, ParameterSetName = PromptSet)]
    [Parameter(Position = 1, ParameterSetName = RowSet, ValueFromPipelineByPropertyName = true)]
    [AllowEmptyCollection]
    [AllowNull]
    [ImageReferences]
    public NBImageReference?[]? Image { get; set; }

    private protected override string Activity => "Editing pictures";

    private protected override ImageOperation Operation => ImageOperation.Edit;

    private protected override IReadOnlyList<NBImageReference> Images => [.. (Image ?? []).OfType<NBImageReference>()];
}
